#include "identity/token.h"

#include <ctype.h>
#include <string.h>

#include "base/crypto.h"
#include "base/json.h"

enum { TOKEN_MAX = 16384, SKEW_SECONDS = 60, CLAIM_MAX = 128, GROUPS_MAX = 256 };

/* One of the token's three parts: the JSON object that it is base64url of. */
static json_t *read_part(Arena *arena, const char *part, size_t length)
{
    size_t decoded;
    Error ignored = {0};
    uint8_t *bytes = base64url_decode(arena, part, length, &decoded);
    json_t *document =
        bytes != NULL ? json_parse(arena, (const char *)bytes, decoded, &ignored) : NULL;
    return json_is_object(document) ? document : NULL;
}

static bool check_head(const json_t *head, Token *token, Error *error)
{
    const json_t *key_id = json_object_get(head, "kid");
    const char *algorithm = json_get_string(head, "alg");
    if (algorithm == NULL || !jwks_algorithm_known(algorithm)) {
        return error_set(error, ERROR_DENIED,
                         "the token's algorithm must be RS256 or ES256, not \"%.32s\"",
                         algorithm != NULL ? algorithm : "");
    }
    /* RFC 7515 §4.1.11: what must be understood, and is not, makes a token invalid. */
    if (json_object_get(head, "crit") != NULL) {
        return error_set(error, ERROR_DENIED, "the token demands extensions (crit)");
    }
    if (key_id != NULL && !json_is_string(key_id)) {
        return error_set(error, ERROR_DENIED, "the token's kid is no text");
    }
    token->algorithm = algorithm;
    token->key_id = json_string_value(key_id);
    return true;
}

bool token_parse(Arena *arena, const char *text, Token *token, Error *error)
{
    *token = (Token){.text = text};
    size_t length = strnlen(text, TOKEN_MAX + 1);
    size_t head_length = strcspn(text, ".");
    if (length > TOKEN_MAX) {
        return error_set(error, ERROR_DENIED, "the token is longer than %d bytes", TOKEN_MAX);
    }
    const char *body = text + head_length + (text[head_length] == '.');
    size_t body_length = strcspn(body, ".");
    const char *signature = body + body_length + (body[body_length] == '.');
    if (head_length == 0 || body_length == 0 || *signature == '\0' ||
        strchr(signature, '.') != NULL) {
        return error_set(error, ERROR_DENIED, "the token has not the three parts of a JWT");
    }
    const json_t *head = read_part(arena, text, head_length);
    token->claims = read_part(arena, body, body_length);
    token->length = head_length + 1 + body_length;
    token->signature =
        base64url_decode(arena, signature, strlen(signature), &token->signature_length);
    if (head == NULL || token->claims == NULL || token->signature == NULL) {
        return error_set(error, ERROR_DENIED,
                         "the token's parts are not base64url of JSON objects");
    }
    return check_head(head, token, error);
}

JwksVerdict token_verify(const Token *token, const Jwks *jwks)
{
    return jwks_verify(jwks, token->algorithm, token->key_id, token->text, token->length,
                       token->signature, token->signature_length);
}

/* Is `text` one of the comma-separated items? */
static bool listed(const char *list, const char *text)
{
    size_t wanted = strlen(text);
    while (*list != '\0') {
        list += strspn(list, ", ");
        size_t length = strcspn(list, ", ");
        if (length > 0 && length == wanted && strncmp(list, text, length) == 0) {
            return true;
        }
        list += length;
    }
    return false;
}

/* Is a text, or one of an array of texts, in the list? */
static bool any_listed(const json_t *claim, const char *list)
{
    size_t index;
    json_t *entry;
    json_array_foreach (claim, index, entry) {
        if (json_is_string(entry) && listed(list, json_string_value(entry))) {
            return true;
        }
    }
    return json_is_string(claim) && listed(list, json_string_value(claim));
}

static bool check_source(const Token *token, const TokenRules *rules, Error *error)
{
    const char *issuer = json_get_string(token->claims, "iss");
    const char *client = json_get_string(token->claims, "azp");
    if (issuer == NULL || strcmp(issuer, rules->issuer) != 0) {
        return error_set(error, ERROR_DENIED, "the token's issuer (iss) is not %s", rules->issuer);
    }
    if (!any_listed(json_object_get(token->claims, "aud"), rules->audiences)) {
        return error_set(error, ERROR_DENIED,
                         "the token is not for this service: its aud holds none of %s",
                         rules->audiences);
    }
    if (rules->clients != NULL && (client == NULL || !listed(rules->clients, client))) {
        return error_set(error, ERROR_DENIED,
                         "the token was not issued to a client (azp) of this service");
    }
    return true;
}

