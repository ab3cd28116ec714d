/* Which days of a month have changed since it was last read: AWS writes a month anew several times
 * a day, and most of its days are what they were (masu.md §B.7). */
#ifndef KONTOR_INGEST_MONTH_DAYS_H
#define KONTOR_INGEST_MONTH_DAYS_H

#include "ingest/job_run.h"
#include "ingest/month/rows.h"
#include "providers/provider.h"

typedef struct MonthDays MonthDays;

/* The days of a month, all of which count as changed. `context` must outlive it; it is freed with
 * `arena`. */
MonthDays *month_days_new(const MonthContext *context, Arena *arena);

/* Compares the days of the fold's rows with those that the bill's rows were made of, by a digest of
 * what the rows of a day hold, in whatever order they come. The groups, which must be in memory,
 * are looked at only when there is something to compare them with. */
bool month_days_compare(MonthDays *days, JobRun *run, const char *bill, Fold *fold, Error *error);

/* Are all of them changed, so that nothing of the month stays? */
bool month_days_all_changed(const MonthDays *days);

/* The days whose rows have to go, as an array for SQL. */
const char *month_days_changed_list(const MonthDays *days, Arena *arena);

/* Is a row to be put in, since its day has changed? To be asked once of every row: it is part of
 * its day's digest. */
bool month_days_take(MonthDays *days, const MonthRow *row);

/* Keeps the digests for the next time. Inside the transaction that replaces the days. */
bool month_days_save(const MonthDays *days, JobRun *run, const char *bill, Error *error);

/* Forgets the digests of a provider's month ("2026-10-01"), so that it is replaced whole when it is
 * read next: for who doubts its rows. Waits for a swap of it that is under way. Outside a
 * transaction. */
bool month_days_forget(Db *db, Arena *arena, const Provider *provider, const char *month,
                       Error *error);

#endif
