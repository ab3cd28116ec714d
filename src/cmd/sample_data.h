/* A made-up AWS bill: small, realistic in shape, the same for the same days. */
#ifndef KONTOR_CMD_SAMPLE_DATA_H
#define KONTOR_CMD_SAMPLE_DATA_H

#include "base/buffer.h"
#include "base/date.h"
#include "base/error.h"

/* Appends one month's cost and usage report as CSV (header and lines) for the days from the month's
 * first to `last`. Returns the number of lines. */
int sample_month(Buffer *csv, Day month, Day last);

/* Appends the names of the report's columns as the "columns" array of a manifest. */
void sample_columns_json(Buffer *json);

#endif
