/* Events of the Sources API, written in the transaction of the change (sources-api.md §9). */
#ifndef KONTOR_SOURCES_EVENTS_H
#define KONTOR_SOURCES_EVENTS_H

#include "db/db.h"

/* Who caused it: what the event's headers say. */
typedef struct EventOrigin {
    const char *org_id;
    const char *account;
    const char *identity; /* base64, or "" */
} EventOrigin;

typedef enum EventResource {
    EVENT_SOURCE,
    EVENT_APPLICATION,
    EVENT_AUTHENTICATION,
    EVENT_ENDPOINT,
    EVENT_APPLICATION_AUTHENTICATION,
    EVENT_RHC_CONNECTION,
} EventResource;

/* Takes the source's row lock for the rest of the transaction: events of one source are in the
 * order of their ids only because of it. *found is false when the tenant has no such source. */
bool events_lock_source(Db *db, Arena *arena, const char *source_id, const char *tenant_id,
                        bool *found, Error *error);

/* Writes "Source.create" and its kin for one row as it stands now, with the source's snapshot. */
bool events_write(Db *db, Arena *arena, const EventOrigin *origin, EventResource resource,
                  const char *action, const char *id, const char *source_id, Error *error);

/* Writes "Records.update": the source with all that hangs on it, and which attributes of which rows
 * changed (`updated`, JSON {"Type": {"id": ["attribute", …]}}). */
bool events_write_records(Db *db, Arena *arena, const EventOrigin *origin, const char *source_id,
                          const char *updated, Error *error);

/* A row that is about to be deleted: its payload, to be written with events_write_destroyed once it
 * is gone. */
const char *events_payload(Db *db, Arena *arena, EventResource resource, const char *id,
                           Error *error);

/* Writes "<Resource>.destroy" with a payload taken before. `source_gone` makes the snapshot that of
 * a deleted source, whose JSON of before is `payload`'s. */
bool events_write_destroyed(Db *db, Arena *arena, const EventOrigin *origin, EventResource resource,
                            const char *payload, const char *source_id, const char *gone_snapshot,
                            Error *error);

/* The snapshot that events carry after the source's deletion; taken while it is still there. */
const char *events_gone_snapshot(Db *db, Arena *arena, const char *source_id, Error *error);

#endif
