/* How far the data of providers is, for lists of sources. */
#ifndef KONTOR_INGEST_PROVIDER_STATE_H
#define KONTOR_INGEST_PROVIDER_STATE_H

#include "db/db.h"

/* Texts live in the arena; NULL where there is nothing. */
typedef struct ProviderState {
    const char *uuid;
    bool active;
    const char *created;      /* "2026-11-23 11:41:01" */
    const char *polled;       /* the same; when its bucket was last looked at */
    const char *data_updated; /* the same */
    const char *last_payload; /* "2026-11-23T11:41:02.573622Z": the newest manifest's time */
    const char *state;        /* JSON of that manifest: {"download": {"start", "end"}, …} */
    bool has_data;            /* a month is in the summaries */
    bool current_month_data;  /* this one is */
    bool previous_month_data; /* the one before is */
} ProviderState;

/* Those of the uuids that are providers. `uuids` is an array as PostgreSQL writes it, "{a,b}". */
bool provider_states_read(Db *db, Arena *arena, const char *uuids, ProviderState **states,
                          int *count, Error *error);

/* The manifests of a provider, the newest month first and of each month the newest first, at most
 * three a month. Columns: month ("2026-11-01"), assembly_id, billing_period_start, files that are
 * done, files, process_start_date, process_complete_date, manifest_complete_date, export_datetime;
 * times as "2026-11-23 11:41:01". */
DbResult *provider_manifests(Db *db, Arena *arena, const char *uuid, Error *error);

#endif
