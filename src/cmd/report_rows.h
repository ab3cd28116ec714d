/* The rows of `kontor report`: for its files only. */
#ifndef KONTOR_CMD_REPORT_ROWS_H
#define KONTOR_CMD_REPORT_ROWS_H

#include "base/buffer.h"
#include "cmd/report_output.h"

enum { REPORT_MEASURES = 5 };

extern const char *const REPORT_MEASURE_NAMES[REPORT_MEASURES];

typedef struct ReportRow {
    Day day;
    FoldText *texts; /* in the layout's order; of days nothing */
    Decimal values[REPORT_MEASURES];
} ReportRow;

/* A row's cell as it is shown; `day` is room for a date. */
FoldText report_cell(const ReportLayout *layout, const ReportRow *row, int column,
                     char day[DATE_TEXT_SIZE]);

void report_csv_header(FILE *out, const ReportLayout *layout);
void report_csv_row(Buffer *out, const ReportLayout *layout, const ReportRow *row);

/* Header and rows, which several threads put into text. */
void report_csv_write(FILE *out, const ReportLayout *layout, const ReportRow *rows, size_t count);

#endif
