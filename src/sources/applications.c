/* /applications */
#include <string.h>

#include "sources/handlers.h"
#include "sources/writing.h"

const BodyField APPLICATION_CREATE_FIELDS[] = {
    {"source_id", BODY_ID},
    {"application_type_id", BODY_ID},
    {"extra", BODY_ANY},
    {0},
};

static const BodyField UPDATE_FIELDS[] = {
    {"extra", BODY_OBJECT},
    {"availability_status", BODY_TEXT},
    {"availability_status_error", BODY_TEXT},
    {"last_checked_at", BODY_TIME},
    {"last_available_at", BODY_TIME},
    {0},
};

void applications_list(Call *call)
{
    resource_list(call, &APPLICATIONS, NULL, NULL);
}

void applications_get(Call *call)
{
    const char *id;
    if (call_path_id(call, 1, &id)) {
        resource_get(call, &APPLICATIONS, id, 200);
    }
}

void applications_authentications(Call *call)
{
    const char *id;
    if (call_path_id(call, 1, &id) && resource_check_query(call) &&
        resource_exists(call, &APPLICATIONS, id)) {
        resource_list(call, &AUTHENTICATIONS,
                      "authentications.resource_type = 'Application'"
                      " AND authentications.resource_id = $1",
                      id);
    }
}

/* The ids of the body: present and sound, else 400 in the original's words and order. */
static bool required_ids(Call *call, const json_t *body, const char **source_id,
                         const char **type_id)
{
    bool source_valid, type_valid;
    *source_id = body_id(call, body, "source_id", &source_valid);
    *type_id = body_id(call, body, "application_type_id", &type_valid);
    if (*source_id == NULL || *type_id == NULL) {
        return call_bad(call, "Validation failed: missing required parameter %s",
                        *source_id == NULL ? "source_id" : "application_type_id");
    }
    if (!type_valid) {
        return call_bad(call, "Validation failed: invalid application type id %s", *type_id);
    }
    return source_valid || call_bad(call, "Validation failed: invalid source id %s", *source_id);
}

static bool check_compatible(Call *call, const char *source_id, const char *type_id)
{
    DbResult *rows = DB_QUERY(call->db, call->arena, &call->error,
                              "SELECT t.supported_source_types ? st.name"
                              "  FROM sources s"
                              "  JOIN source_types st ON st.id = s.source_type_id"
                              "  LEFT JOIN application_types t ON t.id = $2"
                              " WHERE s.id = $1",
                              source_id, type_id);
    if (rows == NULL) {
        return false;
    }
    return (db_row_count(rows) > 0 && db_bool(rows, 0, 0)) ||
           call_bad(call,
                    "Validation failed: source type is not compatible with this application type");
}

static bool source_visible(Call *call, const char *source_id)
{
    LockedRow source;
    return call_lock(call, &SOURCES, source_id, &source) ||
           (call->response->status == 404 &&
            call_bad(call, "Validation failed: source id not found"));
}

const char *applications_insert(Call *call, const json_t *body, const char **source_id)
{
    const char *type_id = NULL;
    if (!required_ids(call, body, source_id, &type_id) || !source_visible(call, *source_id) ||
        !check_compatible(call, *source_id, type_id)) {
        return NULL;
    }
    DbResult *rows = DB_QUERY(call->db, call->arena, &call->error,
                              "INSERT INTO applications"
                              "    (tenant_id, source_id, application_type_id, extra, user_id)"
                              " VALUES ($1, $2, $3, $4::jsonb, $5)"
                              " RETURNING id",
                              call->tenant_text, *source_id, type_id,
                              body_json(call, body, "extra"), call->owner_text);
    if (rows == NULL && call->error.code == ERROR_CONFLICT) {
        call_bad(call, "Application of application type = %s already exists for the source id = %s",
                 type_id, *source_id);
    }
    return rows != NULL ? db_text(rows, 0, 0) : NULL;
}

void applications_create(Call *call)
{
    json_t *body = body_read(call, APPLICATION_CREATE_FIELDS);
    if (body == NULL) {
        return;
    }
    const char *id = NULL, *source_id;
    bool done = call_transact(call) && (id = applications_insert(call, body, &source_id)) != NULL &&
                call_event(call, EVENT_APPLICATION, "create", id, source_id);
    if (call_finish(call, done)) {
        resource_get_echoing(call, &APPLICATIONS, id, 201, "extra", body_json(call, body, "extra"));
    }
}

