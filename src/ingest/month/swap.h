/* The swap: a provider's month replaced in the summaries, in one transaction. */
#ifndef KONTOR_INGEST_MONTH_SWAP_H
#define KONTOR_INGEST_MONTH_SWAP_H

#include "ingest/fold/fold.h"
#include "ingest/job_run.h"
#include "ingest/month/tag_keys.h"
#include "ingest/record.h"
#include "providers/provider.h"

typedef struct Swap {
    const Provider *provider;
    const Record *record;
    TagKeys *keys;
    bool whole; /* also the days that are what they were */
} Swap;

/* Puts the fold's groups into the month's place, marks manifest, files (one of `outcomes` each) and
 * job as done, and commits: all of it, or nothing. Rows belong to the month by their bill, whatever
 * day they are of; days whose rows are what they were are left as they are (ingest/month/days.h).
 * Readers see the old month until the commit and wait for nothing. *groups counts the rows of the
 * daily summary. ERROR_CANCELLED when the job was taken over, must stop, or the provider was
 * deleted. The search path names the tenant's schema. The transaction may be open after a failure:
 * db_rollback ends it. */
bool swap_month(JobRun *run, const Swap *swap, Fold *fold, const FileOutcome *outcomes,
                uint64_t *groups, Error *error);

#endif
