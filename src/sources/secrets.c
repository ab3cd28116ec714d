/* /secrets: authentications of the tenant itself. No event tells of them. */
#include <string.h>

#include "sources/handlers.h"
#include "sources/writing.h"

static const BodyField CREATE_FIELDS[] = {
    {"name", BODY_TEXT},
    {"authtype", BODY_TEXT},
    {"username", BODY_TEXT},
    {"password", BODY_TEXT},
    {"extra", BODY_OBJECT},
    {"user_scoped", BODY_BOOL},
    {0},
};

static const BodyField UPDATE_FIELDS[] = {
    {"username", BODY_TEXT},
    {"password", BODY_TEXT},
    {"extra", BODY_OBJECT},
    {0},
};

void secrets_list(Call *call)
{
    resource_list(call, &SECRETS, NULL, NULL);
}

void secrets_get(Call *call)
{
    const char *id;
    if (call_path_id(call, 1, &id)) {
        resource_get(call, &SECRETS, id, 200);
    }
}

static const char *insert_secret(Call *call, const json_t *body)
{
    const char *scoped = body_bool(body, "user_scoped"), *password;
    if (!call_sealed_password(call, body, &password)) {
        return NULL;
    }
    DbResult *rows =
        DB_QUERY(call->db, call->arena, &call->error,
                 "INSERT INTO authentications"
                 "    (tenant_id, resource_type, resource_id, name, authtype, username, password,"
                 "     extra, user_id)"
                 " VALUES ($1, 'Tenant', $1, $2, COALESCE($3, ''), $4, $5, $6, $7)"
                 " RETURNING id",
                 call->tenant_text, body_text(body, "name"), body_text(body, "authtype"),
                 body_text(body, "username"), password, body_json(call, body, "extra"),
                 scoped != NULL && *scoped == 't' ? call->user_text : NULL);
    if (rows == NULL && call->error.code == ERROR_CONFLICT) {
        call_bad(call, "secret name %s exists in current tenant", body_text(body, "name"));
    }
    return rows != NULL ? db_text(rows, 0, 0) : NULL;
}

void secrets_create(Call *call)
{
    json_t *body = body_read(call, CREATE_FIELDS);
    const char *id = NULL;
    if (body == NULL) {
        return;
    }
    if (body_text(body, "name") != NULL && *body_text(body, "name") == '\0') {
        call_bad(call, "secret name have to be populated");
        return;
    }
    bool done = call_transact(call) && (id = insert_secret(call, body)) != NULL;
    if (call_finish(call, done)) {
        resource_get(call, &SECRETS, id, 201);
    }
}

void secrets_update(Call *call)
{
    const char *id, *password;
    LockedRow row;
    json_t *body = call_path_id(call, 1, &id) ? body_read(call, UPDATE_FIELDS) : NULL;
    if (body == NULL) {
        return;
    }
    bool done =
        call_transact(call) && call_lock(call, &SECRETS, id, &row) &&
        call_sealed_password(call, body, &password) &&
        DB_QUERY(call->db, call->arena, &call->error,
                 "UPDATE authentications"
                 "   SET username = COALESCE($2, username),"
                 "       password = COALESCE($3, password),"
                 "       extra = COALESCE($4::jsonb, extra)"
                 " WHERE id = $1",
                 id, body_text(body, "username"), password, body_json(call, body, "extra")) != NULL;
    if (call_finish(call, done)) {
        resource_get(call, &SECRETS, id, 200);
    }
}

void secrets_delete(Call *call)
{
    const char *id;
    LockedRow row;
    if (!call_path_id(call, 1, &id)) {
        return;
    }
    bool done = call_transact(call) && call_lock(call, &SECRETS, id, &row) &&
                DB_QUERY(call->db, call->arena, &call->error,
                         "DELETE FROM authentications WHERE id = $1", id) != NULL;
    if (call_finish(call, done)) {
        call_gone(call);
    }
}
