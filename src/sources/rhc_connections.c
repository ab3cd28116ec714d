/* /rhc_connections: connector connections of sources. A tenant's own: see docs/compatibility.md. */
#include <string.h>

#include "sources/handlers.h"
#include "sources/writing.h"

static const BodyField CREATE_FIELDS[] = {
    {"rhc_id", BODY_TEXT},
    {"extra", BODY_ANY},
    {"source_id", BODY_ID},
    {0},
};

static const BodyField UPDATE_FIELDS[] = {
    {"extra", BODY_ANY},
    {0},
};

void rhc_connections_list(Call *call)
{
    resource_list(call, &RHC_CONNECTIONS, NULL, NULL);
}

void rhc_connections_get(Call *call)
{
    const char *id;
    if (call_path_id(call, 1, &id)) {
        resource_get(call, &RHC_CONNECTIONS, id, 200);
    }
}

void rhc_connections_sources(Call *call)
{
    const char *id;
    if (call_path_id(call, 1, &id) && resource_check_query(call) &&
        resource_exists(call, &RHC_CONNECTIONS, id)) {
        resource_list(call, &SOURCES,
                      "sources.id IN (SELECT source_id"
                      "                 FROM source_rhc_connections"
                      "                WHERE rhc_connection_id = $1)",
                      id);
    }
}

static const char *validate_create(Call *call, const json_t *body)
{
    bool valid;
    const char *rhc_id = body_text(body, "rhc_id");
    const char *source_id = body_id(call, body, "source_id", &valid);
    if (rhc_id == NULL || *rhc_id == '\0') {
        call_bad(call, "Validation failed: the Red Hat Connector Connection's id is invalid");
    } else if (source_id == NULL || !valid) {
        call_bad(call, "Validation failed: the provided source ID is not valid");
    } else if (*source_id == '-' || strspn(source_id, "0") == strlen(source_id)) {
        call_bad(call, "Validation failed: invalid source id");
    } else {
        return source_id;
    }
    return NULL;
}

/* The tenant's connection of that name, made when it is new. */
static const char *find_or_insert(Call *call, const json_t *body)
{
    const char *rhc_id = body_text(body, "rhc_id");
    if (DB_QUERY(call->db, call->arena, &call->error,
                 "INSERT INTO rhc_connections (tenant_id, rhc_id, extra)"
                 " VALUES ($1, $2, $3::jsonb)"
                 " ON CONFLICT (tenant_id, md5(rhc_id)) DO NOTHING",
                 call->tenant_text, rhc_id, body_json(call, body, "extra")) == NULL) {
        return NULL;
    }
    DbResult *rows = DB_QUERY(call->db, call->arena, &call->error,
                              "SELECT id FROM rhc_connections"
                              " WHERE tenant_id = $1 AND md5(rhc_id) = md5($2)",
                              call->tenant_text, rhc_id);
    return rows != NULL ? db_text(rows, 0, 0) : NULL;
}

static bool link_source(Call *call, const char *id, const char *source_id)
{
    bool linked = DB_QUERY(call->db, call->arena, &call->error,
                           "INSERT INTO source_rhc_connections"
                           "    (source_id, rhc_connection_id, tenant_id)"
                           " VALUES ($1, $2, $3)",
                           source_id, id, call->tenant_text) != NULL;
    return linked ||
           (call->error.code == ERROR_CONFLICT && call_bad(call, "connection already exists"));
}

/* The answer names the source that was just linked, not the others. */
static void answer_created(Call *call, const char *id, const char *source_id)
{
    DbResult *rows =
        DB_QUERY(call->db, call->arena, &call->error,
                 arena_printf(call->arena, "SELECT %s FROM rhc_connections WHERE id = $1",
                              resource_columns(&RHC_CONNECTIONS_OF_SOURCE)),
                 id);
    if (rows == NULL || db_row_count(rows) == 0) {
        call_database_failed(call, &call->error);
        return;
    }
    JsonWriter json = json_writer(call->response->body);
    json_begin_object(&json);
    resource_write_members(&json, &RHC_CONNECTIONS_OF_SOURCE, rows, 0, NULL, NULL);
    json_write_key(&json, "source_ids");
    json_begin_array(&json);
    json_write_string(&json, source_id);
    json_end(&json);
    json_end(&json);
    call->response->status = 201;
}

void rhc_connections_create(Call *call)
{
    json_t *body = body_read(call, CREATE_FIELDS);
    const char *source_id = body != NULL ? validate_create(call, body) : NULL;
    if (source_id == NULL) {
        return;
    }
    const char *id = NULL;
    LockedRow source;
    bool done = call_transact(call) && call_lock(call, &SOURCES, source_id, &source) &&
                (id = find_or_insert(call, body)) != NULL && link_source(call, id, source_id) &&
                call_event(call, EVENT_RHC_CONNECTION, "create", id, source_id);
    if (call_finish(call, done)) {
        answer_created(call, id, source_id);
    }
}

void rhc_connections_update(Call *call)
{
    const char *id;
    LockedRow row;
    if (!call_path_id(call, 1, &id)) {
        return;
    }
    json_t *body = body_read(call, UPDATE_FIELDS);
    if (body == NULL) {
        return;
    }
    bool done = call_transact(call) && call_lock(call, &RHC_CONNECTIONS, id, &row) &&
                DB_QUERY(call->db, call->arena, &call->error,
                         "UPDATE rhc_connections"
                         "   SET extra = $2::jsonb, updated_at = now()"
                         " WHERE id = $1",
                         id, body_json(call, body, "extra")) != NULL &&
                call_event(call, EVENT_RHC_CONNECTION, "update", id, NULL);
    if (call_finish(call, done)) {
        resource_get(call, &RHC_CONNECTIONS, id, 200);
    }
}

void rhc_connections_delete(Call *call)
{
    const char *id, *payload = NULL;
    LockedRow row;
    if (!call_path_id(call, 1, &id)) {
        return;
    }
    EventOrigin origin = call_origin(call);
    bool done = call_transact(call) && call_lock(call, &RHC_CONNECTIONS, id, &row) &&
                (payload = events_payload(call->db, call->arena, EVENT_RHC_CONNECTION, id,
                                          &call->error)) != NULL &&
                DB_QUERY(call->db, call->arena, &call->error,
                         "DELETE FROM rhc_connections WHERE id = $1", id) != NULL &&
                events_write_destroyed(call->db, call->arena, &origin, EVENT_RHC_CONNECTION,
                                       payload, NULL, NULL, &call->error);
    if (call_finish(call, done)) {
        call_gone(call);
    }
}
