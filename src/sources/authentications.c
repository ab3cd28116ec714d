/* /authentications */
#include <string.h>
#include <strings.h>

#include "sources/body.h"
#include "sources/handlers.h"
#include "sources/resource.h"

static const BodyField CREATE_FIELDS[] = {
    {"name",     BODY_TEXT},
    {"authtype",          BODY_TEXT},
    {"username",BODY_TEXT},
    {"password", BODY_TEXT},
    {"extra",          BODY_OBJECT},
    {"availability_status_error", BODY_TEXT},
    {"resource_type",    BODY_TEXT},
    {"resource_id",          BODY_ID},
    {0},
};

static const BodyField UPDATE_FIELDS[] = {
    {"name",     BODY_TEXT},
    {"authtype",          BODY_TEXT},
    {"username",BODY_TEXT},
    {"password", BODY_TEXT},
    {"extra",          BODY_OBJECT},
    {"availability_status", BODY_TEXT},
    {"availability_status_error",    BODY_TEXT},
    {0         },
};

/* What an authentication may belong to, and how the source is found from there. */
static const struct {
    const char *type;
    const char *source_sql;
} OWNERS[] = {
    {"Source",      "SELECT id FROM sources WHERE id = $1 AND tenant_id = $2"            },
    {"Application", "SELECT source_id FROM applications WHERE id = $1 AND tenant_id = $2"},
    {"Endpoint",    "SELECT source_id FROM endpoints WHERE id = $1 AND tenant_id = $2"   },
};

enum { OWNER_COUNT = sizeof OWNERS / sizeof *OWNERS };

void authentications_list(Call *call)
{
    resource_list(call, &AUTHENTICATIONS, NULL, NULL);
}

/* Authentication ids are not checked for form: what is no id is no authentication. */
static const char *path_id(Call *call)
{
    const char *id = call->request->path_parameters[1];
    if (strspn(id, "0123456789") != strlen(id) || strlen(id) > 18) {
        call_fail(call, 404, "authentication not found");
        return NULL;
    }
    return id;
}

void authentications_get(Call *call)
{
    const char *id = path_id(call);
    if (id != NULL) {
        resource_get(call, &AUTHENTICATIONS, id, 200);
    }
}

/* Which owner the body names; -1 after a 400. */
static int read_owner(Call *call, const json_t *body, const char **resource_id)
{
    const char *type = body_text(body, "resource_type");
    bool valid;
    *resource_id = body_id(call, body, "resource_id", &valid);
    if (type == NULL || *type == '\0') {
        call_bad(call, "resource_type is required");
    } else if (*resource_id == NULL) {
        call_bad(call, "resource_id is required");
    } else if (!valid) {
        call_bad(call, "resource_id must be a valid integer or string");
    } else if (strcasecmp(type, "Authentication") == 0) {
        call_bad(call, "bad resource type, supported types are [Application, Endpoint, Source]");
    } else {
        for (int i = 0; i < OWNER_COUNT; i++) {
            if (strcasecmp(OWNERS[i].type, type) == 0) {
                return i;
            }
        }
        call_bad(call, "invalid resource_type - must be one of "
                       "[Source|Endpoint|Application|Authentication]");
    }
    return -1;
}

static bool validate_username(Call *call, const json_t *body)
{
    const char *type = body_text(body, "authtype"), *username = body_text(body, "username");
    if (type == NULL || strcmp(type, "lighthouse_subscription_id") != 0) {
        return true;
    }
    if (username == NULL) {
        return call_bad(call, "subscription ID is invalid: username is required for Azure Source "
                              "Types");
    }
    if (strspn(username, " ") == strlen(username)) {
        return call_bad(call, "subscription ID is invalid: username must not be blank or empty");
    }
    return uuid_valid(username) ||
           call_bad(call, "subscription ID is invalid: the username must be a valid UUID");
}

static const char *sealed_password(Call *call, const json_t *body)
{
    const char *password = body_text(body, "password");
    return password != NULL ? secret_seal(call->arena, call->api->secret_key, password) : NULL;
}

static const char *insert_authentication(Call *call, const json_t *body, const char *type,
                                         const char *resource_id, const char *source_id)
{
    DbResult *rows =
        DB_QUERY(call->db, call->arena, &call->error,
                 "INSERT INTO authentications"
                 "    (tenant_id, source_id, resource_type, resource_id, name, authtype, username,"
                 "     password, extra)"
                 " VALUES ($1, $2, $3, $4, $5, COALESCE($6, ''), $7, $8, $9)"
                 " RETURNING id",
                 call->tenant_text, source_id, type, resource_id, body_text(body, "name"),
                 body_text(body, "authtype"), body_text(body, "username"),
                 sealed_password(call, body), body_json(call, body, "extra"));
    return rows != NULL ? db_text(rows, 0, 0) : NULL;
}

