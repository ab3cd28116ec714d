/* A provider: where an organisation's cost reports come from, as the koku database has it. */
#ifndef KONTOR_PROVIDERS_PROVIDER_H
#define KONTOR_PROVIDERS_PROVIDER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/config.h"
#include "db/db.h"
#include "net/storage.h"

/* One row of api_provider with what it points to. Texts live in the arena it was read with; times
 * are as PostgreSQL writes them, NULL when not set. */
typedef struct Provider {
    const char *uuid;
    const char *name;
    const char *type; /* "AWS", "Azure", "GCP", "OCP" */
    bool active;
    bool paused;
    bool setup_complete;
    const char *org_id; /* NULL without a customer */
    const char *schema; /* the tenant's; NULL without a customer */
    bool has_billing_source;
    const char *bucket;        /* NULL when the data source names none */
    const char *report_name;   /* "" when it is to be found */
    const char *report_prefix; /* "" for none */
    const char *data_source;   /* JSON; "{}" without a billing source */
    const char *credentials;   /* JSON; "{}" without an authentication */
    int64_t source_id;         /* of the Sources API; 0 when it was made by hand */
    const char *created;
    const char *data_updated; /* when data last came */
    const char *polled;       /* when its bucket was last looked at */
} Provider;

/* ERROR_INVALID when `uuid` is none, ERROR_NOT_FOUND when no provider has it. */
bool provider_load(Db *db, Arena *arena, const char *uuid, Provider *provider, Error *error);

/* All providers, oldest first. */
bool provider_list(Db *db, Arena *arena, Provider **providers, int *count, Error *error);

/* How its bucket is reached: what the provider says (data source: endpoint, region, path_style,
 * verify_tls; credentials: access_key and the sealed secret_key, session_token), and the
 * configuration for the rest. Its keys are used at its own endpoint and those that it trusts, and
 * verify_tls counts with keys of the provider's own. The key file is read only when there is a
 * secret to open. ERROR_INVALID when the provider names no bucket, or as its endpoint a directory
 * of the server that is neither the configuration's own endpoint nor that of the sample reports, or
 * what can't stand in a request; ERROR_DENIED when it has no keys for the endpoint that it names.
 */
bool provider_storage(const Config *config, Arena *arena, const Provider *provider,
                      StorageConfig *storage, Error *error);

/* The endpoint of the sample reports' bucket: a directory below the data directory,
 * "file:///…/sample-data". */
const char *provider_sample_endpoint(Arena *arena, const Config *config);

/* Tells the Sources API of a source's availability ("available", "unavailable"; `reason` may be
 * NULL) when it is other than what was told last. Does nothing for source_id 0. */
bool provider_tell_availability(Db *db, Arena *arena, int64_t source_id, const char *status,
                                const char *reason, Error *error);

#endif
