/* Deletions: what goes with a row, and the events that tell of it. */
#include "sources/writing.h"

/* Rows that go with one: their events' payloads are taken before, and written after. */
typedef struct Casualty {
    EventResource resource;
    const char *payloads_sql; /* $1: the id of what is deleted */
} Casualty;

enum { CASUALTIES_MAX = 8 };

static const Casualty OF_SOURCE[] = {
    {EVENT_APPLICATION_AUTHENTICATION, "SELECT event_application_authentication(l.id)"
                                       "  FROM application_authentications l"
                                       "  JOIN applications a ON a.id = l.application_id"
                                       " WHERE a.source_id = $1"
                                       " ORDER BY l.id"},
    {EVENT_APPLICATION,
     "SELECT event_application(id) FROM applications WHERE source_id = $1 ORDER BY id"},
    {EVENT_ENDPOINT, "SELECT event_endpoint(id) FROM endpoints WHERE source_id = $1 ORDER BY id"},
    {EVENT_RHC_CONNECTION, "SELECT event_rhc_connection(rhc_connection_id)"
                           "  FROM source_rhc_connections l"
                           " WHERE source_id = $1"
                           "   AND NOT EXISTS (SELECT 1"
                           "                     FROM source_rhc_connections other"
                           "                    WHERE other.rhc_connection_id = l.rhc_connection_id"
                           "                      AND other.source_id <> l.source_id)"
                           " ORDER BY rhc_connection_id"},
    {EVENT_SOURCE, "SELECT event_source($1)"},
    {EVENT_AUTHENTICATION, "SELECT event_authentication(id)"
                           "  FROM authentications"
                           " WHERE source_id = $1"
                           " ORDER BY array_position(ARRAY['Application', 'Endpoint', 'Source'], "
                           "resource_type::text), id"},
    {0, NULL},
};

static const Casualty OF_APPLICATION[] = {
    {EVENT_APPLICATION_AUTHENTICATION, "SELECT event_application_authentication(id)"
                                       "  FROM application_authentications"
                                       " WHERE application_id = $1"
                                       " ORDER BY id"},
    {EVENT_APPLICATION, "SELECT event_application($1)"},
    {EVENT_AUTHENTICATION, "SELECT event_authentication(id)"
                           "  FROM authentications"
                           " WHERE resource_type = 'Application' AND resource_id = $1"
                           " ORDER BY id"},
    {0, NULL},
};

static const Casualty OF_ENDPOINT[] = {
    {EVENT_ENDPOINT, "SELECT event_endpoint($1)"},
    {EVENT_AUTHENTICATION, "SELECT event_authentication(id)"
                           "  FROM authentications"
                           " WHERE resource_type = 'Endpoint' AND resource_id = $1"
                           " ORDER BY id"},
    {0, NULL},
};

/* In order; the rest goes by foreign keys. */
static const char *const DELETE_SOURCE[] = {
    "DELETE FROM rhc_connections c"
    " WHERE EXISTS (SELECT 1 FROM source_rhc_connections l"
    "                WHERE l.rhc_connection_id = c.id AND l.source_id = $1)"
    "   AND NOT EXISTS (SELECT 1 FROM source_rhc_connections l"
    "                    WHERE l.rhc_connection_id = c.id AND l.source_id <> $1)",
    "DELETE FROM sources WHERE id = $1",
    NULL,
};

static const char *const DELETE_APPLICATION[] = {
    "DELETE FROM authentications WHERE resource_type = 'Application' AND resource_id = $1",
    "DELETE FROM applications WHERE id = $1",
    NULL,
};

static const char *const DELETE_ENDPOINT[] = {
    "DELETE FROM authentications WHERE resource_type = 'Endpoint' AND resource_id = $1",
    "DELETE FROM endpoints WHERE id = $1",
    NULL,
};

static bool destroy(Call *call, const LockedRow *row, const Casualty *casualties,
                    const char *const *statements, const char *snapshot)
{
    DbResult *payloads[CASUALTIES_MAX];
    EventOrigin origin = call_origin(call);
    for (int i = 0; casualties[i].payloads_sql != NULL; i++) {
        payloads[i] =
            DB_QUERY(call->db, call->arena, &call->error, casualties[i].payloads_sql, row->id);
        if (payloads[i] == NULL) {
            return false;
        }
    }
    for (; *statements != NULL; statements++) {
        if (DB_QUERY(call->db, call->arena, &call->error, *statements, row->id) == NULL) {
            return false;
        }
    }
    for (int i = 0; casualties[i].payloads_sql != NULL; i++) {
        for (int j = 0; j < db_row_count(payloads[i]); j++) {
            if (!events_write_destroyed(call->db, call->arena, &origin, casualties[i].resource,
                                        db_text(payloads[i], j, 0), row->source_id, snapshot,
                                        &call->error)) {
                return false;
            }
        }
    }
    return true;
}

bool destroy_source(Call *call, const LockedRow *row)
{
    const char *snapshot = events_gone_snapshot(call->db, call->arena, row->id, &call->error);
    return snapshot != NULL && destroy(call, row, OF_SOURCE, DELETE_SOURCE, snapshot);
}

bool destroy_application(Call *call, const LockedRow *row)
{
    return destroy(call, row, OF_APPLICATION, DELETE_APPLICATION, NULL);
}

bool destroy_endpoint(Call *call, const LockedRow *row)
{
    return destroy(call, row, OF_ENDPOINT, DELETE_ENDPOINT, NULL);
}
