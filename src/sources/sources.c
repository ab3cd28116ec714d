/* /sources */
#include <string.h>

#include "base/crypto.h"
#include "sources/handlers.h"
#include "sources/writing.h"

const BodyField SOURCE_CREATE_FIELDS[] = {
    {"name", BODY_TEXT},
    {"uid", BODY_TEXT},
    {"version", BODY_TEXT},
    {"imported", BODY_TEXT},
    {"source_ref", BODY_TEXT},
    {"app_creation_workflow", BODY_TEXT},
    {"availability_status", BODY_TEXT},
    {"source_type_id", BODY_ID},
    {0},
};

static const BodyField UPDATE_FIELDS[] = {
    {"name", BODY_TEXT},
    {"version", BODY_TEXT},
    {"imported", BODY_TEXT},
    {"source_ref", BODY_TEXT},
    {"availability_status", BODY_TEXT},
    {"last_checked_at", BODY_TIME},
    {"last_available_at", BODY_TIME},
    {0},
};

/* A paused source takes only what its consumers report. */
static const BodyField PAUSED_SOURCE_FIELDS[] = {
    {"availability_status", BODY_TEXT},
    {"last_checked_at", BODY_TIME},
    {"last_available_at", BODY_TIME},
    {0},
};

static const char SATELLITE[] = "satellite";

/* A satellite's certificate sees satellites only (sources-api.md §2). */
void sources_list(Call *call)
{
    bool satellite = *call->identity.system_cn != '\0';
    resource_list(call, &SOURCES,
                  satellite
                      ? "sources.source_type_id IN (SELECT id FROM source_types WHERE name = $1)"
                      : NULL,
                  SATELLITE);
}

void sources_get(Call *call)
{
    const char *id;
    if (call_path_id(call, 1, &id)) {
        resource_get(call, &SOURCES, id, 200);
    }
}

static void list_of_source(Call *call, const Resource *resource, const char *condition)
{
    const char *id;
    if (call_path_id(call, 1, &id) && resource_check_query(call) &&
        resource_exists(call, &SOURCES, id)) {
        resource_list(call, resource, condition, id);
    }
}

void sources_applications(Call *call)
{
    list_of_source(call, &APPLICATIONS, "applications.source_id = $1");
}

void sources_application_types(Call *call)
{
    list_of_source(call, &APPLICATION_TYPES,
                   "application_types.id IN (SELECT application_type_id FROM applications WHERE "
                   "source_id = $1)");
}

void sources_endpoints(Call *call)
{
    list_of_source(call, &ENDPOINTS, "endpoints.source_id = $1");
}

void sources_rhc_connections(Call *call)
{
    list_of_source(call, &RHC_CONNECTIONS_OF_SOURCE,
                   "rhc_connections.id IN (SELECT rhc_connection_id"
                   "                         FROM source_rhc_connections"
                   "                        WHERE source_id = $1)");
}

void sources_authentications(Call *call)
{
    list_of_source(call, &AUTHENTICATIONS, "authentications.source_id = $1");
}

static bool name_taken(Call *call, const char *name, bool *taken)
{
    DbResult *rows = DB_QUERY(call->db, call->arena, &call->error,
                              "SELECT 1 FROM sources WHERE tenant_id = $1 AND md5(name) = md5($2)",
                              call->tenant_text, name);
    *taken = rows != NULL && db_row_count(rows) > 0;
    return rows != NULL || call_database_failed(call, &call->error);
}

/* Two questions on one way: is the name taken, is there such a type? */
static bool look_up(Call *call, const char *name, const char *type, bool *taken, bool *known)
{
    DbResult *rows = DB_QUERY(call->db, call->arena, &call->error,
                              "SELECT EXISTS (SELECT 1 FROM sources"
                              "                WHERE tenant_id = $1 AND md5(name) = md5($2)),"
                              "       EXISTS (SELECT 1 FROM source_types WHERE id = $3)",
                              call->tenant_text, name, type);
    if (rows == NULL) {
        return call_database_failed(call, &call->error);
    }
    *taken = db_bool(rows, 0, 0);
    *known = db_bool(rows, 0, 1);
    return true;
}