/* What an application newly reports is the state of its source. */
static bool copy_to_source(Call *call, const char *id, const char *source_id, const char *status,
                           const char *checked, const char *available)
{
    return DB_QUERY(call->db, call->arena, &call->error,
                    "UPDATE sources s"
                    "   SET availability_status = $3,"
                    "       last_checked_at = COALESCE($4::timestamptz, a.last_checked_at),"
                    "       last_available_at = COALESCE($5::timestamptz, a.last_available_at)"
                    "  FROM applications a"
                    " WHERE s.id = $1 AND a.id = $2 AND a.availability_status <> $3",
                    source_id, id, status, checked, available) != NULL;
}

static bool update_application(Call *call, const json_t *body, const char *id,
                               const char *source_id)
{
    const char *status = body_text(body, "availability_status");
    bool valid = true;
    const char *checked = call_body_time(call, body, "last_checked_at", &valid);
    const char *available = valid ? call_body_time(call, body, "last_available_at", &valid) : NULL;
    if (!valid) {
        return false;
    }
    if (status != NULL && !body_status_valid(status)) {
        return call_bad(call,
                        "%s. Must be one of \"available\", \"in_progress\", "
                        "\"partially_available\" or \"unavailable\"",
                        call->paused ? "invalid availability status"
                                     : "invalid payload: availability status invalid");
    }
    if (status != NULL && !copy_to_source(call, id, source_id, status, checked, available)) {
        return false;
    }
    return DB_QUERY(call->db, call->arena, &call->error,
                    "UPDATE applications"
                    "   SET extra = COALESCE($2::jsonb - '_superkey', extra),"
                    "       superkey_data = COALESCE($2::jsonb -> '_superkey', superkey_data),"
                    "       availability_status = COALESCE($3, availability_status),"
                    "       availability_status_error ="
                    "           COALESCE($4, availability_status_error),"
                    "       last_checked_at = COALESCE($5::timestamptz, last_checked_at),"
                    "       last_available_at = COALESCE($6::timestamptz, last_available_at),"
                    "       updated_at = now()"
                    " WHERE id = $1",
                    id, body_json(call, body, "extra"), status,
                    body_text(body, "availability_status_error"), checked, available) != NULL;
}

/* The original says "bad request" of such bodies twice. */
static json_t *read_update(Call *call, bool paused)
{
    call->bad_words = "bad request: ";
    json_t *body = body_read(call, paused ? PAUSED_FIELDS : UPDATE_FIELDS);
    call->bad_words = NULL;
    return body;
}

/* The answer of a superkey worker: the application is complete only now. */
static bool has_superkey(const json_t *body)
{
    return json_object_get(json_object_get(body, "extra"), "_superkey") != NULL;
}

void applications_update(Call *call)
{
    const char *id;
    LockedRow row = {0};
    if (!call_path_id(call, 1, &id)) {
        return;
    }
    bool done = call_transact(call) && call_lock(call, &APPLICATIONS, id, &row);
    json_t *body = done ? read_update(call, row.paused) : NULL;
    const char *action = has_superkey(body) ? "create" : "update";
    done = body != NULL && update_application(call, body, id, row.source_id) &&
           call_event(call, EVENT_APPLICATION, action, id, row.source_id);
    if (call_finish(call, done)) {
        resource_get(call, &APPLICATIONS, id, 200);
    }
}

void applications_delete(Call *call)
{
    const char *id;
    LockedRow row;
    if (!call_path_id(call, 1, &id)) {
        return;
    }
    bool done = call_transact(call) && call_lock(call, &APPLICATIONS, id, &row) &&
                destroy_application(call, &row);
    if (call_finish(call, done)) {
        call_gone(call);
    }
}

static void set_paused(Call *call, bool pause)
{
    const char *id;
    LockedRow row;
    if (!call_path_id(call, 1, &id)) {
        return;
    }
    bool done =
        call_transact(call) && call_lock(call, &APPLICATIONS, id, &row) &&
        DB_QUERY(call->db, call->arena, &call->error,
                 "UPDATE applications"
                 "   SET paused_at = CASE WHEN $2::boolean THEN COALESCE(paused_at, now()) END"
                 " WHERE id = $1",
                 id, pause ? "true" : "false") != NULL &&
        call_event(call, EVENT_APPLICATION, pause ? "pause" : "unpause", id, row.source_id);
    if (call_finish(call, done)) {
        call->response->status = 204;
    }
}

void applications_pause(Call *call)
{
    set_paused(call, true);
}

void applications_unpause(Call *call)
{
    set_paused(call, false);
}