/* A time claim in whole seconds; NumericDates may have fractions. */
static bool read_time(const json_t *claims, const char *name, int64_t *seconds)
{
    const json_t *claim = json_object_get(claims, name);
    double value = json_number_value(claim);
    *seconds = value > -1e15 && value < 1e15 ? (int64_t)value : 0;
    return json_is_number(claim) && value >= 0 && value < 1e15;
}

static bool check_times(const Token *token, int64_t now, Error *error)
{
    int64_t expires, from;
    if (!read_time(token->claims, "exp", &expires)) {
        return error_set(error, ERROR_DENIED, "the token has no time of expiry (exp)");
    }
    if (now >= expires + SKEW_SECONDS) {
        return error_set(error, ERROR_DENIED, "the token has expired");
    }
    static const char *const STARTS[] = {"nbf", "iat"};
    for (size_t i = 0; i < sizeof STARTS / sizeof *STARTS; i++) {
        if (json_object_get(token->claims, STARTS[i]) == NULL) {
            continue;
        }
        if (!read_time(token->claims, STARTS[i], &from) || from > now + SKEW_SECONDS) {
            return error_set(error, ERROR_DENIED, "the token is not valid yet (%s)", STARTS[i]);
        }
    }
    return true;
}

/* 1 to 128 characters of [A-Za-z0-9._-]. */
static bool plain_claim(const char *text)
{
    size_t length = strlen(text);
    for (const char *at = text; *at != '\0'; at++) {
        if (!isalnum((unsigned char)*at) && strchr("._-", *at) == NULL) {
            return false;
        }
    }
    return length > 0 && length <= CLAIM_MAX;
}

static bool has_role(const json_t *claims, const char *role)
{
    const json_t *roles = json_object_get(json_object_get(claims, "realm_access"), "roles");
    size_t index;
    json_t *entry;
    json_array_foreach (roles, index, entry) {
        if (json_is_string(entry) && strcmp(json_string_value(entry), role) == 0) {
            return true;
        }
    }
    return false;
}

/* The names of groups; a path's leading slash, as Keycloak writes it, is none of the name. */
static const char *const *read_groups(Arena *arena, const json_t *claims)
{
    const json_t *claim = json_object_get(claims, "groups");
    size_t size = json_array_size(claim), count = 0, index;
    const char **groups =
        arena_array(arena, (size < GROUPS_MAX ? size : GROUPS_MAX) + 1, sizeof *groups);
    json_t *entry;
    json_array_foreach (claim, index, entry) {
        const char *name = json_string_value(entry);
        if (name != NULL && count < GROUPS_MAX) {
            groups[count++] = name + (*name == '/');
        }
    }
    return groups;
}

static const char *text_or_empty(const json_t *claims, const char *name)
{
    const char *text = json_get_string(claims, name);
    return text != NULL ? text : "";
}

bool token_identity(Arena *arena, const Token *token, const TokenRules *rules, Identity *identity,
                    Error *error)
{
    const json_t *claims = token->claims;
    if (!check_source(token, rules, error) || !check_times(token, rules->now, error)) {
        return false;
    }
    const char *org = text_or_empty(claims, "org_id"),
               *account = text_or_empty(claims, "account_number"),
               *name = text_or_empty(claims, "preferred_username");
    if (!plain_claim(org) || !identity_org_valid(org)) {
        return error_set(error, ERROR_DENIED,
                         "the token's claim org_id must be 1 to 60 letters, digits, '.', '_' or "
                         "'-': add a mapper for it to the client at the issuer");
    }
    if (json_object_get(claims, "account_number") != NULL && !plain_claim(account)) {
        return error_set(error, ERROR_DENIED,
                         "the token's claim account_number must be 1 to %d letters, digits, '.', "
                         "'_' or '-'",
                         CLAIM_MAX);
    }
    name = *name != '\0' ? name : text_or_empty(claims, "sub");
    if (*name == '\0') {
        return error_set(error, ERROR_DENIED, "the token has neither preferred_username nor sub");
    }
    *identity = identity_of_user(&(IdentityUser){
        .org_id = org,
        .account_number = account,
        .username = name,
        .email = text_or_empty(claims, "email"),
        .groups = read_groups(arena, claims),
        .is_org_admin = has_role(claims, rules->admin_role),
        .method = IDENTITY_TOKEN,
    });
    return true;
}
