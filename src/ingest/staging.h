/* A month's groups on their way into the summaries: temporary tables, filled by binary COPY before
 * the transaction that replaces the month. Temporary, so that PostgreSQL writes no log for them and
 * clears them away when their worker dies. */
#ifndef KONTOR_INGEST_STAGING_H
#define KONTOR_INGEST_STAGING_H

#include "db/db.h"
#include "ingest/fold/fold.h"
#include "ingest/job_run.h"

/* What the groups of a month are grouped by. */
extern const FoldDimension STAGING_DIMENSIONS[];
extern const int STAGING_DIMENSION_COUNT;

/* And the lines of machines once more (fold_instances). */
extern const FoldDimension STAGING_INSTANCE_DIMENSIONS[];
extern const int STAGING_INSTANCE_DIMENSION_COUNT;

/* Makes the table kontor_groups and the view kontor_staging over it, which cuts texts to what the
 * summary tables hold and adds each account's alias (alias_id), and kontor_instances, one row a
 * machine, its properties and the days it had them; copies the fold's groups to them. The view
 * tells markups by the one row of kontor_markup, which markup_stage fills. The search path names
 * the tenant's schema; no transaction is open. *groups counts those of kontor_groups. Stops with
 * ERROR_CANCELLED when the job must. */
bool staging_fill(JobRun *run, Fold *fold, uint64_t *groups, Error *error);

/* SQL of a line's tags as they are summed up: children of mapped keys as their parents. */
#define STAGING_TAGS(tags)                                                                         \
    "CASE WHEN EXISTS (SELECT FROM reporting_tagmapping)"                                          \
    " THEN mapped_tags(" tags ", 'AWS') ELSE " tags " END"

/* Shows the rows that the daily summary has of a bill as kontor_staging: what derives tables from a
 * month's groups derives them from there. */
bool staging_view_bill(JobRun *run, const char *bill, Error *error);

/* Takes them away; harmless when they are not there. */
bool staging_drop(Db *db, Error *error);

#endif
