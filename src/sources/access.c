#include "sources/access.h"

#include <ctype.h>
#include <string.h>

#include "base/json.h"
#include "base/log.h"
#include "net/http_client.h"

static const char PERMISSION[] = "sources:*:*";

enum { RBAC_TIMEOUT_SECONDS = 10 };

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

static bool has_permission(const json_t *answer)
{
    size_t index;
    json_t *entry;
    json_array_foreach (json_object_get(answer, "data"), index, entry) {
        const char *permission = json_get_string(entry, "permission");
        if (permission != NULL && strcmp(permission, PERMISSION) == 0) {
            return true;
        }
    }
    return false;
}

static bool rbac_allowed(Call *call)
{
    const char *headers[] = {arena_printf(call->arena, "x-rh-identity: %s", call->identity.encoded),
                             NULL};
    HttpCall ask = {.method = "GET",
                    .url = arena_printf(call->arena,
                                        "%s/api/rbac/v1/access/?application=sources&limit=100",
                                        call->api->config->rbac_url),
                    .headers = headers,
                    .timeout_seconds = RBAC_TIMEOUT_SECONDS};
    HttpAnswer answer;
    Error error = {0};
    json_t *document = NULL;
    if (http_call(call->arena, &ask, &answer, &error) && answer.status == 200) {
        document = json_parse(call->arena, answer.body->data, answer.body->length, &error);
    } else if (error.code == ERROR_NONE) {
        error_set(&error, ERROR_UNAVAILABLE, "%s answers %d", ask.url, answer.status);
    }
    if (document == NULL) {
        log_error("sources", "the RBAC service can't be asked: %s", error.message);
        return call_fail(call, 500, "Internal Server Error");
    }
    return has_permission(document) || refuse(call, "Missing RBAC permissions");
}

bool access_allowed(Call *call)
{
    const struct SourcesApi *api = call->api;
    if (api->config->sources_psks == NULL && api->config->rbac_url == NULL) {
        return true;
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
    return api->config->rbac_url != NULL ? rbac_allowed(call)
                                         : refuse(call, "Missing RBAC permissions");
}

bool access_internal_allowed(Call *call)
{
    const char *key = http_request_header(call->request, "x-rh-sources-psk");
    if (call->api->config->sources_psks != NULL) {
        return (key != NULL && identity_key_known(call->api->config->sources_psks, key)) ||
               refuse(call, "Incorrect PSK");
    }
    return identity_is_loopback(call->request->remote_address) ||
           refuse(call, "the internal API needs a pre-shared key (KONTOR_SOURCES_PSKS)");
}
