/* A month's groups into the summaries: by binary COPY, and what is derived from them in the same
 * go. */
#ifndef KONTOR_INGEST_MONTH_FILL_H
#define KONTOR_INGEST_MONTH_FILL_H

#include "ingest/job_run.h"
#include "ingest/month/days.h"

/* Fills the summary tables of a bill; those a day each only with the rows of the days that have
 * changed, whose former rows are gone, as are those of the tables of a month. `target` is the daily
 * summary, or the partition of it that all groups belong to. Inside the transaction that replaces
 * the month; the search path names the tenant's schema. *groups counts all groups. Stops with
 * ERROR_CANCELLED when the job must. What is derived is summed up here while it has no more than a
 * quarter of the ingest's memory; a month that is larger leaves it to the database. */
bool month_fill(JobRun *run, const MonthContext *context, const char *target, Fold *fold,
                MonthDays *days, uint64_t *groups, Error *error);

#endif
