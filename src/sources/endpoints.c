/* /endpoints */
#include <ctype.h>
#include <string.h>

#include "sources/handlers.h"
#include "sources/host_name.h"
#include "sources/writing.h"

enum { PORT_DEFAULT = 443, PORT_MAX = 65535 };

const BodyField ENDPOINT_CREATE_FIELDS[] = {
    {"default", BODY_BOOL},
    {"receptor_node", BODY_TEXT},
    {"role", BODY_TEXT},
    {"scheme", BODY_TEXT},
    {"host", BODY_TEXT},
    {"port", BODY_INT},
    {"path", BODY_TEXT},
    {"verify_ssl", BODY_BOOL},
    {"certificate_authority", BODY_TEXT},
    {"availability_status", BODY_TEXT},
    {"source_id", BODY_ID},
    {0},
};

static const BodyField UPDATE_FIELDS[] = {
    {"default", BODY_BOOL},
    {"receptor_node", BODY_TEXT},
    {"role", BODY_TEXT},
    {"scheme", BODY_TEXT},
    {"host", BODY_TEXT},
    {"port", BODY_INT},
    {"path", BODY_TEXT},
    {"verify_ssl", BODY_BOOL},
    {"certificate_authority", BODY_TEXT},
    {"availability_status", BODY_TEXT},
    {"availability_status_error", BODY_TEXT},
    {"last_checked_at", BODY_TIME},
    {"last_available_at", BODY_TIME},
    {0},
};

void endpoints_list(Call *call)
{
    resource_list(call, &ENDPOINTS, NULL, NULL);
}

void endpoints_get(Call *call)
{
    const char *id;
    if (call_path_id(call, 1, &id)) {
        resource_get(call, &ENDPOINTS, id, 200);
    }
}

void endpoints_authentications(Call *call)
{
    const char *id;
    if (call_path_id(call, 1, &id) && resource_check_query(call) &&
        resource_exists(call, &ENDPOINTS, id)) {
        resource_list(call, &AUTHENTICATIONS,
                      "authentications.resource_type = 'Endpoint'"
                      " AND authentications.resource_id = $1",
                      id);
    }
}

/* RFC 3986: a letter, then letters, digits, '+', '-', '.'. */
static bool scheme_valid(const char *scheme)
{
    if (scheme == NULL || !isalpha((unsigned char)*scheme)) {
        return false;
    }
    while (isalnum((unsigned char)*scheme) || (*scheme != '\0' && strchr("+-.", *scheme) != NULL)) {
        scheme++;
    }
    return *scheme == '\0';
}

/* What creation and change have in common; `former` is the row of before, or NULL. */
static bool validate(Call *call, const json_t *body, const char *words, const char *status)
{
    const char *fault = host_name_fault(call->arena, body_text(body, "host"));
    const char *verify = body_bool(body, "verify_ssl");
    const char *authority = body_text(body, "certificate_authority");
    if (fault != NULL) {
        return call_bad(call, "%s%s", words, fault);
    }
    if (body_int(body, "port", 0) > PORT_MAX) {
        return call_bad(call, "%sinvalid port number", words);
    }
    if (verify != NULL && *verify == 't' && (authority == NULL || *authority == '\0')) {
        return call_bad(call, "%sthe certificate authority cannot be empty", words);
    }
    if (status != NULL && strcmp(status, "available") != 0 && strcmp(status, "unavailable") != 0) {
        return call_bad(call, "%sinvalid availability status", words);
    }
    return true;
}

/* Whether the source has a default endpoint, or one of this role, besides `id` (NULL: none). */
static bool check_siblings(Call *call, const json_t *body, const char *words, const char *source_id,
                           const char *id, const char *role, bool *first)
{
    const char *wanted = body_bool(body, "default");
    DbResult *rows = DB_QUERY(call->db, call->arena, &call->error,
                              "SELECT count(*) = 0,"
                              "       COALESCE(bool_or(\"default\"), FALSE),"
                              "       COALESCE(bool_or(role = $3), FALSE)"
                              "  FROM endpoints"
                              " WHERE source_id = $1 AND id IS DISTINCT FROM $2",
                              source_id, id, role);
    if (rows == NULL) {
        return false;
    }
    *first = db_bool(rows, 0, 0);
    if (db_bool(rows, 0, 1) && wanted != NULL && *wanted == 't') {
        return call_bad(call, "%sa default endpoint already exists for the provided source", words);
    }
    return !db_bool(rows, 0, 2) ||
           call_bad(call, "%sthe role already exists for the given source", words);
}

static const char *find_source(Call *call, const json_t *body, const char *words)
{
    LockedRow row;
    bool valid;
    const char *id = body_id(call, body, "source_id", &valid);
    const json_t *given = json_object_get(body, "source_id");
    if (id == NULL && *words == '\0') {
        call_bad(call, "the provided source ID is not valid");
    } else if (!(json_is_string(given) || json_is_number(given))) {
        call_bad(call, "invalid format provided");
    } else if (!valid) {
        call_bad(call, "%s", body_id_fault(call, id));
    } else if (call_lock(call, &SOURCES, id, &row)) {
        return id;
    } else if (call->response->status == 404) {
        call_bad(call, "source id not found");
    }
    return NULL;
}

static const char *text_or(const json_t *body, const char *name, const char *fallback)
{
    const char *text = body_text(body, name);
    return text != NULL ? text : fallback;
}

