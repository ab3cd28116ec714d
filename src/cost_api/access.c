#include "cost_api/access.h"

#include <strings.h>

#include "base/json.h"
#include "base/log.h"

void access_write_error(HttpResponse *response, int status, const char *source, const char *detail)
{
    response->status = status;
    response->content_type = "application/json";
    buffer_clear(response->body);
    JsonWriter json = json_writer(response->body);
    json_begin_object(&json);
    json_write_key(&json, "errors");
    json_begin_array(&json);
    json_begin_object(&json);
    json_member_string(&json, "detail", detail);
    json_member_string(&json, "source", source);
    json_member_int(&json, "status", status);
    if (status == 424) {
        json_member_string(&json, "title", "Failed Dependency");
    }
    json_end(&json);
    json_end(&json);
    json_end(&json);
}

void access_write_failure(HttpResponse *response, const Error *error)
{
    log_error("reports", "%s", error->message);
    if (error->code == ERROR_UNAVAILABLE) {
        access_write_error(
            response, 424, NULL,
            arena_printf(response->arena, "Database unavailable. Error: %s", error->message));
    } else {
        access_write_error(response, 500, NULL, "the report can't be made; the log tells why");
    }
}

bool access_identify(HttpRequest *request, HttpResponse *response, Caller *caller)
{
    Error error = {0};
    Identity *identity = &caller->identity;
    if (!identity_read(request, identity, &error)) {
        bool away = error.code == ERROR_UNAVAILABLE;
        bool credentials = http_request_header(request, "authorization") != NULL;
        access_write_error(response, away ? 503 : 401,
                           credentials ? "authorization" : "x-rh-identity", error.message);
        if (!away) {
            identity_challenge(request, response, &error);
        }
        return false;
    }
    bool user = strcasecmp(identity->type, "user") == 0;
    if (*identity->org_id == '\0') {
        access_write_error(response, 401, "x-rh-identity", "identity.org_id is missing");
        return false;
    }
    if (identity->names_user && *identity->username == '\0') {
        access_write_error(response, 401, "x-rh-identity",
                           user ? "identity.user.username is missing"
                                : "identity.service_account.username is missing");
        return false;
    }
    if (!identity->is_entitled) {
        access_write_error(response, 403, "x-rh-identity",
                           "the organisation is not entitled to cost management: "
                           "entitlements.cost_management.is_entitled is not true");
        return false;
    }
    caller->schema = identity_schema(request->arena, identity->org_id);
    return true;
}

bool access_read_costs(HttpRequest *request, HttpResponse *response, Caller *caller)
{
    if (!access_identify(request, response, caller)) {
        return false;
    }
    if (!caller->identity.is_org_admin) {
        access_write_error(response, 403, "detail",
                           "You do not have permission to perform this action.");
        return false;
    }
    return true;
}

const char *access_fingerprint(Arena *arena, const Caller *caller)
{
    return arena_strdup(arena, caller->identity.is_org_admin ? "admin" : "none");
}
