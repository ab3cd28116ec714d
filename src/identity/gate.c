#include "identity/gate.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/crypto.h"
#include "base/date.h"
#include "base/log.h"
#include "base/memo.h"
#include "base/watched_file.h"
#include "identity/attempts.h"
#include "identity/password.h"
#include "identity/session.h"

enum { REMEMBERED = 256, REMEMBERED_SECONDS = 300 };

typedef enum Trust { TRUST_AUTO, TRUST_ALWAYS, TRUST_NEVER } Trust;

struct Gate {
    const Config *config;
    Trust trust;
    Issuer *issuer; /* NULL: no tokens */
    Attempts *attempts;
    Memo *remembered; /* passwords that were right a moment ago: hashing takes long on purpose */
    uint8_t memory_key[SHA256_SIZE];
    char *no_password; /* a hash that is compared when there is no such user */
    Arena *arena;
    WatchedFile *users;
    pthread_mutex_t lock; /* guards no_password */
};

static void *parse_users(Arena *arena, const char *text, size_t length, Error *error)
{
    UserList *users = arena_alloc(arena, sizeof *users);
    return users_parse(arena, text, length, users, error) ? users : NULL;
}

/* A copy of a user in the caller's arena. */
static bool find_user(Gate *gate, Arena *arena, const char *name, User *user)
{
    bool known;
    const UserList *users = watched_file_hold(gate->users, &known);
    const User *found = users != NULL ? user_find(users, name) : NULL;
    if (found != NULL) {
        size_t count = 0;
        while (found->groups[count] != NULL) {
            count++;
        }
        const char **groups = arena_array(arena, count + 1, sizeof *groups);
        for (size_t i = 0; i < count; i++) {
            groups[i] = arena_strdup(arena, found->groups[i]);
        }
        *user = (User){arena_strdup(arena, found->name),
                       arena_strdup(arena, found->org_id),
                       arena_strdup(arena, found->account_number),
                       arena_strdup(arena, found->email),
                       groups,
                       found->is_org_admin,
                       arena_strdup(arena, found->password)};
    }
    watched_file_release(gate->users);
    return found != NULL;
}

static bool read_trust(const Config *config, Trust *trust, Error *error)
{
    static const char *const WORDS[] = {"auto", "always", "never"};
    for (int i = 0; i < (int)(sizeof WORDS / sizeof *WORDS); i++) {
        if (strcmp(config->trust_identity_headers, WORDS[i]) == 0) {
            *trust = (Trust)i;
            return true;
        }
    }
    return error_set(error, ERROR_INVALID,
                     "--trust-identity-headers: \"%s\" is not auto, always or never",
                     config->trust_identity_headers);
}

Gate *gate_new(const Config *config, Error *error)
{
    Gate *gate = calloc(1, sizeof *gate);
    if (gate == NULL) {
        error_set(error, ERROR_INTERNAL, "out of memory");
        return NULL;
    }
    gate->config = config;
    gate->arena = arena_new();
    pthread_mutex_init(&gate->lock, NULL);
    random_bytes(gate->memory_key, sizeof gate->memory_key);
    gate->attempts = attempts_new();
    gate->remembered = memo_new(REMEMBERED, 1, REMEMBERED_SECONDS);
    if (gate->attempts == NULL || gate->remembered == NULL) {
        error_set(error, ERROR_INTERNAL, "out of memory");
    } else if (read_trust(config, &gate->trust, error) &&
               (gate->users = watched_file_new(users_path(config, gate->arena), parse_users,
                                               error)) != NULL &&
               (config->oidc_issuer == NULL ||
                (gate->issuer = issuer_new(config, error)) != NULL)) {
        return gate;
    }
    gate_free(gate);
    return NULL;
}

void gate_free(Gate *gate)
{
    if (gate == NULL) {
        return;
    }
    issuer_free(gate->issuer);
    attempts_free(gate->attempts);
    memo_free(gate->remembered);
    watched_file_free(gate->users);
    arena_free(gate->arena);
    pthread_mutex_destroy(&gate->lock);
    free(gate);
}

bool gate_has_users(Gate *gate)
{
    bool known;
    watched_file_hold(gate->users, &known);
    watched_file_release(gate->users);
    return known;
}

bool gate_trusts_headers(Gate *gate)
{
    return gate->trust == TRUST_ALWAYS ||
           (gate->trust == TRUST_AUTO && gate->issuer == NULL && !gate_has_users(gate));
}

Issuer *gate_issuer(Gate *gate)
{
    return gate->issuer;
}

const Config *gate_config(const Gate *gate)
{
    return gate->config;
}

/* A hash to compare with when nobody has that name, so that the time tells nothing. */
static const char *nobodys_password(Gate *gate)
{
    pthread_mutex_lock(&gate->lock);
    if (gate->no_password == NULL) {
        gate->no_password = password_hash(gate->arena, "");
    }
    pthread_mutex_unlock(&gate->lock);
    return gate->no_password != NULL ? gate->no_password : "";
}

/* What a right password is remembered by: nothing that tells it, and void once it is changed. */
static const char *memory_of(const Gate *gate, Arena *arena, const User *user, const char *password)
{
    uint8_t digest[SHA256_SIZE];
    char *hex = arena_alloc(arena, SHA256_HEX_SIZE);
    const char *text = arena_printf(arena, "%s\n%s\n%s", user->name, user->password, password);
    hmac_sha256(gate->memory_key, sizeof gate->memory_key, text, strlen(text), digest);
    hex_encode(digest, sizeof digest, hex);
    return hex;
}

