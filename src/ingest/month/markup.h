/* The markup of cost models in the summaries: a share of each cost beside it (masu.md §C.7; the
 * share is markup_factor of the tenant's schema, sql/tenant).
 *
 * A month that is swapped in and one that is worked out anew hold the advisory lock of their
 * provider, so that neither goes by a share that the other has seen change. */
#ifndef KONTOR_INGEST_MONTH_MARKUP_H
#define KONTOR_INGEST_MONTH_MARKUP_H

#include "base/decimal.h"
#include "ingest/job_run.h"

/* In the transaction that swaps a month in, before it writes to the summaries: takes the lock. */
bool markup_hold(JobRun *run, const char *provider_uuid, Error *error);

/* While it is held: the share of now (0.1 is 10 %). ERROR_INVALID when it has more digits than a
 * Decimal, which only somebody else than the product can have written. */
bool markup_share(JobRun *run, const char *provider_uuid, Decimal *share, Error *error);

/* Does a JOB_MARKUP: brings the provider's months (all, or as many as markup_months says) to the
 * share of now, each in a transaction, until none was changed meanwhile; then the job is done. */
bool markup_run(JobRun *run, Error *error);

#endif
