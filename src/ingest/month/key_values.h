/* The values that each account has of the keys of its tags, or of its cost categories. */
#ifndef KONTOR_INGEST_MONTH_KEY_VALUES_H
#define KONTOR_INGEST_MONTH_KEY_VALUES_H

#include "ingest/job_run.h"
#include "ingest/month/rows.h"

typedef struct KeyValues KeyValues;

KeyValues *key_values_new(const SummaryValues *what);
void key_values_free(KeyValues *values);

/* Adds what a row has. */
void key_values_add(KeyValues *values, const MonthRow *row);

/* Bytes of memory it holds. */
size_t key_values_memory(const KeyValues *values);

/* Copies them into their table, inside a transaction. */
bool key_values_copy(const KeyValues *values, JobRun *run, const MonthContext *context,
                     Error *error);

#endif
