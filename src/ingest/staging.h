/* A month's groups on their way into the summaries: a temporary table, filled by binary COPY
 * before the transaction that replaces the month. Temporary, so that PostgreSQL writes no log for
 * it and clears it away when its worker dies. */
#ifndef KONTOR_INGEST_STAGING_H
#define KONTOR_INGEST_STAGING_H

#include "db/db.h"
#include "ingest/fold/fold.h"
#include "ingest/job_run.h"

/* What the groups of a month are grouped by. */
extern const FoldDimension STAGING_DIMENSIONS[];
extern const int STAGING_DIMENSION_COUNT;

/* Makes the table kontor_groups and the view kontor_staging over it, which cuts texts to what the
 * summary tables hold and adds each account's alias (alias_id), and copies the fold's groups. The
 * search path names the tenant's schema; no transaction is open. *groups counts them. Stops with
 * ERROR_CANCELLED when the job must. */
bool staging_fill(JobRun *run, Fold *fold, uint64_t *groups, Error *error);

/* Takes both away; harmless when they are not there. */
bool staging_drop(Db *db, Error *error);

#endif
