/* The swap: a provider's month replaced in the summaries, in one transaction. */
#ifndef KONTOR_INGEST_SWAP_H
#define KONTOR_INGEST_SWAP_H

#include "ingest/fold/fold.h"
#include "ingest/job_run.h"
#include "ingest/record.h"
#include "ingest/tag_keys.h"
#include "providers/provider.h"

typedef struct Swap {
    const Provider *provider;
    const Record *record;
    TagKeys *keys;
} Swap;

/* Begins the transaction and deletes what the summaries have of the month. Rows belong to the month
 * by their bill, whatever day they are of. Readers see the old month until the commit and wait for
 * nothing. ERROR_CANCELLED when the job was taken over or the provider deleted. The search path
 * names the tenant's schema. The transaction is open also after a failure: db_rollback ends it. */
bool swap_begin(JobRun *run, const Swap *swap, Error *error);

/* After swap_begin: puts the fold's groups into the month's place, marks manifest, files (one of
 * `outcomes` each) and job as done, and commits: all of it, or nothing. *groups counts the rows of
 * the daily summary. ERROR_CANCELLED when the job must not go on. */
bool swap_month(JobRun *run, const Swap *swap, Fold *fold, const FileOutcome *outcomes,
                uint64_t *groups, Error *error);

#endif
