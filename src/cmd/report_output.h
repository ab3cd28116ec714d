/* How `kontor report` prints: its groupings and formats. */
#ifndef KONTOR_CMD_REPORT_OUTPUT_H
#define KONTOR_CMD_REPORT_OUTPUT_H

#include <stdio.h>

#include "ingest/fold/fold.h"

typedef enum ReportFormat { REPORT_TABLE, REPORT_CSV, REPORT_JSON } ReportFormat;

typedef struct ReportLayout {
    FoldDimension dimensions[FOLD_DIMENSION_COUNT];
    const char *names[FOLD_DIMENSION_COUNT]; /* as the user calls them */
    int count;
    ReportFormat format;
} ReportLayout;

/* Reads "service,account" and "json". ERROR_INVALID names what is not known. */
bool report_layout_parse(ReportLayout *layout, const char *group_by, const char *format,
                         Error *error);

/* Prints the groups of a fold: by day, then by unblended cost, the greatest first; as csv in no
 * such order where there are more than its memory holds. */
bool report_write(FILE *out, Fold *fold, const ReportLayout *layout, uint64_t lines,
                  uint64_t faults, Error *error);

/* The measures that are written, as bits 1 << FoldMeasure. */
uint32_t report_measures(void);

#endif
