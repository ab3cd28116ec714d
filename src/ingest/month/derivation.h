/* A second, smaller fold: the rows of a month's daily summary, as they go to the database, summed
 * up to the tables that are derived from it. */
#ifndef KONTOR_INGEST_MONTH_DERIVATION_H
#define KONTOR_INGEST_MONTH_DERIVATION_H

#include "ingest/job_run.h"
#include "ingest/month/rows.h"

typedef struct Derivation Derivation;

/* For tables up to one without a name. */
Derivation *derivation_new(const SummaryTable *tables, const SummaryValues *values);
void derivation_free(Derivation *derivation);

/* Adds a row to the sums. ERROR_DATA when one leaves the range of a Decimal. */
bool derivation_add(Derivation *derivation, const MonthRow *row, Error *error);

/* Adds its tags and cost categories to the tables of values, which are a month's, not a day's. */
void derivation_add_values(Derivation *derivation, const MonthRow *row);

/* Bytes of memory it holds. */
size_t derivation_memory(const Derivation *derivation);

/* Copies all sums into their tables, inside a transaction. */
bool derivation_copy(Derivation *derivation, JobRun *run, const MonthContext *context,
                     Error *error);

#endif
