#include "identity/identity.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "base/crypto.h"
#include "base/json.h"

enum { ORG_ID_MAX = 60 };

static const char *default_org; /* set before the server starts */

void identity_set_default_org(const char *org_id)
{
    default_org = org_id;
}

bool identity_org_valid(const char *org_id)
{
    size_t length = strlen(org_id);
    if (length == 0 || length > ORG_ID_MAX) {
        return false;
    }
    for (; *org_id != '\0'; org_id++) {
        if (!isalnum((unsigned char)*org_id) && strchr("._-", *org_id) == NULL) {
            return false;
        }
    }
    return true;
}

char *identity_schema(Arena *arena, const char *org_id)
{
    bool prefixed = strncmp(org_id, "org", 3) == 0;
    return arena_printf(arena, "%s%s", prefixed ? "" : "org", org_id);
}

static const char *text_of(const json_t *object, const char *key)
{
    const char *text = json_get_string(object, key);
    return text != NULL ? text : "";
}

/* Some callers write true as a word or a number. */
static bool truthy(const json_t *value)
{
    const char *text = json_string_value(value);
    return json_is_true(value) || json_integer_value(value) != 0 ||
           (text != NULL && *text != '\0' && strcasecmp(text, "false") != 0);
}

bool identity_decode(Arena *arena, const char *encoded, Identity *identity, Error *error)
{
    size_t length;
    uint8_t *text = base64_decode(arena, encoded, strlen(encoded), &length);
    if (text == NULL) {
        return error_set(error, ERROR_INVALID, "x-rh-identity is not base64");
    }
    Error fault = {0};
    json_t *document = json_parse(arena, (const char *)text, length, &fault);
    const json_t *root = json_object_get(document, "identity");
    if (!json_is_object(document)) {
        return error_set(error, ERROR_INVALID, "x-rh-identity is not base64 of a JSON object%s%s",
                         fault.message[0] != '\0' ? ": " : "", fault.message);
    }
    const json_t *user = json_object_get(root, "user");
    const json_t *account = json_object_get(root, "service_account");
    const json_t *system = json_object_get(root, "system");
    const json_t *entitlement =
        json_object_get(json_object_get(document, "entitlements"), "cost_management");
    const char *username = text_of(user, "username");
    *identity = (Identity){
        .org_id = text_of(root, "org_id"),
        .account_number = text_of(root, "account_number"),
        .type = text_of(root, "type"),
        .username = *username != '\0' ? username : text_of(account, "username"),
        .user_id = text_of(user, "user_id"),
        .email = text_of(user, "email"),
        .system_cn = text_of(system, "cn"),
        .cluster_id = text_of(system, "cluster_id"),
        .has_system = json_object_size(system) > 0,
        .is_org_admin = truthy(json_object_get(user, "is_org_admin")),
        .is_entitled = truthy(json_object_get(entitlement, "is_entitled")),
        .from_header = true,
        .encoded = encoded,
    };
    return true;
}

/* The identity header that events carry when the caller sent none. */
static const char *encode(Arena *arena, const Identity *identity)
{
    Buffer *text = buffer_new(arena);
    JsonWriter json = json_writer(text);
    json_begin_object(&json);
    json_write_key(&json, "identity");
    json_begin_object(&json);
    if (*identity->account_number != '\0') {
        json_member_string(&json, "account_number", identity->account_number);
    }
    json_member_string(&json, "org_id", identity->org_id);
    json_write_key(&json, "internal");
    json_begin_object(&json);
    json_member_string(&json, "org_id", "");
    json_end(&json);
    json_member_string(&json, "type", identity->type);
    json_end(&json);
    json_member_raw(&json, "entitlements", "null");
    json_end(&json);
    return base64_encode(arena, text->data, text->length);
}

const char *identity_encode_system(Arena *arena, const char *org_id, const char *account_number)
{
    Identity identity = {.org_id = org_id, .account_number = account_number, .type = "System"};
    return encode(arena, &identity);
}

bool identity_is_loopback(const char *address)
{
    return strncmp(address, "127.", 4) == 0 || strcmp(address, "::1") == 0 ||
           strncmp(address, "::ffff:127.", 11) == 0;
}

/* The caller as the x-rh-sources-… headers, or the setting for a laptop, name it: trusted like a
 * gateway's word. */
static void from_plain_headers(const HttpRequest *request, Identity *identity)
{
    const char *org = http_request_header(request, "x-rh-sources-org-id");
    const char *account = http_request_header(request, "x-rh-sources-account-number");
    bool by_default = org == NULL && account == NULL && default_org != NULL &&
                      identity_is_loopback(request->remote_address);
    *identity = (Identity){.org_id = by_default    ? default_org
                                     : org != NULL ? org
                                                   : "",
                           .account_number = account != NULL ? account : "",
                           .type = "System",
                           .username = "",
                           .user_id = "",
                           .email = "",
                           .system_cn = "",
                           .cluster_id = "",
                           .is_org_admin = true,
                           .is_entitled = true};
}

bool identity_read(const HttpRequest *request, Identity *identity, Error *error)
{
    const char *encoded = http_request_header(request, "x-rh-identity");
    if (encoded != NULL && *encoded != '\0') {
        if (!identity_decode(request->arena, encoded, identity, error)) {
            return false;
        }
    } else {
        from_plain_headers(request, identity);
    }
    if (*identity->org_id == '\0' && *identity->account_number == '\0') {
        return error_set(error, ERROR_DENIED, "the ebs account number and the org id are missing");
    }
    if (*identity->org_id != '\0' && !identity_org_valid(identity->org_id)) {
        return error_set(error, ERROR_INVALID,
                         "the organisation id must be 1 to %d letters, digits, '.', '_' or '-'",
                         ORG_ID_MAX);
    }
    if (!identity->from_header) {
        identity->encoded = encode(request->arena, identity);
    }
    return true;
}
