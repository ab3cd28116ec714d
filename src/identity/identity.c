#include "identity/identity.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "base/crypto.h"
#include "base/json.h"
#include "identity/gate.h"

enum { ORG_ID_MAX = 60 };

static const char *const NO_GROUPS[] = {NULL};

static Gate *gate; /* set before the server starts */

void identity_set_gate(Gate *checks)
{
    gate = checks;
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
        .names_user = true,
        .method = IDENTITY_HEADER,
        .groups = NO_GROUPS,
        .encoded = encoded,
    };
    return true;
}

const char *identity_header(Arena *arena, const Identity *identity)
{
    if (identity->encoded != NULL) {
        return identity->encoded;
    }
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
    if (identity->names_user) {
        json_write_key(&json, "user");
        json_begin_object(&json);
        json_member_string(&json, "username", identity->username);
        json_member_string(&json, "email", identity->email);
        json_member_bool(&json, "is_org_admin", identity->is_org_admin);
        json_end(&json);
    }
    json_end(&json);
    json_member_raw(&json, "entitlements",
                    identity->names_user ? "{\"cost_management\":{\"is_entitled\":true}}" : "null");
    json_end(&json);
    return base64_encode(arena, text->data, text->length);
}

Identity identity_of_user(const IdentityUser *user)
{
    return (Identity){.org_id = user->org_id,
                      .account_number = user->account_number,
                      .type = "User",
                      .username = user->username,
                      .user_id = "",
                      .email = user->email,
                      .system_cn = "",
                      .cluster_id = "",
                      .is_org_admin = user->is_org_admin,
                      .is_entitled = true,
                      .names_user = true,
                      .method = user->method,
                      .groups = user->groups != NULL ? user->groups : NO_GROUPS};
}

const char *identity_encode_system(Arena *arena, const char *org_id, const char *account_number)
{
    Identity identity = {.org_id = org_id, .account_number = account_number, .type = "System"};
    return identity_header(arena, &identity);
}

bool identity_is_loopback(const char *address)
{
    return strncmp(address, "127.", 4) == 0 || strcmp(address, "::1") == 0 ||
           strncmp(address, "::ffff:127.", 11) == 0;
}

/* Is the server called by a name of this machine? A page elsewhere may have a name of its own that
 * leads here. */
static bool host_is_local(const HttpRequest *request)
{
    const char *host = http_request_header(request, "host");
    if (host == NULL || *host == '[') {
        return host == NULL || strncmp(host, "[::1]", 5) == 0;
    }
    size_t length = strcspn(host, ":");
    const char *name = arena_strndup(request->arena, host, length);
    return strcasecmp(name, "localhost") == 0 || identity_is_loopback(name);
}

bool identity_from_this_machine(const HttpRequest *request)
{
    return identity_is_loopback(request->remote_address) && host_is_local(request) &&
           http_request_header(request, "x-forwarded-for") == NULL &&
           http_request_header(request, "forwarded") == NULL && !gate_cross_site(request);
}

/* The organisation that is acted for when nothing names any. */
static const char *default_org(const HttpRequest *request)
{
    const char *org = gate != NULL ? gate_config(gate)->default_org : NULL;
    return org != NULL && identity_from_this_machine(request) ? org : NULL;
}

/* The caller as the x-rh-sources-… headers, or the setting for a laptop, name it: trusted like a
 * gateway's word. */
static void from_plain_headers(const HttpRequest *request, Identity *identity)
{
    const char *org = http_request_header(request, "x-rh-sources-org-id");
    const char *account = http_request_header(request, "x-rh-sources-account-number");
    const char *fallback = org == NULL && account == NULL ? default_org(request) : NULL;
    *identity = (Identity){.org_id = fallback != NULL ? fallback
                                     : org != NULL    ? org
                                                      : "",
                           .account_number = account != NULL ? account : "",
                           .type = "System",
                           .username = "",
                           .user_id = "",
                           .email = "",
                           .system_cn = "",
                           .cluster_id = "",
                           .is_org_admin = true,
                           .is_entitled = true,
                           .method = fallback != NULL ? IDENTITY_DEFAULT : IDENTITY_PLAIN,
                           .groups = NO_GROUPS};
}

static bool from_headers(const HttpRequest *request, Identity *identity, Error *error)
{
    const char *encoded = http_request_header(request, "x-rh-identity");
    if (encoded != NULL && *encoded != '\0') {
        return identity_decode(request->arena, encoded, identity, error);
    }
    from_plain_headers(request, identity);
    return true;
}

/* The pre-shared keys of machines vouch for the headers that come with them. */
static bool headers_trusted(const HttpRequest *request)
{
    const char *key = http_request_header(request, "x-rh-sources-psk");
    return gate == NULL || gate_trusts_headers(gate) ||
           (key != NULL && identity_key_known(gate_config(gate)->sources_psks, key));
}

bool identity_key_known(const char *keys, const char *given)
{
    bool known = false;
    size_t given_length = strlen(given);
    while (keys != NULL && *keys != '\0') {
        size_t length = strcspn(keys, ",");
        if (length > 0 && length == given_length && secret_equal(keys, given, length)) {
            known = true;
        }
        keys += length + (keys[length] == ',');
    }
    return known;
}

bool identity_read(const HttpRequest *request, Identity *identity, Error *error)
{
    GateVerdict verdict = gate != NULL ? gate_check(gate, request, identity, error) : GATE_NOTHING;
    if (verdict != GATE_NOTHING) {
        return verdict == GATE_KNOWN;
    }
    if (!headers_trusted(request)) {
        return error_set(error, ERROR_DENIED, "sign in first: %s",
                         gate_issuer(gate) != NULL
                             ? "send a bearer token of the issuer (Authorization: Bearer …)"
                             : "send a name and a password (Authorization: Basic …)");
    }
    if (!from_headers(request, identity, error)) {
        return false;
    }
    if (*identity->org_id == '\0' && *identity->account_number == '\0') {
        return error_set(error, ERROR_DENIED, "the ebs account number and the org id are missing");
    }
    if (*identity->org_id != '\0' && !identity_org_valid(identity->org_id)) {
        return error_set(error, ERROR_INVALID,
                         "the organisation id must be 1 to %d letters, digits, '.', '_' or '-'",
                         ORG_ID_MAX);
    }
    return true;
}

/* A message as the text of a header's parameter. */
static const char *quotable(Arena *arena, const char *message)
{
    char *text = arena_strdup(arena, message);
    for (char *at = text; *at != '\0'; at++) {
        *at = *at < ' ' || *at > '~' || *at == '"' || *at == '\\' ? '\'' : *at;
    }
    return text;
}

void identity_challenge(const HttpRequest *request, HttpResponse *response, const Error *error)
{
    if (gate == NULL) {
        return;
    }
    const char *header = http_request_header(request, "authorization");
    if (gate_issuer(gate) != NULL) {
        bool sent = header != NULL && strncasecmp(header, "Bearer ", 7) == 0;
        http_response_header(response, "WWW-Authenticate",
                             sent
                                 ? arena_printf(request->arena,
                                                "Bearer realm=\"kontor\", error=\"invalid_token\", "
                                                "error_description=\"%s\"",
                                                quotable(request->arena, error->message))
                                 : "Bearer realm=\"kontor\"");
    }
    /* A browser would ask for a password by itself; the web interface does that better. */
    if (gate_has_users(gate) && http_request_header(request, "sec-fetch-mode") == NULL) {
        http_response_header(response, "WWW-Authenticate",
                             "Basic realm=\"kontor\", charset=\"UTF-8\"");
    }
}
