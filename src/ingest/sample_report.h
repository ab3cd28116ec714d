/* A made-up AWS bill: small, realistic in shape, the same for the same days. */
#ifndef KONTOR_INGEST_SAMPLE_REPORT_H
#define KONTOR_INGEST_SAMPLE_REPORT_H

#include "base/arena.h"
#include "base/buffer.h"
#include "base/date.h"
#include "base/error.h"

/* Appends one month's cost and usage report as CSV (header and lines) for the days from the month's
 * first to `last`. Returns the number of lines. */
int sample_month(Buffer *csv, Day month, Day last);

/* Appends the names of the report's columns as the "columns" array of a manifest. */
void sample_columns_json(Buffer *json);

/* Where in a bucket the report goes. */
typedef struct SampleReport {
    const char *bucket;
    const char *name;
    const char *prefix; /* "" for none */
} SampleReport;

#define SAMPLE_REPORT_DEFAULT                                                                      \
    {                                                                                              \
        .bucket = "cost-data", .name = "my-cost-report", .prefix = ""                              \
    }

/* Is told of each file that was written. */
typedef void SampleFile(void *context, const char *path, size_t bytes);

/* Writes this month's report (to today) and the last month's below `directory`, as AWS lays them
 * out in a bucket; directories are made as needed. The same days give the same bytes. `each` may be
 * NULL; *lines is their number in both. ERROR_UNAVAILABLE names what can't be written. */
bool sample_report_write(Arena *arena, const char *directory, const SampleReport *report,
                         SampleFile *each, void *context, int *lines, Error *error);

#endif