/* What can be told of a body without a look at the database; NULL: nothing wrong. */
static const char *fault_of(const char *status, const char *type, bool valid)
{
    if (status != NULL && *status != '\0' && !body_status_valid(status)) {
        return "invalid status";
    }
    if (type == NULL) {
        return "source type id cannot be empty";
    }
    if (!valid) {
        return "the source type id is not valid";
    }
    return type[0] == '-' || strspn(type, "0") == strlen(type)
               ? "source type id must be greater than 0"
               : NULL;
}

/* Tells what is wrong with a new source: that the name is taken comes before all else that is
 * (sources-api.md §7). Always false. */
static bool refuse_create(Call *call, const char *name, const char *type, const char *fault)
{
    bool taken = false, known = false;
    if (!look_up(call, name, fault == NULL ? type : NULL, &taken, &known)) {
        return false;
    }
    return call_bad(call, "Validation failed: %s",
                    taken || (fault == NULL && known) ? "name already exists in tenant"
                    : fault != NULL                   ? fault
                                                      : "source type id not found");
}

/* False after a 400. */
static bool choose_uid(Call *call, const json_t *body, char uid[UUID_TEXT_SIZE])
{
    const char *given = call->api->keeps_uids ? body_text(body, "uid") : NULL;
    if (given == NULL || *given == '\0') {
        uuid_generate(uid);
    } else if (!uuid_valid(given)) {
        return call_bad(call, "Validation failed: the uid \"%.100s\" is no UUID", given);
    } else {
        memcpy(uid, given, UUID_TEXT_SIZE);
    }
    return true;
}

/* Two requests at once found the name free: the index decided. Or the uid is another source's. */
static void refuse_taken(Call *call, const char *uid)
{
    if (strcmp(db_constraint(call->db), "sources_uid_key") == 0) {
        call_bad(call, "Validation failed: there is a source with the uid %s already", uid);
    } else {
        call_bad(call, "Validation failed: name already exists in tenant");
    }
}

/* Makes the row, if the name is free and there is such a type; its shown columns come back, and the
 * id behind them. */
static DbResult *insert_valid(Call *call, const json_t *body, const char *type, const char *uid)
{
    static const char MANUAL[] = "manual_configuration", SUPERKEY[] = "account_authorization";
    const char *status = body_text(body, "availability_status");
    const char *workflow = body_text(body, "app_creation_workflow");
    return DB_QUERY(
        call->db, call->arena, &call->error,
        arena_printf(call->arena,
                     "INSERT INTO sources"
                     "    (tenant_id, source_type_id, name, uid, version, imported, source_ref,"
                     "     app_creation_workflow, availability_status, user_id)"
                     " SELECT $1, t.id, $3, $4, $5, $6, $7, $8, $9, $10"
                     "   FROM source_types t"
                     "  WHERE t.id = $2"
                     "    AND NOT EXISTS (SELECT FROM sources"
                     "                     WHERE tenant_id = $1 AND md5(name) = md5($3::varchar))"
                     " RETURNING %s, id",
                     resource_columns(&SOURCES)),
        call->tenant_text, type, body_text(body, "name"), uid, body_text(body, "version"),
        body_text(body, "imported"), body_text(body, "source_ref"),
        workflow != NULL && strcmp(workflow, SUPERKEY) == 0 ? SUPERKEY : MANUAL,
        status != NULL && *status != '\0' ? status : "in_progress", call->owner_text);
}