/* An application's authentication is linked to it. */
static bool link_application(Call *call, const char *type, const char *resource_id, const char *id)
{
    return strcmp(type, "Application") != 0 ||
           DB_QUERY(call->db, call->arena, &call->error,
                    "INSERT INTO application_authentications"
                    "    (tenant_id, application_id, authentication_id)"
                    " VALUES ($1, $2, $3)"
                    " ON CONFLICT DO NOTHING",
                    call->tenant_text, resource_id, id) != NULL;
}

void authentications_create(Call *call)
{
    json_t *body = body_read(call, CREATE_FIELDS);
    const char *resource_id = NULL;
    int owner = body != NULL ? read_owner(call, body, &resource_id) : -1;
    if (owner < 0 || !validate_username(call, body)) {
        return;
    }
    const char *type = OWNERS[owner].type, *id = NULL, *source_id = NULL;
    bool found = false;
    EventOrigin origin = call_origin(call);
    DbResult *rows = DB_QUERY(call->db, call->arena, &call->error, OWNERS[owner].source_sql,
                              resource_id, call->tenant_text);
    if (rows == NULL) {
        call_database_failed(call, &call->error);
        return;
    }
    source_id = db_row_count(rows) > 0 ? db_text(rows, 0, 0) : NULL;
    bool done =
        db_begin(call->db, &call->error) &&
        (source_id == NULL || events_lock_source(call->db, call->arena, source_id,
                                                 call->tenant_text, &found, &call->error)) &&
        (found ||
         call_bad(call, "resource not found with type [%s], id [%s]", type, resource_id)) &&
        (id = insert_authentication(call, body, type, resource_id, source_id)) != NULL &&
        link_application(call, type, resource_id, id) &&
        events_write(call->db, call->arena, &origin, EVENT_AUTHENTICATION, "create", id, source_id,
                     &call->error);
    if (call_finish(call, done)) {
        resource_get(call, &AUTHENTICATIONS, id, 201);
    }
}

/* Locks the authentication's source; answers 404 when the tenant has none such. */
static bool lock_authentication(Call *call, const char *id, const char **source_id)
{
    bool found = false;
    DbResult *rows =
        DB_QUERY(call->db, call->arena, &call->error,
                 "SELECT source_id FROM authentications WHERE id = $1 AND tenant_id = $2", id,
                 call->tenant_text);
    if (rows == NULL) {
        return false;
    }
    *source_id = db_row_count(rows) > 0 ? db_text(rows, 0, 0) : NULL;
    if (db_row_count(rows) == 0) {
        return call_fail(call, 404, "authentication not found");
    }
    return *source_id == NULL || (events_lock_source(call->db, call->arena, *source_id,
                                                     call->tenant_text, &found, &call->error) &&
                                  (found || call_fail(call, 404, "authentication not found")));
}

void authentications_update(Call *call)
{
    const char *id = path_id(call), *source_id = NULL;
    json_t *body = id != NULL ? body_read(call, UPDATE_FIELDS) : NULL;
    if (body == NULL) {
        return;
    }
    const char *status = body_text(body, "availability_status");
    if (status != NULL && !body_status_valid(status)) {
        call_bad(call, "availability status invalid. Must be one of \"available\", "
                       "\"in_progress\", \"partially_available\" or \"unavailable\"");
        return;
    }
    EventOrigin origin = call_origin(call);
    bool done =
        db_begin(call->db, &call->error) && lock_authentication(call, id, &source_id) &&
        DB_QUERY(call->db, call->arena, &call->error,
                 "UPDATE authentications"
                 "   SET name = COALESCE($2, name),"
                 "       authtype = COALESCE($3, authtype),"
                 "       username = COALESCE($4, username),"
                 "       password = COALESCE($5, password),"
                 "       extra = COALESCE($6::jsonb, extra),"
                 "       availability_status = COALESCE($7, availability_status),"
                 "       availability_status_error = COALESCE($8, availability_status_error)"
                 " WHERE id = $1",
                 id, body_text(body, "name"), body_text(body, "authtype"),
                 body_text(body, "username"), sealed_password(call, body),
                 body_json(call, body, "extra"), status,
                 body_text(body, "availability_status_error")) != NULL &&
        events_write(call->db, call->arena, &origin, EVENT_AUTHENTICATION, "update", id, source_id,
                     &call->error);
    if (call_finish(call, done)) {
        resource_get(call, &AUTHENTICATIONS, id, 200);
    }
}

void authentications_delete(Call *call)
{
    const char *id = path_id(call), *source_id = NULL;
    if (id == NULL) {
        return;
    }
    EventOrigin origin = call_origin(call);
    const char *payload = NULL;
    bool done = db_begin(call->db, &call->error) && lock_authentication(call, id, &source_id) &&
                (payload = events_payload(call->db, call->arena, EVENT_AUTHENTICATION, id,
                                          &call->error)) != NULL &&
                DB_QUERY(call->db, call->arena, &call->error,
                         "DELETE FROM authentications WHERE id = $1", id) != NULL &&
                events_write_destroyed(call->db, call->arena, &origin, EVENT_AUTHENTICATION,
                                       payload, source_id, NULL, &call->error);
    if (call_finish(call, done)) {
        call->response->status = 204;
    }
}
