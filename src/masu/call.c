#include "masu/call.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "base/crypto.h"

/* Is it a caller for whom organisations don't matter: this machine's own user, or one with a key?
 * Who names an identity acts by that. */
static bool is_operator(const CostContext *context, const HttpRequest *request)
{
    static const char *const IDENTITIES[] = {"x-rh-identity", "x-rh-sources-org-id",
                                             "authorization", "cookie"};
    const char *key = http_request_header(request, "x-rh-sources-psk");
    if (key != NULL && *key != '\0') {
        return identity_key_known(context->config->sources_psks, key);
    }
    for (size_t i = 0; i < sizeof IDENTITIES / sizeof *IDENTITIES; i++) {
        if (http_request_header(request, IDENTITIES[i]) != NULL) {
            return false;
        }
    }
    return context->config->sources_psks == NULL && identity_from_this_machine(request);
}

bool masu_begin(MasuCall *call, void *context, HttpRequest *request, HttpResponse *response)
{
    *call = (MasuCall){0};
    if (!is_operator(context, request)) {
        if (!call_begin(&call->cost, context, request, response)) {
            return false;
        }
        call->schema = call->cost.caller.schema;
        call->org_id = call->cost.caller.identity.org_id;
        return true;
    }
    Error error = {0};
    call->cost = (CostCall){
        .context = context, .request = request, .response = response, .arena = request->arena};
    call->cost.db = db_pool_take(call->cost.context->koku, &error);
    if (call->cost.db == NULL) {
        access_write_failure(response, &error);
    }
    return call->cost.db != NULL;
}

void masu_end(MasuCall *call)
{
    call_end(&call->cost);
}

bool masu_refuse(MasuCall *call, const char *format, ...)
{
    HttpResponse *response = call->cost.response;
    va_list arguments;
    va_start(arguments, format);
    response->status = 400;
    JsonWriter json = json_writer(response->body);
    json_begin_object(&json);
    json_member_string(&json, "Error", arena_vprintf(call->cost.arena, format, arguments));
    json_end(&json);
    va_end(arguments);
    return false;
}

/* Does a provider fit the parameters (NULL: any), and may the caller touch it? */
static bool fits(const MasuCall *call, const Provider *provider, const char *uuid, const char *type,
                 const char *schema)
{
    size_t length = type != NULL ? strcspn(type, "-") : 0; /* "AWS-local" is AWS */
    return provider->schema != NULL &&
           (call->schema == NULL || strcmp(provider->schema, call->schema) == 0) &&
           (uuid == NULL || strcasecmp(provider->uuid, uuid) == 0) &&
           (schema == NULL || strcmp(provider->schema, schema) == 0) &&
           (type == NULL ||
            (strncasecmp(provider->type, type, length) == 0 && provider->type[length] == '\0'));
}

Provider *masu_providers(MasuCall *call, int *count)
{
    const char *uuid = call_parameter(&call->cost, "provider_uuid");
    const char *type = call_parameter(&call->cost, "provider_type");
    const char *schema = call_parameter(&call->cost, "schema");
    Provider *providers;
    Error error = {0};
    int all;
    if (uuid != NULL && !uuid_valid(uuid)) {
        masu_refuse(call, "provider_uuid \"%s\" is no UUID", uuid);
        return NULL;
    }
    if (!provider_list(call->cost.db, call->cost.arena, &providers, &all, &error)) {
        access_write_failure(call->cost.response, &error);
        return NULL;
    }
    *count = 0;
    for (int i = 0; i < all; i++) {
        if (fits(call, &providers[i], uuid, type, schema)) {
            providers[(*count)++] = providers[i];
        }
    }
    if (*count == 0 && (uuid != NULL || schema != NULL)) {
        masu_refuse(call, "there is no such provider");
        return NULL;
    }
    return providers;
}

bool masu_month(MasuCall *call, const char *name, Day *month, bool *given)
{
    const char *text = call_parameter(&call->cost, name);
    *given = text != NULL;
    if (text == NULL) {
        return true;
    }
    size_t length = strlen(text);
    const char *whole = text;
    if (length == 6) {
        whole = arena_printf(call->cost.arena, "%.4s-%s-01", text, text + 4);
    } else if (length == 7) {
        whole = arena_printf(call->cost.arena, "%s-01", text);
    }
    if (strlen(whole) != 10 || !day_parse(whole, strlen(whole), month)) {
        return masu_refuse(call, "%s \"%s\" is no month such as 202611, nor a day of one", name,
                           text);
    }
    *month = day_month_start(*month, 0);
    return true;
}
