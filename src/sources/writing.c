#include "sources/writing.h"

#include <string.h>

#include "base/date.h"
#include "base/secret_key.h"
#include "sources/audit.h"

const BodyField PAUSED_FIELDS[] = {
    {"availability_status", BODY_TEXT},
    {"availability_status_error", BODY_TEXT},
    {"last_checked_at", BODY_TIME},
    {"last_available_at", BODY_TIME},
    {0},
};

EventOrigin call_origin(const Call *call)
{
    return (EventOrigin){.org_id = call->tenant_org,
                         .account = call->tenant_account,
                         .identity = identity_header(call->arena, &call->identity)};
}

static const char *header_or_empty(const Call *call, const char *name)
{
    const char *value = http_request_header(call->request, name);
    return value != NULL ? value : "";
}

/* The caller as the audit log names it. */
static const char *actor_name(const Call *call)
{
    const Identity *identity = &call->identity;
    if (*identity->username != '\0') {
        return identity->username;
    }
    const char *named = header_or_empty(call, "x-rh-sources-user-id");
    const char *user_id = *named != '\0' ? named : identity->user_id;
    if (*user_id != '\0') {
        return arena_printf(call->arena, "user %s", user_id);
    }
    if (*identity->system_cn != '\0') {
        return arena_printf(call->arena, "system %s", identity->system_cn);
    }
    if (*identity->cluster_id != '\0') {
        return arena_printf(call->arena, "cluster %s", identity->cluster_id);
    }
    return *call->tenant_org != '\0'
               ? arena_printf(call->arena, "organisation %s", call->tenant_org)
               : arena_printf(call->arena, "account %s", call->tenant_account);
}

bool call_transact(Call *call)
{
    AuditActor actor = {.name = actor_name(call),
                        .remote_address = call->request->remote_address,
                        .forwarded_for = header_or_empty(call, "x-forwarded-for"),
                        .request_id = header_or_empty(call, "x-rh-insights-request-id")};
    /* A part of a larger change finds its transaction open. */
    return (call->api->joined != NULL || db_begin_later(call->db, &call->error)) &&
           audit_begin(call->db, &actor, &call->error);
}

bool call_finish(Call *call, bool done)
{
    bool joined = call->api->joined != NULL;
    if (done && (joined || db_commit(call->db, &call->error))) {
        return true;
    }
    if (!joined) {
        db_rollback(call->db);
    }
    if (call->response->body->length == 0) {
        call_database_failed(call, &call->error);
    }
    return false;
}

bool call_event(Call *call, EventResource resource, const char *action, const char *id,
                const char *source_id)
{
    EventOrigin origin = call_origin(call);
    return events_write(call->db, call->arena, &origin, resource, action, id, source_id,
                        &call->error);
}

/* How a resource's row tells its source, and whether it can be paused. */
static const char *lock_columns(const Resource *resource)
{
    if (resource == &SOURCES) {
        return "id, paused_at IS NOT NULL";
    }
    if (resource == &APPLICATION_AUTHENTICATIONS) {
        return "(SELECT source_id FROM applications a WHERE a.id = application_id), FALSE";
    }
    return resource == &RHC_CONNECTIONS ? "NULL, FALSE" : "source_id, paused_at IS NOT NULL";
}

/* Reads the row; *found tells whether the caller sees one. */
static bool read_row(Call *call, const Resource *resource, const char *id, const char *locking,
                     LockedRow *row, bool *found)
{
    const char *parameters[3] = {id};
    int count;
    const char *scope = resource_scope(call, resource, 2, parameters + 1, &count);
    DbResult *rows = db_query(call->db, call->arena, &call->error,
                              arena_printf(call->arena, "SELECT %s FROM %s WHERE id = $1 AND %s%s",
                                           lock_columns(resource), resource->table, scope, locking),
                              count + 1, parameters);
    *found = rows != NULL && db_row_count(rows) > 0;
    if (*found) {
        *row = (LockedRow){id, db_text(rows, 0, 0), db_bool(rows, 0, 1)};
        call->paused = row->paused;
    }
    return rows != NULL;
}

bool call_lock(Call *call, const Resource *resource, const char *id, LockedRow *row)
{
    static const char LOCKING[] = " FOR UPDATE";
    bool on_source = resource != &SOURCES && resource != &RHC_CONNECTIONS && resource != &SECRETS;
    bool found;
    if (!read_row(call, resource, id, on_source ? "" : LOCKING, row, &found)) {
        return false;
    }
    /* The source first, then the row, as a deletion of the source takes them; it may be gone then.
     */
    if (found && on_source) {
        if ((row->source_id != NULL &&
             !events_lock_source(call->db, call->arena, row->source_id, call->tenant_text, &found,
                                 &call->error)) ||
            !read_row(call, resource, id, LOCKING, row, &found)) {
            return false;
        }
    }
    return found || call_fail(call, 404, "%s not found", resource->name);
}

const char *call_body_time(Call *call, const json_t *body, const char *name, bool *valid)
{
    const char *text = body_text(body, name);
    if (text == NULL) {
        return NULL;
    }
    Timestamp parsed;
    size_t length = strlen(text);
    size_t zone = length > 4 && text[length - 4] == ' ' ? 4 : 0; /* " UTC" or " GMT" */
    bool universal =
        zone == 0 || strcmp(text + length - 3, "UTC") == 0 || strcmp(text + length - 3, "GMT") == 0;
    if (!universal || !timestamp_parse(text, length - zone, &parsed)) {
        /* Of rows that are not paused the original takes any text, so here the words are ours. */
        *valid = call_bad(call,
                          "the provided date is in an invalid format. Expected format: "
                          "\"2006-01-02 15:04:05 MST\"%s%s",
                          call->paused ? "" : ", field ", call->paused ? "" : name);
        return NULL;
    }
    char formatted[TIMESTAMP_TEXT_SIZE];
    return arena_strdup(call->arena, timestamp_format(parsed, true, formatted));
}

bool call_sealed_password(Call *call, const json_t *body, const char **sealed)
{
    const char *password = body_text(body, "password");
    *sealed = password != NULL
                  ? secret_seal_for(call->api->config, call->arena, password, &call->error)
                  : NULL;
    return password == NULL || *sealed != NULL;
}
