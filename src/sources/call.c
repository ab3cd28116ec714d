#include "sources/call.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/log.h"
#include "sources/access.h"

static const char *const VERSIONS[] = {"v1.0", "v2.0", "v3.0", "v3.1", "v1", "v2", "v3"};

static void write_error(HttpResponse *response, int status, const char *message,
                        const char *request_id)
{
    JsonWriter json = json_writer(response->body);
    buffer_clear(response->body);
    response->status = status;
    json_begin_object(&json);
    json_write_key(&json, "errors");
    json_begin_array(&json);
    json_begin_object(&json);
    json_member_string(&json, "detail", message);
    json_member_string(&json, "status", arena_printf(response->arena, "%d", status));
    if (request_id != NULL && *request_id != '\0') {
        json_member_string(&json, "request_id", request_id);
    }
    json_end(&json);
    json_end(&json);
    json_end(&json);
}

void call_error_writer(const HttpRequest *request, HttpResponse *response, int status,
                       const char *message)
{
    (void)request;
    write_error(response, status, message, NULL);
}

bool call_fail(Call *call, int status, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    write_error(call->response, status, arena_vprintf(call->arena, format, arguments),
                status >= 500 ? http_request_header(call->request, "x-rh-insights-request-id")
                              : NULL);
    va_end(arguments);
    return false;
}

bool call_bad(Call *call, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    char *message = arena_vprintf(call->arena, format, arguments);
    va_end(arguments);
    return call_fail(call, 400, "bad request: %s%s", call->bad_words != NULL ? call->bad_words : "",
                     message);
}

bool call_database_failed(Call *call, const Error *error)
{
    log_error("sources", "%s %s: %s", call->request->method, call->request->path, error->message);
    return error->code == ERROR_UNAVAILABLE
               ? call_fail(call, 503, "the database is not available; try again soon")
               : call_fail(call, 500, "Internal Server Error");
}

void call_gone(Call *call)
{
    call->response->status = 204;
    call->response->content_type = NULL;
}

static bool check_id(Call *call, const char *text, long long *value)
{
    for (const char *at = text; *at != '\0'; at++) {
        if (!isdigit((unsigned char)*at)) {
            return call_bad(call, "the provided ID must be a greater than zero, positive number");
        }
    }
    errno = 0;
    *value = strtoll(text, NULL, 10);
    if (errno == ERANGE) {
        return call_bad(call,
                        "could not parse the provided ID: strconv.ParseInt: parsing \"%s\": value "
                        "out of range",
                        text);
    }
    return *value != 0 || call_bad(call, "the provided ID must be greater than zero");
}

bool call_path_id(Call *call, int index, const char **id)
{
    long long value;
    if (!check_id(call, call->request->path_parameters[index], &value)) {
        return false;
    }
    *id = arena_printf(call->arena, "%lld", value);
    return true;
}

/* Is the id of the path, if it has one, in a form that can be? That comes before anything is asked
 * of the caller (sources-api.md §8). Ids of authentications are not looked at. */
static bool check_path(Call *call)
{
    static const char PREFIX[] = "/api/sources/", LOOSE[] = "/authentications/";
    const HttpRequest *request = call->request;
    const char *id = request->path_parameters[1];
    const char *rest = request->path + sizeof PREFIX - 1 + strlen(request->path_parameters[0]);
    long long value;
    return id == NULL || strncmp(rest, LOOSE, sizeof LOOSE - 1) == 0 || check_id(call, id, &value);
}