static DbResult *insert_source(Call *call, const json_t *body)
{
    char uid[UUID_TEXT_SIZE];
    bool valid = true;
    const char *name = body_text(body, "name");
    if (name == NULL || *name == '\0') {
        call_bad(call, "Validation failed: name cannot be empty");
        return NULL;
    }
    const char *type = body_id(call, body, "source_type_id", &valid);
    const char *fault = fault_of(body_text(body, "availability_status"), type, valid);
    if (fault != NULL) {
        refuse_create(call, name, type, fault);
        return NULL;
    }
    if (!choose_uid(call, body, uid)) {
        return NULL;
    }
    DbResult *rows = insert_valid(call, body, type, uid);
    if (rows == NULL && call->error.code == ERROR_CONFLICT) {
        refuse_taken(call, uid);
    } else if (rows != NULL && db_row_count(rows) == 0) {
        refuse_create(call, name, type, NULL);
        rows = NULL;
    }
    return rows;
}

static const char *id_of(const DbResult *row)
{
    return row != NULL ? db_text(row, 0, resource_column_count(&SOURCES)) : NULL;
}

const char *sources_insert(Call *call, const json_t *body)
{
    return id_of(insert_source(call, body));
}

void sources_create(Call *call)
{
    json_t *body = body_read(call, SOURCE_CREATE_FIELDS);
    if (body == NULL) {
        return;
    }
    DbResult *row = NULL;
    bool done = call_transact(call) && (row = insert_source(call, body)) != NULL &&
                call_event(call, EVENT_SOURCE, "create", id_of(row), id_of(row));
    if (call_finish(call, done)) {
        JsonWriter json = json_writer(call->response->body);
        resource_write(&json, &SOURCES, row, 0);
        call->response->status = 201;
    }
}

static bool validate_update(Call *call, const json_t *body, bool paused)
{
    const char *name = body_text(body, "name"), *status = body_text(body, "availability_status");
    bool taken = false;
    if (name != NULL && *name == '\0') {
        return call_bad(call, "name cannot be empty");
    }
    if (name != NULL && !name_taken(call, name, &taken)) {
        return false;
    }
    if (taken) {
        return call_bad(call, "source name already exists in same tenant");
    }
    if (status != NULL && !body_status_valid(status)) {
        return call_bad(call,
                        "%s. Must be one of \"available\", \"in_progress\", "
                        "\"partially_available\" or \"unavailable\"",
                        paused ? "invalid availability status" : "availability status invalid");
    }
    return true;
}

/* Does the new name equal the source's own? Then it is no change. */
static bool own_name(Call *call, json_t *body, const char *id)
{
    const char *name = body_text(body, "name");
    if (name == NULL) {
        return true;
    }
    DbResult *rows = DB_QUERY(call->db, call->arena, &call->error,
                              "SELECT name = $2 FROM sources WHERE id = $1", id, name);
    if (rows == NULL) {
        return false;
    }
    if (db_bool(rows, 0, 0)) {
        json_object_del(body, "name");
    }
    return true;
}

static bool update_source(Call *call, const json_t *body, const char *id)
{
    bool valid = true;
    const char *checked = call_body_time(call, body, "last_checked_at", &valid);
    const char *available = valid ? call_body_time(call, body, "last_available_at", &valid) : NULL;
    return valid && DB_QUERY(call->db, call->arena, &call->error,
                             "UPDATE sources"
                             "   SET name = COALESCE($2, name),"
                             "       version = COALESCE($3, version),"
                             "       imported = COALESCE($4, imported),"
                             "       source_ref = COALESCE($5, source_ref),"
                             "       availability_status = COALESCE($6, availability_status),"
                             "       last_checked_at = COALESCE($7::timestamptz, last_checked_at),"
                             "       last_available_at ="
                             "           COALESCE($8::timestamptz, last_available_at),"
                             "       updated_at = now()"
                             " WHERE id = $1",
                             id, body_text(body, "name"), body_text(body, "version"),
                             body_text(body, "imported"), body_text(body, "source_ref"),
                             body_text(body, "availability_status"), checked, available) != NULL;
}

