#include "cost_api/access.h"

#include <string.h>
#include <strings.h>

#include "base/crypto.h"
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

bool access_rights(HttpRequest *request, HttpResponse *response, Caller *caller)
{
    PermissionList list;
    Error error = {0};
    if (permissions_are_all(&caller->identity)) {
        caller->rights = rights_all();
    } else if (permissions_read(request->arena, &caller->identity, "cost-management", &list,
                                &error)) {
        caller->rights = rights_of_permissions(request->arena, &list);
    } else {
        log_error("cost_api", "the RBAC service can't be asked: %s", error.message);
        access_write_error(
            response, 424, NULL,
            arena_printf(request->arena, "Rbac unavailable. Error: %s", error.message));
    }
    return caller->rights != NULL;
}

/* May the caller do this at all? A path that does not narrow its answers needs everything. */
static bool may(const HttpRequest *request, const Caller *caller)
{
    const RightsRule *rule = rights_rule(request->path);
    return rights_allow(caller->rights, rule, request->method) &&
           (rule == NULL || rule->narrowed || !rights_narrow_aws(caller->rights));
}

bool access_read_costs(HttpRequest *request, HttpResponse *response, Caller *caller)
{
    if (!access_identify(request, response, caller) || !access_rights(request, response, caller)) {
        return false;
    }
    if (!may(request, caller)) {
        access_write_error(response, 403, "detail",
                           "You do not have permission to perform this action.");
        return false;
    }
    return true;
}

static void write_grants(Buffer *text, const Grant *grants)
{
    for (int i = 0; i < RESOURCE_KINDS; i++) {
        buffer_append_text(text, grants[i].all ? "*" : "-");
        for (int j = 0; j < grants[i].count && !grants[i].all; j++) {
            const char *value = grants[i].values[j];
            buffer_printf(text, "%zu:%s", strlen(value), value);
        }
    }
}

const char *access_fingerprint(Arena *arena, const Caller *caller)
{
    if (caller->rights == rights_all()) {
        return "all";
    }
    Buffer *text = buffer_new(arena);
    char *hex = arena_alloc(arena, SHA256_HEX_SIZE);
    write_grants(text, caller->rights->read);
    write_grants(text, caller->rights->write);
    sha256_hex(text->data, text->length, hex);
    return hex;
}
