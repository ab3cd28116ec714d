/* Deliveries of reports as lists: manifests and their files. */
#ifndef KONTOR_INGEST_MANIFESTS_H
#define KONTOR_INGEST_MANIFESTS_H

#include "db/db.h"

/* Columns of a manifest's row. */
enum {
    MANIFEST_ID,
    MANIFEST_ASSEMBLY,
    MANIFEST_PROVIDER,
    MANIFEST_PROVIDER_NAME,
    MANIFEST_PROVIDER_TYPE,
    MANIFEST_SCHEMA,
    MANIFEST_MONTH, /* "2026-10-01" */
    MANIFEST_FILES,
    MANIFEST_FILES_DONE,
    MANIFEST_FILES_FAILED,
    MANIFEST_CREATED, /* times as "2026-11-23T11:41:02.573622Z" */
    MANIFEST_EXPORTED,
    MANIFEST_COMPLETED,
    MANIFEST_STATE, /* JSON */
    MANIFEST_TOTAL, /* how many there are in all */
};

/* The value of a filter, or NULL: provider_uuid, name, type, schema_name, org_id, account_id,
 * assembly_id, billing_period, and started, running, failed, completed, which are "true" or
 * "false". */
typedef const char *ManifestFilter(void *context, const char *name);

typedef struct ManifestQuery {
    const char *schema; /* of one tenant alone; NULL: of all */
    ManifestFilter *filter;
    void *context;
    int64_t limit;
    int64_t offset;
} ManifestQuery;

/* The newest first. */
DbResult *manifests_list(Db *db, Arena *arena, const ManifestQuery *query, Error *error);

/* One by its id (digits); no row when there is none, or it is another tenant's. */
DbResult *manifests_one(Db *db, Arena *arena, const char *schema, const char *id, Error *error);

/* The newest of a provider's month ("2026-10-01"); 0 when there is none. */
bool manifests_newest(Db *db, Arena *arena, const char *provider_uuid, const char *month,
                      int64_t *manifest_id, Error *error);

/* Its files: id, report_name, status ("pending", "done", "failed", "downloading", "processing"),
 * started_datetime, completed_datetime, bytes, lines, faults, error. */
DbResult *manifests_files(Db *db, Arena *arena, const char *id, Error *error);

#endif