const char *endpoints_insert(Call *call, const json_t *body, const char *words,
                             const char **source_id)
{
    bool first = false;
    const char *status = text_or(body, "availability_status", "");
    /* Of many at once, those without a role don't stand in each other's way. */
    const char *role = text_or(body, "role", *words != '\0' ? "" : NULL);
    *source_id = find_source(call, body, words);
    if (*source_id == NULL || !check_siblings(call, body, words, *source_id, NULL, role, &first) ||
        !validate(call, body, words, *status != '\0' ? status : NULL)) {
        return NULL;
    }
    const char *scheme = body_text(body, "scheme");
    int64_t port = body_int(body, "port", 0);
    DbResult *rows = DB_QUERY(
        call->db, call->arena, &call->error,
        "INSERT INTO endpoints"
        "    (tenant_id, source_id, role, scheme, host, port, path, \"default\", receptor_node,"
        "     verify_ssl, certificate_authority, availability_status)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)"
        " RETURNING id",
        call->tenant_text, *source_id, role, scheme_valid(scheme) ? scheme : "https",
        text_or(body, "host", ""),
        arena_printf(call->arena, "%lld", (long long)(port > 0 ? port : PORT_DEFAULT)),
        text_or(body, "path", ""),
        first                                ? "true"
        : body_bool(body, "default") != NULL ? body_bool(body, "default")
                                             : "false",
        body_text(body, "receptor_node"),
        body_bool(body, "verify_ssl") != NULL ? body_bool(body, "verify_ssl") : "false",
        body_text(body, "certificate_authority"), *status != '\0' ? status : "in_progress");
    return rows != NULL ? db_text(rows, 0, 0) : NULL;
}

void endpoints_create(Call *call)
{
    json_t *body = body_read(call, ENDPOINT_CREATE_FIELDS);
    if (body == NULL) {
        return;
    }
    const char *id = NULL, *source_id;
    bool done = call_transact(call) &&
                (id = endpoints_insert(call, body, "Validation failed: ", &source_id)) != NULL &&
                call_event(call, EVENT_ENDPOINT, "create", id, source_id);
    if (call_finish(call, done)) {
        resource_get(call, &ENDPOINTS, id, 201);
    }
}

static bool update_endpoint(Call *call, const json_t *body, const char *id)
{
    bool valid = true;
    const char *checked = call_body_time(call, body, "last_checked_at", &valid);
    const char *available = valid ? call_body_time(call, body, "last_available_at", &valid) : NULL;
    const char *scheme = body_text(body, "scheme");
    int64_t port = body_int(body, "port", -1);
    const char *port_text =
        port < 0 ? NULL
                 : arena_printf(call->arena, "%lld", (long long)(port > 0 ? port : PORT_DEFAULT));
    return valid &&
           DB_QUERY(call->db, call->arena, &call->error,
                    "UPDATE endpoints"
                    "   SET \"default\" = COALESCE($2::boolean, \"default\"),"
                    "       receptor_node = COALESCE($3, receptor_node),"
                    "       role = COALESCE($4, role),"
                    "       scheme = COALESCE($5, scheme),"
                    "       host = COALESCE($6, host),"
                    "       port = COALESCE($7::integer, port),"
                    "       path = COALESCE($8, path),"
                    "       verify_ssl = COALESCE($9::boolean, verify_ssl),"
                    "       certificate_authority = COALESCE($10, certificate_authority),"
                    "       availability_status = COALESCE($11, availability_status),"
                    "       availability_status_error = COALESCE($12, availability_status_error),"
                    "       last_checked_at = COALESCE($13::timestamptz, last_checked_at),"
                    "       last_available_at = COALESCE($14::timestamptz, last_available_at),"
                    "       updated_at = now()"
                    " WHERE id = $1",
                    id, body_bool(body, "default"), body_text(body, "receptor_node"),
                    body_text(body, "role"),
                    scheme == NULL         ? NULL
                    : scheme_valid(scheme) ? scheme
                                           : "https",
                    body_text(body, "host"), port_text, body_text(body, "path"),
                    body_bool(body, "verify_ssl"), body_text(body, "certificate_authority"),
                    body_text(body, "availability_status"),
                    body_text(body, "availability_status_error"), checked, available) != NULL;
}

static bool validate_update(Call *call, const json_t *body, const LockedRow *row)
{
    bool first;
    const char *status = body_text(body, "availability_status");
    if (row->paused) {
        return status == NULL || body_status_valid(status) ||
               call_bad(call, "invalid availability status. Must be one of \"available\", "
                              "\"in_progress\", \"partially_available\" or \"unavailable\"");
    }
    return check_siblings(call, body, "", row->source_id, row->id, body_text(body, "role"),
                          &first) &&
           validate(call, body, "", status);
}

void endpoints_update(Call *call)
{
    const char *id;
    LockedRow row = {0};
    if (!call_path_id(call, 1, &id)) {
        return;
    }
    bool done = call_transact(call) && call_lock(call, &ENDPOINTS, id, &row);
    json_t *body = done ? body_read(call, row.paused ? PAUSED_FIELDS : UPDATE_FIELDS) : NULL;
    done = body != NULL && validate_update(call, body, &row) && update_endpoint(call, body, id) &&
           call_event(call, EVENT_ENDPOINT, "update", id, row.source_id);
    if (call_finish(call, done)) {
        resource_get(call, &ENDPOINTS, id, 200);
    }
}

void endpoints_delete(Call *call)
{
    const char *id;
    LockedRow row;
    if (!call_path_id(call, 1, &id)) {
        return;
    }
    bool done = call_transact(call) && call_lock(call, &ENDPOINTS, id, &row) &&
                destroy_endpoint(call, &row);
    if (call_finish(call, done)) {
        call_gone(call);
    }
}
