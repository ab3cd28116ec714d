/* The swap: a provider's month replaced in the summaries, in one transaction. */
#ifndef KONTOR_INGEST_SWAP_H
#define KONTOR_INGEST_SWAP_H

#include "ingest/job_run.h"
#include "ingest/record.h"
#include "ingest/tag_keys.h"
#include "providers/provider.h"

/* A month whose groups are staged (ingest/staging.h). */
typedef struct Swap {
    const Provider *provider;
    const Record *record;
    const FileOutcome *outcomes; /* of the record's files */
    TagKeys *keys;
} Swap;

/* Replaces the month, marks manifest, files and job as done, and commits: all of it, or nothing.
 * Rows belong to the month by their bill, whatever day they are of. Readers see the old month until
 * the commit and wait for nothing. ERROR_CANCELLED when the job was taken over or the provider
 * deleted. The search path names the tenant's schema. */
bool swap_month(JobRun *run, const Swap *swap, Error *error);

/* Deletes the bill's rows of `tables` (NULL-terminated). */
bool swap_remove(JobRun *run, const char *const *tables, const char *bill, Error *error);

/* Fills the derived tables of a bill from the view kontor_staging. */
bool swap_derive(JobRun *run, const char *provider_uuid, const char *bill, Error *error);

/* Fills the tables of a bill's values of tags and cost categories from there. */
bool swap_list_values(JobRun *run, const char *bill, Error *error);

#endif
