#include "sources/access.h"

#include <ctype.h>
#include <string.h>

#include "base/log.h"
#include "identity/permissions.h"

static bool refuse(Call *call, const char *why)
{
    return call_fail(call, 401, "Unauthorized Action: %s", why);
}

/* Systems register and remove themselves, no more. */
static bool system_allowed(Call *call)
{
    const char *method = call->request->method, *path = call->request->path;
    const char *last = strrchr(path, '/');
    if (strcmp(method, "POST") != 0 && strcmp(method, "GET") != 0 &&
        strcmp(method, "DELETE") != 0) {
        http_response_header(call->response, "Allow", "GET, POST, DELETE");
        return call_fail(call, 405, "Method not allowed");
    }
    if (strcmp(method, "DELETE") == 0) {
        size_t length = last != NULL ? (size_t)(last - path) : 0;
        bool source = length >= 8 && strncmp(path + length - 8, "/sources", 8) == 0 &&
                      last[1] != '\0' && strspn(last + 1, "0123456789") == strlen(last + 1);
        if (!source) {
            http_response_header(call->response, "Allow", "GET, POST");
            return call_fail(call, 405, "Method not allowed");
        }
    }
    return *call->identity.system_cn != '\0' || *call->identity.cluster_id != '\0' ||
           refuse(call, "system authorization only supports cn/cluster_id authorization");
}

/* Does a grant give everything of the Sources API? */
static bool has_permission(const PermissionList *list)
{
    for (int i = 0; i < list->count; i++) {
        const Permission *entry = &list->entries[i];
        if (strcmp(entry->resource, "*") == 0 && strcmp(entry->verb, "*") == 0 && entry->all) {
            return true;
        }
    }
    return false;
}

static bool asked_allowed(Call *call)
{
    PermissionList list;
    Error error = {0};
    if (!permissions_read(call->arena, &call->identity, "sources", &list, &error)) {
        log_error("sources", "the RBAC service can't be asked: %s", error.message);
        return call_fail(call, 500, "Internal Server Error");
    }
    return has_permission(&list) || refuse(call, "Missing RBAC permissions");
}

/* Is the caller a person whom Kontor knows by itself, not by a gateway's word? */
static bool checked_here(const Identity *identity)
{
    return identity->method == IDENTITY_TOKEN || identity->method == IDENTITY_PASSWORD ||
           identity->method == IDENTITY_SESSION;
}

bool access_allowed(Call *call)
{
    const struct SourcesApi *api = call->api;
    if (api->config->sources_psks == NULL && !permissions_configured()) {
        return !checked_here(&call->identity) || call->identity.is_org_admin ||
               refuse(call, "only the organisation's admins may change its sources");
    }
    const char *key = http_request_header(call->request, "x-rh-sources-psk");
    if (key != NULL && *key != '\0') {
        return identity_key_known(api->config->sources_psks, key) || refuse(call, "Incorrect PSK");
    }
    if (call->identity.has_system) {
        return system_allowed(call);
    }
    if (call->identity.names_user && call->identity.is_org_admin) {
        return true;
    }
    return asked_allowed(call);
}

bool access_internal_allowed(Call *call)
{
    const char *key = http_request_header(call->request, "x-rh-sources-psk");
    if (call->api->config->sources_psks != NULL) {
        return (key != NULL && identity_key_known(call->api->config->sources_psks, key)) ||
               refuse(call, "Incorrect PSK");
    }
    return identity_from_this_machine(call->request) ||
           refuse(call, "the internal API needs a pre-shared key (KONTOR_SOURCES_PSKS)");
}