static DbResult *find_tenant(Call *call)
{
    static const char BY_ORG[] = "SELECT id, COALESCE(external_tenant, ''), COALESCE(org_id, '')"
                                 "  FROM tenants"
                                 " WHERE org_id = $1";
    static const char BY_ACCOUNT[] = "SELECT id, COALESCE(external_tenant, ''), "
                                     "       COALESCE(org_id, '')"
                                     "  FROM tenants"
                                     " WHERE external_tenant = $1";
    const Identity *identity = &call->identity;
    DbResult *found = NULL;
    if (*identity->org_id != '\0') {
        found = DB_QUERY(call->db, call->arena, &call->error, BY_ORG, identity->org_id);
        if (found == NULL || db_row_count(found) > 0) {
            return found;
        }
    }
    if (*identity->account_number != '\0') {
        found = DB_QUERY(call->db, call->arena, &call->error, BY_ACCOUNT, identity->account_number);
        if (found == NULL || db_row_count(found) == 0 || *identity->org_id == '\0' ||
            *db_text(found, 0, 2) == '\0') {
            return found;
        }
        /* The account belongs to another organisation: it does not lend its rows to this one. */
        found = NULL;
    }
    if (found == NULL) {
        found = DB_QUERY(call->db, call->arena, &call->error, BY_ORG, identity->org_id);
    }
    return found;
}

/* The caller's user, if one is named; made when it is seen first. */
static bool resolve_user(Call *call)
{
    const char *named = http_request_header(call->request, "x-rh-sources-user-id");
    const char *user_id = named != NULL && *named != '\0' ? named : call->identity.user_id;
    if (*user_id == '\0') {
        return true;
    }
    for (int tries = 0; tries < 2; tries++) {
        DbResult *found = DB_QUERY(call->db, call->arena, &call->error,
                                   "SELECT id FROM users WHERE user_id = $1 AND tenant_id = $2",
                                   user_id, call->tenant_text);
        if (found != NULL && db_row_count(found) > 0) {
            call->user_text = db_text(found, 0, 0);
            return true;
        }
        if (found == NULL || DB_QUERY(call->db, call->arena, &call->error,
                                      "INSERT INTO users (user_id, tenant_id)"
                                      " VALUES ($1, $2)"
                                      " ON CONFLICT DO NOTHING",
                                      user_id, call->tenant_text) == NULL) {
            return call_database_failed(call, &call->error);
        }
    }
    return call_fail(call, 500, "Internal Server Error");
}

/* The caller's tenant, made when it is seen first. */
static bool resolve_tenant(Call *call)
{
    for (int tries = 0; tries < 2; tries++) {
        DbResult *found = find_tenant(call);
        if (found == NULL) {
            return call_database_failed(call, &call->error);
        }
        if (db_row_count(found) > 0) {
            call->tenant_id = db_int(found, 0, 0);
            call->tenant_text = db_text(found, 0, 0);
            call->tenant_account = db_text(found, 0, 1);
            call->tenant_org = db_text(found, 0, 2);
            return true;
        }
        const Identity *identity = &call->identity;
        if (DB_QUERY(call->db, call->arena, &call->error,
                     "INSERT INTO tenants (org_id, external_tenant)"
                     " VALUES (NULLIF($1, ''), NULLIF($2, ''))"
                     " ON CONFLICT DO NOTHING",
                     identity->org_id, identity->account_number) == NULL) {
            return call_database_failed(call, &call->error);
        }
    }
    return call_fail(call, 401, "the account number belongs to another organisation");
}

/* The ids of tenant and user from memory, or from the database. Ids never change; what an
 * administrator takes away by hand is known to be gone within CALLER_SECONDS. */