void sources_update(Call *call)
{
    const char *id;
    LockedRow row = {0};
    if (!call_path_id(call, 1, &id)) {
        return;
    }
    bool done = call_transact(call) && call_lock(call, &SOURCES, id, &row);
    json_t *body = done ? body_read(call, row.paused ? PAUSED_SOURCE_FIELDS : UPDATE_FIELDS) : NULL;
    done = body != NULL && own_name(call, body, id) && validate_update(call, body, row.paused) &&
           update_source(call, body, id) && call_event(call, EVENT_SOURCE, "update", id, id);
    if (!done && call->error.code == ERROR_CONFLICT) {
        call_bad(call, "source name already exists in same tenant");
    }
    if (call_finish(call, done)) {
        resource_get(call, &SOURCES, id, 200);
    }
}

/* A satellite's certificate may delete satellites only. */
static bool may_delete(Call *call, const char *id)
{
    if (*call->identity.system_cn == '\0') {
        return true;
    }
    DbResult *rows = DB_QUERY(call->db, call->arena, &call->error,
                              "SELECT 1"
                              "  FROM sources s"
                              "  JOIN source_types t ON t.id = s.source_type_id"
                              " WHERE s.id = $1 AND t.name = $2",
                              id, SATELLITE);
    return rows != NULL && (db_row_count(rows) > 0 || call_bad(call, "Unauthorized."));
}

void sources_delete(Call *call)
{
    const char *id;
    LockedRow row;
    if (!call_path_id(call, 1, &id)) {
        return;
    }
    bool done = call_transact(call) && call_lock(call, &SOURCES, id, &row) &&
                may_delete(call, id) && destroy_source(call, &row);
    if (call_finish(call, done)) {
        call_gone(call);
    }
}

static bool pause_all(Call *call, const char *id, bool pause)
{
    const char *action = pause ? "pause" : "unpause";
    const char *value = pause ? "true" : NULL;
    if (DB_QUERY(call->db, call->arena, &call->error,
                 "UPDATE sources"
                 "   SET paused_at = CASE WHEN $2::boolean THEN COALESCE(paused_at, now()) END,"
                 "       updated_at = now()"
                 " WHERE id = $1",
                 id, value) == NULL) {
        return false;
    }
    DbResult *rows =
        DB_QUERY(call->db, call->arena, &call->error,
                 "UPDATE applications"
                 "   SET paused_at = CASE WHEN $2::boolean THEN COALESCE(paused_at, now()) END"
                 " WHERE source_id = $1"
                 " RETURNING id",
                 id, value);
    if (rows == NULL || !call_event(call, EVENT_SOURCE, action, id, id)) {
        return false;
    }
    for (int i = 0; i < db_row_count(rows); i++) {
        if (!call_event(call, EVENT_APPLICATION, action, db_text(rows, i, 0), id)) {
            return false;
        }
    }
    return true;
}

static void set_paused(Call *call, bool pause)
{
    const char *id;
    LockedRow row;
    if (!call_path_id(call, 1, &id)) {
        return;
    }
    bool done =
        call_transact(call) && call_lock(call, &SOURCES, id, &row) && pause_all(call, id, pause);
    if (call_finish(call, done)) {
        call->response->status = 204;
    }
}

void sources_pause(Call *call)
{
    set_paused(call, true);
}

void sources_unpause(Call *call)
{
    set_paused(call, false);
}

/* The consumers of the source's events look at their buckets again. */
void sources_check_availability(Call *call)
{
    const char *id;
    LockedRow row;
    if (!call_path_id(call, 1, &id)) {
        return;
    }
    bool done = call_transact(call) && call_lock(call, &SOURCES, id, &row) &&
                call_event(call, EVENT_SOURCE, "check_availability", id, id);
    if (call_finish(call, done)) {
        call->response->status = 202;
        buffer_append_text(call->response->body, "{}");
    }
}
