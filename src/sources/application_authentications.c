/* /application_authentications: which authentications an application uses. */
#include <string.h>

#include "sources/handlers.h"
#include "sources/writing.h"

static const BodyField CREATE_FIELDS[] = {
    {"application_id", BODY_ID},
    {"authentication_id", BODY_ID},
    {0},
};

void application_authentications_list(Call *call)
{
    resource_list(call, &APPLICATION_AUTHENTICATIONS, NULL, NULL);
}

void application_authentications_get(Call *call)
{
    const char *id;
    if (call_path_id(call, 1, &id)) {
        resource_get(call, &APPLICATION_AUTHENTICATIONS, id, 200);
    }
}

void application_authentications_authentications(Call *call)
{
    const char *id;
    if (call_path_id(call, 1, &id) && resource_check_query(call) &&
        resource_exists(call, &APPLICATION_AUTHENTICATIONS, id)) {
        resource_list(call, &AUTHENTICATIONS,
                      "authentications.id IN (SELECT authentication_id"
                      "                         FROM application_authentications"
                      "                        WHERE id = $1)",
                      id);
    }
}

static const char *required_id(Call *call, const json_t *body, const char *name)
{
    bool valid;
    const char *id = body_id(call, body, name, &valid);
    const json_t *given = json_object_get(body, name);
    if (id == NULL || !(json_is_string(given) || json_is_number(given))) {
        call_bad(call, "invalid format provided");
        id = NULL;
    } else if (!valid) {
        call_bad(call, "%s", body_id_fault(call, id));
        id = NULL;
    }
    return id;
}

/* The row of a link, locked; 400 when the tenant has none such, for the link can't be made. */
static bool lock_end(Call *call, const Resource *resource, const char *id)
{
    LockedRow row;
    return call_lock(call, resource, id, &row) ||
           (call->response->status == 404 &&
            call_bad(call, "failed to create application_authentication: there is no %s with id %s",
                     resource->name, id));
}

const char *application_authentications_insert(Call *call, const char *application_id,
                                               const char *authentication_id)
{
    DbResult *rows =
        DB_QUERY(call->db, call->arena, &call->error,
                 "INSERT INTO application_authentications"
                 "    (tenant_id, application_id, authentication_id, user_id)"
                 " VALUES ($1, $2, $3, $4)"
                 " RETURNING id",
                 call->tenant_text, application_id, authentication_id, call->owner_text);
    if (rows == NULL && call->error.code == ERROR_CONFLICT) {
        call_bad(call,
                 "failed to create application_authentication: application %s uses authentication "
                 "%s already",
                 application_id, authentication_id);
    }
    return rows != NULL ? db_text(rows, 0, 0) : NULL;
}

static const char *application_source(Call *call, const char *application_id)
{
    DbResult *rows = DB_QUERY(call->db, call->arena, &call->error,
                              "SELECT source_id FROM applications WHERE id = $1", application_id);
    return rows != NULL ? db_text(rows, 0, 0) : NULL;
}

void application_authentications_create(Call *call)
{
    json_t *body = body_read(call, CREATE_FIELDS);
    const char *application = body != NULL ? required_id(call, body, "application_id") : NULL;
    const char *authentication =
        application != NULL ? required_id(call, body, "authentication_id") : NULL;
    if (authentication == NULL) {
        return;
    }
    const char *id = NULL;
    bool done =
        call_transact(call) && lock_end(call, &APPLICATIONS, application) &&
        lock_end(call, &AUTHENTICATIONS, authentication) &&
        (id = application_authentications_insert(call, application, authentication)) != NULL &&
        call_event(call, EVENT_APPLICATION_AUTHENTICATION, "create", id,
                   application_source(call, application));
    if (call_finish(call, done)) {
        resource_get(call, &APPLICATION_AUTHENTICATIONS, id, 201);
    }
}

void application_authentications_delete(Call *call)
{
    const char *id, *payload = NULL;
    LockedRow row;
    if (!call_path_id(call, 1, &id)) {
        return;
    }
    EventOrigin origin = call_origin(call);
    bool done =
        call_transact(call) && call_lock(call, &APPLICATION_AUTHENTICATIONS, id, &row) &&
        (payload = events_payload(call->db, call->arena, EVENT_APPLICATION_AUTHENTICATION, id,
                                  &call->error)) != NULL &&
        DB_QUERY(call->db, call->arena, &call->error,
                 "DELETE FROM application_authentications WHERE id = $1", id) != NULL &&
        events_write_destroyed(call->db, call->arena, &origin, EVENT_APPLICATION_AUTHENTICATION,
                               payload, row.source_id, NULL, &call->error);
    if (call_finish(call, done)) {
        call_gone(call);
    }
}