static bool resolve_caller(Call *call)
{
    static const char SEPARATOR[] = "\x1f"; /* in no organisation's id; a header can't hold it */
    const char *named = http_request_header(call->request, "x-rh-sources-user-id");
    const char *key = arena_printf(call->arena, "%s%s%s%s%s%s%s", call->identity.org_id, SEPARATOR,
                                   call->identity.account_number, SEPARATOR, call->identity.user_id,
                                   SEPARATOR, named != NULL ? named : "");
    char *kept;
    size_t length;
    if (memo_get(call->api->callers, call->arena, key, &kept, &length)) {
        const char **texts[] = {&call->tenant_text, &call->tenant_account, &call->tenant_org,
                                &call->user_text};
        for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
            *texts[i] = kept;
            kept += strlen(kept) + 1;
        }
        call->user_text = *call->user_text != '\0' ? call->user_text : NULL;
        call->tenant_id = strtoll(call->tenant_text, NULL, 10);
        return true;
    }
    if (!resolve_tenant(call) || !resolve_user(call)) {
        return false;
    }
    Buffer *value = buffer_new(call->arena);
    const char *texts[] = {call->tenant_text, call->tenant_account, call->tenant_org,
                           call->user_text != NULL ? call->user_text : ""};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        buffer_append(value, texts[i], strlen(texts[i]) + 1);
    }
    if (call->api->joined == NULL) { /* else the tenant's row may yet be undone */
        memo_put(call->api->callers, key, value->data, value->length);
    }
    return true;
}

static bool version_known(const char *version)
{
    for (size_t i = 0; i < sizeof VERSIONS / sizeof *VERSIONS; i++) {
        if (strcmp(version, VERSIONS[i]) == 0) {
            return true;
        }
    }
    return false;
}

/* Answers a request whose caller could not be read. */
static void refuse_caller(Call *call)
{
    bool denied = call->error.code == ERROR_DENIED;
    bool away = call->error.code == ERROR_UNAVAILABLE;
    call_fail(call, denied ? 401 : away ? 503 : 400, "%s", call->error.message);
    if (denied) {
        identity_challenge(call->request, call->response, &call->error);
    }
}

static void run(struct SourcesApi *api, HttpRequest *request, HttpResponse *response,
                CallAccess access, CallHandler *handler)
{
    bool internal = access == CALL_INTERNAL || access == CALL_INTERNAL_ALL;
    bool tenanted = access != CALL_OPEN && access != CALL_INTERNAL_ALL;
    Call call = {.api = api, .request = request, .response = response, .arena = request->arena};
    if (!version_known(request->path_parameters[0])) {
        response->status = 404;
        buffer_append_text(response->body, "{\"message\":\"Not Found\"}");
        return;
    }
    if (!internal && !check_path(&call)) {
        return;
    }
    if (!identity_read(request, &call.identity, &call.error) &&
        (tenanted || call.error.code == ERROR_INVALID)) {
        refuse_caller(&call);
        return;
    }
    if (internal && !access_internal_allowed(&call)) {
        return;
    }
    const char *key = access == CALL_OPEN
                          ? arena_printf(call.arena, "%s?%s", request->path, request->query)
                          : NULL;
    /* The catalogue is the same for all: its answers come from memory. */
    if (key != NULL && memo_append(api->catalogue, key, response->body)) {
        return;
    }
    call.db = api->joined != NULL ? api->joined : db_pool_take(api->pool, &call.error);
    if (call.db == NULL) {
        call_database_failed(&call, &call.error);
        return;
    }
    if (!tenanted || (resolve_caller(&call) && (access != CALL_WRITE || access_allowed(&call)))) {
        handler(&call);
    }
    if (api->joined == NULL) {
        db_pool_give(api->pool, call.db);
    }
    if (key != NULL && response->status == 200) {
        memo_put(api->catalogue, key, response->body->data, response->body->length);
    }
}

void call_run(struct SourcesApi *api, HttpRequest *request, HttpResponse *response,
              CallAccess access, CallHandler *handler)
{
    struct timespec start, end;
    clock_gettime(CLOCK_MONOTONIC, &start);
    run(api, request, response, access, handler);
    clock_gettime(CLOCK_MONOTONIC, &end);
    long elapsed = (end.tv_sec - start.tv_sec) * 1000 + (end.tv_nsec - start.tv_nsec) / 1000000;
    http_response_header(response, "X-Request-Duration-Ms",
                         arena_printf(request->arena, "%ld", elapsed));
}