static bool password_right(Gate *gate, Arena *arena, bool known, const User *user,
                           const char *password)
{
    if (!known) {
        password_matches(arena, password, nobodys_password(gate));
        return false;
    }
    const char *memory = memory_of(gate, arena, user, password);
    char *value;
    size_t length;
    if (memo_get(gate->remembered, arena, memory, &value, &length)) {
        return true;
    }
    bool right = password_matches(arena, password, user->password);
    if (right) {
        memo_put(gate->remembered, memory, "1", 1);
    }
    return right;
}

bool gate_sign_in(Gate *gate, Arena *arena, const char *address, const char *name,
                  const char *password, User *user, int *wait)
{
    *wait = attempts_wait(gate->attempts, address, name);
    if (*wait > 0) {
        return false;
    }
    bool known = find_user(gate, arena, name, user);
    if (strlen(password) <= PASSWORD_MAX && password_right(gate, arena, known, user, password)) {
        attempts_succeeded(gate->attempts, address, name);
        return true;
    }
    attempts_failed(gate->attempts, address, name);
    log_warning("identity", "a sign-in as \"%.64s\" from %s failed", name, address);
    return false;
}

static Identity identity_of(const User *user, IdentityMethod method)
{
    return identity_of_user(&(IdentityUser){.org_id = user->org_id,
                                            .account_number = user->account_number,
                                            .username = user->name,
                                            .email = user->email,
                                            .groups = user->groups,
                                            .is_org_admin = user->is_org_admin,
                                            .method = method});
}

static GateVerdict check_basic(Gate *gate, const HttpRequest *request, const char *credentials,
                               Identity *identity, Error *error)
{
    size_t length;
    char *text = (char *)base64_decode(request->arena, credentials, strlen(credentials), &length);
    char *colon = text != NULL ? strchr(text, ':') : NULL;
    User user;
    int wait;
    if (colon == NULL || strlen(text) != length) {
        error_set(error, ERROR_DENIED, "the Authorization header is not base64 of NAME:PASSWORD");
        return GATE_REFUSED;
    }
    *colon = '\0';
    if (!gate_sign_in(gate, request->arena, request->remote_address, text, colon + 1, &user,
                      &wait)) {
        error_set(error, ERROR_DENIED,
                  wait > 0 ? "too many failed sign-ins; try again in a minute"
                           : "name or password is wrong");
        return GATE_REFUSED;
    }
    *identity = identity_of(&user, IDENTITY_PASSWORD);
    return GATE_KNOWN;
}

const char *gate_cookie(const HttpRequest *request, const char *name)
{
    const char *at = http_request_header(request, "cookie");
    size_t length = strlen(name);
    while (at != NULL && *at != '\0') {
        at += strspn(at, "; ");
        size_t part = strcspn(at, ";");
        if (part > length && strncmp(at, name, length) == 0 && at[length] == '=') {
            return arena_strndup(request->arena, at + length + 1, part - length - 1);
        }
        at += part;
    }
    return NULL;
}

static GateVerdict check_session(Gate *gate, const HttpRequest *request, Identity *identity,
                                 Error *error)
{
    const char *value = gate_cookie(request, SESSION_COOKIE);
    if (value == NULL) {
        return GATE_NOTHING;
    }
    const char *name = session_name(request->arena, gate->config, value, clock_now() / 1000000);
    User user;
    if (name == NULL || !find_user(gate, request->arena, name, &user) ||
        !session_fits(request->arena, value, &user)) {
        error_set(error, ERROR_DENIED, "the session has ended; sign in again");
        return GATE_REFUSED;
    }
    *identity = identity_of(&user, IDENTITY_SESSION);
    return GATE_KNOWN;
}

bool gate_cross_site(const HttpRequest *request)
{
    const char *site = http_request_header(request, "sec-fetch-site");
    const char *origin = http_request_header(request, "origin");
    const char *host = http_request_header(request, "host");
    if (site != NULL) {
        return strcmp(site, "same-origin") != 0 && strcmp(site, "none") != 0;
    }
    if (origin == NULL) {
        return false;
    }
    const char *name = strstr(origin, "://");
    return name == NULL || host == NULL || strcasecmp(name + 3, host) != 0;
}

/* The rest of a header after its scheme; NULL when it has another. */
static const char *after_scheme(const char *header, const char *scheme)
{
    size_t length = strlen(scheme);
    if (header == NULL || strncasecmp(header, scheme, length) != 0 || header[length] != ' ') {
        return NULL;
    }
    return header + length + strspn(header + length, " ");
}

GateVerdict gate_check(Gate *gate, const HttpRequest *request, Identity *identity, Error *error)
{
    const char *header = http_request_header(request, "authorization");
    const char *token = after_scheme(header, "Bearer"), *basic = after_scheme(header, "Basic");
    if (token != NULL && gate->issuer != NULL) {
        return issuer_check(gate->issuer, request->arena, token, identity, error) ? GATE_KNOWN
                                                                                  : GATE_REFUSED;
    }
    if (!gate_has_users(gate)) {
        return GATE_NOTHING;
    }
    GateVerdict verdict = basic != NULL ? check_basic(gate, request, basic, identity, error)
                                        : check_session(gate, request, identity, error);
    if (verdict == GATE_KNOWN && gate_cross_site(request)) {
        error_set(error, ERROR_DENIED, "a page of another origin sent this request");
        return GATE_REFUSED;
    }
    return verdict;
}
