#include "sources/events.h"

#include <stdlib.h>

#include "base/json.h"
#include "db/outbox.h"

/* The name in event types, and the SQL function of the payload. */
static const struct {
    const char *name;
    const char *function;
} RESOURCES[] = {
    [EVENT_SOURCE] = {"Source", "event_source"},
    [EVENT_APPLICATION] = {"Application", "event_application"},
    [EVENT_AUTHENTICATION] = {"Authentication", "event_authentication"},
    [EVENT_ENDPOINT] = {"Endpoint", "event_endpoint"},
    [EVENT_APPLICATION_AUTHENTICATION] = {"ApplicationAuthentication",
                                          "event_application_authentication"},
    [EVENT_RHC_CONNECTION] = {"RhcConnection", "event_rhc_connection"},
};

bool events_lock_source(Db *db, Arena *arena, const char *source_id, const char *tenant_id,
                        bool *found, Error *error)
{
    DbResult *rows = DB_QUERY(db, arena, error,
                              "SELECT 1 FROM sources WHERE id = $1 AND tenant_id = $2 FOR UPDATE",
                              source_id, tenant_id);
    *found = rows != NULL && db_row_count(rows) > 0;
    return rows != NULL;
}

static const char *headers_of(Arena *arena, const EventOrigin *origin)
{
    Buffer *text = buffer_new(arena);
    JsonWriter json = json_writer(text);
    json_begin_object(&json);
    json_member_string(&json, "x-rh-identity", origin->identity);
    json_end(&json);
    return text->data;
}

static OutboxEvent event_of(Arena *arena, const EventOrigin *origin, const char *type,
                            const char *action, const char *source_id)
{
    return (OutboxEvent){
        .source_id = source_id != NULL ? strtoll(source_id, NULL, 10) : 0,
        .event_type = arena_printf(arena, "%s.%s", type, action),
        .org_id = origin->org_id,
        .account = origin->account,
        .headers = headers_of(arena, origin),
    };
}

static bool write_event(Db *db, Arena *arena, const EventOrigin *origin, const char *type,
                        const char *action, const char *payload, const char *source_id,
                        const char *snapshot, Error *error)
{
    OutboxEvent event = event_of(arena, origin, type, action, source_id);
    event.payload = payload;
    event.snapshot = snapshot;
    return outbox_write(db, arena, &event, error);
}

const char *events_payload(Db *db, Arena *arena, EventResource resource, const char *id,
                           Error *error)
{
    DbResult *rows = DB_QUERY(
        db, arena, error, arena_printf(arena, "SELECT %s($1)", RESOURCES[resource].function), id);
    const char *payload = rows != NULL ? db_text(rows, 0, 0) : NULL;
    return rows == NULL ? NULL : payload != NULL ? payload : "{}";
}

bool events_write(Db *db, Arena *arena, const EventOrigin *origin, EventResource resource,
                  const char *action, const char *id, const char *source_id, Error *error)
{
    OutboxEvent event = event_of(arena, origin, RESOURCES[resource].name, action, source_id);
    return outbox_write_row(db, arena, &event, RESOURCES[resource].function, id, error);
}

bool events_write_destroyed(Db *db, Arena *arena, const EventOrigin *origin, EventResource resource,
                            const char *payload, const char *source_id, const char *gone_snapshot,
                            Error *error)
{
    const char *snapshot = gone_snapshot;
    if (snapshot == NULL) {
        DbResult *rows = DB_QUERY(db, arena, error, "SELECT event_snapshot($1)", source_id);
        if (rows == NULL) {
            return false;
        }
        snapshot = db_text(rows, 0, 0);
    }
    return write_event(db, arena, origin, RESOURCES[resource].name, "destroy", payload, source_id,
                       snapshot, error);
}

const char *events_gone_snapshot(Db *db, Arena *arena, const char *source_id, Error *error)
{
    DbResult *rows = DB_QUERY(db, arena, error,
                              "SELECT event_snapshot($1)"
                              "       || '{\"applications\": [], \"authentications\": [],"
                              "            \"deleted\": true}'::jsonb",
                              source_id);
    return rows != NULL ? db_text(rows, 0, 0) : NULL;
}

bool events_write_records(Db *db, Arena *arena, const EventOrigin *origin, const char *source_id,
                          const char *updated, Error *error)
{
    DbResult *rows = DB_QUERY(
        db, arena, error,
        "SELECT jsonb_build_object("
        "           'source', event_source($1),"
        "           'applications', COALESCE((SELECT jsonb_agg(event_application(id) ORDER BY id)"
        "                                       FROM applications WHERE source_id = $1), '[]'),"
        "           'endpoints', COALESCE((SELECT jsonb_agg(event_endpoint(id) ORDER BY id)"
        "                                    FROM endpoints WHERE source_id = $1), '[]'),"
        "           'authentications', COALESCE((SELECT jsonb_agg(event_authentication(id)"
        "                                                         ORDER BY id)"
        "                                          FROM authentications"
        "                                         WHERE source_id = $1), '[]'),"
        "           'application_authentications',"
        "           COALESCE((SELECT jsonb_agg(event_application_authentication(l.id)"
        "                                      ORDER BY l.id)"
        "                       FROM application_authentications l"
        "                       JOIN applications a ON a.id = l.application_id"
        "                      WHERE a.source_id = $1), '[]'),"
        "           'updated', $2::jsonb),"
        "       event_snapshot($1)",
        source_id, updated);
    return rows != NULL && write_event(db, arena, origin, "Records", "update", db_text(rows, 0, 0),
                                       source_id, db_text(rows, 0, 1), error);
}
