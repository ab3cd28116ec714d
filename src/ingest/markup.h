/* The markup of cost models in the summaries: a share of each cost beside it (masu.md §C.7; the
 * share is markup_factor of the tenant's schema, sql/tenant).
 *
 * A month that is swapped in and one that is worked out anew hold the advisory lock of their
 * provider, so that neither goes by a share that the other has seen change. */
#ifndef KONTOR_INGEST_MARKUP_H
#define KONTOR_INGEST_MARKUP_H

#include "ingest/job_run.h"

/* In the transaction that swaps a month in: takes the lock and tells kontor_staging the share. */
bool markup_stage(JobRun *run, const char *provider_uuid, Error *error);

/* Does a JOB_MARKUP: brings the provider's months (all, or as many as markup_months says) to the
 * share of now, each in a transaction, until none was changed meanwhile; then the job is done. */
bool markup_run(JobRun *run, Error *error);

#endif
