/* Months that are older than a tenant keeps (providers/retention.h) are taken away (masu.md §C.8).
 */
#ifndef KONTOR_INGEST_MONTH_PURGE_H
#define KONTOR_INGEST_MONTH_PURGE_H

#include "base/background.h"
#include "ingest/job_run.h"

/* What goes, or went, of one table and month. Texts live in the arena it was asked with. */
typedef struct PurgedMonth {
    const char *schema;
    const char *table; /* "reporting_aws_cost_summary_p", "bills", "manifests" */
    const char *month; /* "2026-03" */
    int64_t rows;
    int64_t bytes;  /* on disk, of what is dropped as a whole; else 0 */
    bool partition; /* it is dropped as a whole */
} PurgedMonth;

typedef struct Purge {
    PurgedMonth *months;
    int count, capacity;
} Purge;

/* Adds to `purge` what of a tenant is older than the first month to be kept, and takes it away
 * unless `dry_run`: all of it, or nothing. Readers go on meanwhile; when one of them holds a month
 * for too long, it fails with ERROR_UNAVAILABLE and may be tried again. */
bool purge_tenant(Db *db, Arena *arena, const Config *config, const char *schema, bool dry_run,
                  Purge *purge, Error *error);

/* All tenants, or (`org_id` not NULL) one, in turn. What fails for one is logged, and told when all
 * are done. */
bool purge_tenants(Db *db, Arena *arena, const Config *config, const char *org_id, bool dry_run,
                   Purge *purge, Error *error);

#endif
