/* Which days of a month have changed since it was last read: AWS writes a month anew several times
 * a day, and most of its days are what they were (masu.md §B.7). */
#ifndef KONTOR_INGEST_MONTH_DAYS_H
#define KONTOR_INGEST_MONTH_DAYS_H

#include "ingest/job_run.h"
#include "ingest/month/rows.h"
#include "providers/provider.h"

typedef struct MonthDays MonthDays;

/* The days of the fold's rows, each with a digest of what its rows hold, in whatever order they
 * come. `context` must outlive it; it is freed with `arena`. */
MonthDays *month_days_of(const MonthContext *context, Fold *fold, Arena *arena, Error *error);

/* Compares them with those that the bill's rows were made of; with `whole`, all count as changed.
 */
bool month_days_compare(MonthDays *days, JobRun *run, const char *bill, bool whole, Error *error);

/* After it: are all of them new, so that nothing of the month stays? */
bool month_days_all_changed(const MonthDays *days);

/* The days whose rows have to go, as an array for SQL. */
const char *month_days_changed_list(const MonthDays *days, Arena *arena);

/* Are the rows of a day to be put in? */
bool month_days_changed(MonthDays *days, Day day);

/* Keeps the digests for the next time. Inside the transaction that replaces the days. */
bool month_days_save(const MonthDays *days, JobRun *run, const char *bill, Error *error);

/* Forgets the digests of a provider's month ("2026-10-01"), so that it is replaced whole when it is
 * read next: for who doubts its rows. Waits for a swap of it that is under way. Outside a
 * transaction. */
bool month_days_forget(Db *db, Arena *arena, const Provider *provider, const char *month,
                       Error *error);

#endif
