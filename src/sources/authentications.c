/* /authentications */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/crypto.h"
#include "sources/handlers.h"
#include "sources/writing.h"

const BodyField AUTHENTICATION_CREATE_FIELDS[] = {
    {"name", BODY_TEXT},
    {"authtype", BODY_TEXT},
    {"username", BODY_TEXT},
    {"password", BODY_TEXT},
    {"extra", BODY_OBJECT},
    {"availability_status_error", BODY_TEXT},
    {"resource_type", BODY_TEXT},
    {"resource_id", BODY_ID},
    {0},
};

static const BodyField UPDATE_FIELDS[] = {
    {"name", BODY_TEXT},
    {"authtype", BODY_TEXT},
    {"username", BODY_TEXT},
    {"password", BODY_TEXT},
    {"extra", BODY_OBJECT},
    {"availability_status", BODY_TEXT},
    {"availability_status_error", BODY_TEXT},
    {0},
};

/* What an authentication may belong to. */
static const struct {
    const char *type;
    const Resource *resource;
} OWNERS[] = {
    {"Source", &SOURCES},
    {"Application", &APPLICATIONS},
    {"Endpoint", &ENDPOINTS},
};

enum { OWNER_COUNT = sizeof OWNERS / sizeof *OWNERS, UUID_DIGITS = 32 };

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

/* A UUID in one of the forms that Azure's own tools print: as it is, in braces, as a URN, without
 * its hyphens, with blanks around it. */
static bool is_subscription(Arena *arena, const char *text)
{
    static const char URN[] = "urn:uuid:";
    Buffer *digits = buffer_new(arena);
    text += strspn(text, " ");
    size_t length = strlen(text);
    while (length > 0 && text[length - 1] == ' ') {
        length--;
    }
    if (length > 2 && text[0] == '{' && text[length - 1] == '}') {
        text++;
        length -= 2;
    } else if (strncasecmp(text, URN, sizeof URN - 1) == 0) {
        text += sizeof URN - 1;
        length -= sizeof URN - 1;
    }
    buffer_append(digits, text, length);
    if (length == UUID_DIGITS) {
        digits = buffer_new(arena);
        buffer_printf(digits, "%.8s-%.4s-%.4s-%.4s-%.12s", text, text + 8, text + 12, text + 16,
                      text + 20);
    }
    return uuid_valid(digits->data);
}

static bool validate_username(Call *call, const json_t *body)
{
    const char *type = body_text(body, "authtype"), *username = body_text(body, "username");
    if (type == NULL || strcmp(type, "lighthouse_subscription_id") != 0) {
        return true;
    }
    const char *fault =
        username == NULL                            ? "username is required"
        : strspn(username, " ") == strlen(username) ? "username must not be blank or empty"
        : !is_subscription(call->arena, username)   ? "the username must be a valid UUID"
                                                    : NULL;
    return fault == NULL ||
           call_bad(call, "subscription ID is invalid: %s for Azure Source Types", fault);
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
        if (validate_username(call, body)) {
            call_bad(call,
                     "bad resource type, supported types are [Application, Endpoint, Source]");
        }
    } else {
        *resource_id = arena_printf(call->arena, "%lld", strtoll(*resource_id, NULL, 10));
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

/* The owner, locked with its source; answers 400 when the tenant has none such. */
static bool lock_owner(Call *call, int owner, const char *id, LockedRow *row)
{
    return call_lock(call, OWNERS[owner].resource, id, row) ||
           (call->response->status == 404 &&
            call_bad(call, "resource not found with type [%s], id [%s]", OWNERS[owner].type, id));
}

const char *authentications_insert(Call *call, const json_t *body, const char **source_id)
{
    const char *resource_id = NULL;
    const char *password;
    LockedRow row;
    int owner = read_owner(call, body, &resource_id);
    if (owner < 0 || !validate_username(call, body) ||
        !lock_owner(call, owner, resource_id, &row) ||
        !call_sealed_password(call, body, &password)) {
        return NULL;
    }
    *source_id = row.source_id;
    DbResult *rows =
        DB_QUERY(call->db, call->arena, &call->error,
                 "INSERT INTO authentications"
                 "    (tenant_id, source_id, resource_type, resource_id, name, authtype, username,"
                 "     password, extra, user_id)"
                 " VALUES ($1, $2, $3, $4, $5, COALESCE($6, ''), $7, $8, $9, $10)"
                 " RETURNING id",
                 call->tenant_text, row.source_id, OWNERS[owner].type, resource_id,
                 body_text(body, "name"), body_text(body, "authtype"), body_text(body, "username"),
                 password, body_json(call, body, "extra"), call->owner_text);
    return rows != NULL ? db_text(rows, 0, 0) : NULL;
}

void authentications_create(Call *call)
{
    json_t *body = body_read(call, AUTHENTICATION_CREATE_FIELDS);
    if (body == NULL) {
        return;
    }
    const char *id = NULL, *source_id;
    bool done = call_transact(call) &&
                (id = authentications_insert(call, body, &source_id)) != NULL &&
                call_event(call, EVENT_AUTHENTICATION, "create", id, source_id);
    if (call_finish(call, done)) {
        resource_get(call, &AUTHENTICATIONS, id, 201);
    }
}

static bool update_authentication(Call *call, const json_t *body, const char *id)
{
    const char *password;
    return call_sealed_password(call, body, &password) &&
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
                    body_text(body, "username"), password, body_json(call, body, "extra"),
                    body_text(body, "availability_status"),
                    body_text(body, "availability_status_error")) != NULL;
}

void authentications_update(Call *call)
{
    json_t *body = body_read(call, UPDATE_FIELDS);
    if (body == NULL) {
        return;
    }
    const char *status = body_text(body, "availability_status");
    if (status != NULL && !body_status_valid(status)) {
        call_bad(call, "availability status invalid. Must be one of \"available\", "
                       "\"in_progress\", \"partially_available\" or \"unavailable\"");
        return;
    }
    const char *id = path_id(call);
    if (id == NULL) {
        return;
    }
    LockedRow row;
    bool done = call_transact(call) && call_lock(call, &AUTHENTICATIONS, id, &row) &&
                update_authentication(call, body, id) &&
                call_event(call, EVENT_AUTHENTICATION, "update", id, row.source_id);
    if (!done && call->error.code == ERROR_CONFLICT) {
        call_bad(call, "secret name %s exists in current tenant", body_text(body, "name"));
    }
    if (call_finish(call, done)) {
        resource_get(call, &AUTHENTICATIONS, id, 200);
    }
}

void authentications_delete(Call *call)
{
    const char *id = path_id(call);
    if (id == NULL) {
        return;
    }
    EventOrigin origin = call_origin(call);
    LockedRow row;
    const char *payload = NULL;
    bool done = call_transact(call) && call_lock(call, &AUTHENTICATIONS, id, &row) &&
                (payload = events_payload(call->db, call->arena, EVENT_AUTHENTICATION, id,
                                          &call->error)) != NULL &&
                DB_QUERY(call->db, call->arena, &call->error,
                         "DELETE FROM authentications WHERE id = $1", id) != NULL &&
                events_write_destroyed(call->db, call->arena, &origin, EVENT_AUTHENTICATION,
                                       payload, row.source_id, NULL, &call->error);
    if (call_finish(call, done)) {
        call_gone(call);
    }
}
