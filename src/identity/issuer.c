#include "identity/issuer.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/date.h"
#include "base/json.h"
#include "base/log.h"
#include "identity/jwks.h"
#include "identity/token.h"
#include "net/http_client.h"

enum {
    KEYS_SECONDS = 300, /* then they are fetched anew */
    PAUSE_SECONDS = 10, /* between two fetches that brought nothing */
    TIMEOUT_SECONDS = 5,
    DOCUMENT_MAX = 1024 * 1024,
};

struct Issuer {
    const Config *config;
    pthread_mutex_t fetching; /* one at a time; guards what only a fetch reads and writes */
    double paused_until;
    pthread_rwlock_t lock; /* guards what follows */
    Arena *arena;          /* of the discovered texts */
    const char *keys_url;  /* NULL: not known yet */
    IssuerEndpoints endpoints;
    bool discovered;
    Jwks *keys;       /* NULL: never fetched */
    double fetched;   /* when */
    unsigned version; /* one more with each fetch that succeeds */
};

static bool is_url(const char *text)
{
    return strncmp(text, "https://", 8) == 0 || strncmp(text, "http://", 7) == 0;
}

Issuer *issuer_new(const Config *config, Error *error)
{
    if (!is_url(config->oidc_issuer) ||
        (config->oidc_jwks_url != NULL && !is_url(config->oidc_jwks_url))) {
        error_set(error, ERROR_INVALID, "--oidc-issuer and --oidc-jwks-url must be http(s) URLs");
        return NULL;
    }
    if (config->oidc_audience == NULL) {
        error_set(error, ERROR_INVALID,
                  "--oidc-issuer needs --oidc-audience: what the tokens' aud must hold, such as "
                  "the client id");
        return NULL;
    }
    Issuer *issuer = calloc(1, sizeof *issuer);
    if (issuer == NULL) {
        error_set(error, ERROR_INTERNAL, "out of memory");
        return NULL;
    }
    issuer->config = config;
    issuer->arena = arena_new();
    issuer->keys_url = config->oidc_jwks_url;
    pthread_mutex_init(&issuer->fetching, NULL);
    pthread_rwlock_init(&issuer->lock, NULL);
    return issuer;
}

void issuer_free(Issuer *issuer)
{
    if (issuer == NULL) {
        return;
    }
    jwks_free(issuer->keys);
    arena_free(issuer->arena);
    pthread_rwlock_destroy(&issuer->lock);
    pthread_mutex_destroy(&issuer->fetching);
    free(issuer);
}

static Buffer *fetch(const Issuer *issuer, Arena *arena, const char *url, Error *error)
{
    HttpCall call = {.method = "GET",
                     .url = url,
                     .ca_bundle = issuer->config->oidc_ca_file,
                     .timeout_seconds = TIMEOUT_SECONDS,
                     .answer_max = DOCUMENT_MAX};
    HttpAnswer answer;
    if (!http_call(arena, &call, &answer, error)) {
        return NULL;
    }
    if (answer.status != 200) {
        error_set(error, ERROR_UNAVAILABLE, "%s answers %d", url, answer.status);
        return NULL;
    }
    return answer.body;
}

static const char *kept_url(Issuer *issuer, const json_t *document, const char *name)
{
    const char *url = json_get_string(document, name);
    return url != NULL && is_url(url) ? arena_strdup(issuer->arena, url) : NULL;
}

/* Reads the provider's document of discovery; called by the one who fetches. */
static bool discover(Issuer *issuer, Arena *arena, Error *error)
{
    const char *name = issuer->config->oidc_issuer;
    size_t length = strlen(name);
    const char *url = arena_printf(arena, "%s%s.well-known/openid-configuration", name,
                                   length > 0 && name[length - 1] == '/' ? "" : "/");
    Buffer *text = fetch(issuer, arena, url, error);
    json_t *document = text != NULL ? json_parse(arena, text->data, text->length, error) : NULL;
    if (document == NULL) {
        return text == NULL ? false : error_wrap(error, "%s", url);
    }
    const char *named = json_get_string(document, "issuer");
    const char *keys = json_get_string(document, "jwks_uri");
    if (named == NULL || strcmp(named, name) != 0) {
        return error_set(error, ERROR_DATA, "%s names itself \"%s\", --oidc-issuer says \"%s\"",
                         url, named != NULL ? named : "", name);
    }
    if (issuer->config->oidc_jwks_url == NULL && (keys == NULL || !is_url(keys))) {
        return error_set(error, ERROR_DATA, "%s names no jwks_uri; set --oidc-jwks-url", url);
    }
    pthread_rwlock_wrlock(&issuer->lock);
    issuer->endpoints = (IssuerEndpoints){
        .authorization = kept_url(issuer, document, "authorization_endpoint"),
        .token = kept_url(issuer, document, "token_endpoint"),
        .end_session = kept_url(issuer, document, "end_session_endpoint"),
    };
    if (issuer->keys_url == NULL) {
        issuer->keys_url = arena_strdup(issuer->arena, keys);
    }
    issuer->discovered = true;
    pthread_rwlock_unlock(&issuer->lock);
    return true;
}

static bool fetch_keys(Issuer *issuer, Arena *arena, Error *error)
{
    if (issuer->keys_url == NULL && !discover(issuer, arena, error)) {
        return false;
    }
    Buffer *text = fetch(issuer, arena, issuer->keys_url, error);
    Jwks *keys = text != NULL ? jwks_parse(text->data, text->length, error) : NULL;
    if (keys == NULL) {
        return text == NULL ? false : error_wrap(error, "%s", issuer->keys_url);
    }
    pthread_rwlock_wrlock(&issuer->lock);
    Jwks *former = issuer->keys;
    issuer->keys = keys;
    issuer->fetched = clock_monotonic();
    issuer->version++;
    pthread_rwlock_unlock(&issuer->lock);
    log_info("identity", "%d keys of %s", jwks_count(keys), issuer->config->oidc_issuer);
    jwks_free(former);
    return true;
}

/* What one look at the keys finds. */
typedef struct Look {
    bool any; /* there are keys */
    bool old; /* and they should be fetched anew */
    unsigned version;
    JwksVerdict verdict;
} Look;

static Look look(Issuer *issuer, const Token *token)
{
    pthread_rwlock_rdlock(&issuer->lock);
    Look seen = {.any = issuer->keys != NULL,
                 .old = clock_monotonic() > issuer->fetched + KEYS_SECONDS,
                 .version = issuer->version,
                 .verdict = JWKS_UNKNOWN_KEY};
    if (seen.any) {
        seen.verdict = token_verify(token, issuer->keys);
    }
    pthread_rwlock_unlock(&issuer->lock);
    return seen;
}

/* Fetches the keys unless another did since `version`, or a fetch failed a moment ago. False when
 * there are no newer ones. */
static bool renew(Issuer *issuer, Arena *arena, unsigned version, Error *error)
{
    pthread_mutex_lock(&issuer->fetching);
    bool newer = issuer->version != version;
    if (!newer && clock_monotonic() < issuer->paused_until) {
        error_set(error, ERROR_UNAVAILABLE, "the issuer %s was away a moment ago",
                  issuer->config->oidc_issuer);
    } else if (!newer) {
        newer = fetch_keys(issuer, arena, error);
        if (!newer) {
            issuer->paused_until = clock_monotonic() + PAUSE_SECONDS;
            log_warning("identity", "the keys of tokens can't be fetched: %s", error->message);
        }
    }
    pthread_mutex_unlock(&issuer->fetching);
    return newer;
}

/* A key that even new keys don't hold is made up: for a while nobody is asked for such. */
static void pause_renewal(Issuer *issuer)
{
    pthread_mutex_lock(&issuer->fetching);
    issuer->paused_until = clock_monotonic() + PAUSE_SECONDS;
    pthread_mutex_unlock(&issuer->fetching);
}

static bool check_signature(Issuer *issuer, Arena *arena, const Token *token, Error *error)
{
    Error fault = {0};
    Look seen = look(issuer, token);
    bool unknown = seen.verdict == JWKS_UNKNOWN_KEY;
    if (unknown || seen.old) {
        if (renew(issuer, arena, seen.version, &fault)) {
            bool had = seen.any;
            seen = look(issuer, token);
            if (unknown && had && seen.verdict == JWKS_UNKNOWN_KEY) {
                pause_renewal(issuer);
            }
        }
    }
    if (!seen.any) {
        return error_set(error, ERROR_UNAVAILABLE, "tokens can't be checked now: %s",
                         fault.message);
    }
    return seen.verdict == JWKS_GOOD ||
           error_set(error, ERROR_DENIED, "%s",
                     seen.verdict == JWKS_UNKNOWN_KEY
                         ? "the token's key (kid) is none of the issuer's"
                         : "the token's signature is wrong");
}

bool issuer_check(Issuer *issuer, Arena *arena, const char *text, Identity *identity, Error *error)
{
    const Config *config = issuer->config;
    TokenRules rules = {.issuer = config->oidc_issuer,
                        .audiences = config->oidc_audience,
                        .clients = config->oidc_clients,
                        .admin_role = config->oidc_admin_role,
                        .now = clock_now() / 1000000};
    Token token;
    /* The claims first: what is not meant for this service never makes the provider be asked. */
    return token_parse(arena, text, &token, error) &&
           token_identity(arena, &token, &rules, identity, error) &&
           check_signature(issuer, arena, &token, error);
}

void issuer_endpoints(Issuer *issuer, Arena *arena, IssuerEndpoints *endpoints)
{
    pthread_mutex_lock(&issuer->fetching);
    Error fault = {0};
    if (!issuer->discovered && clock_monotonic() >= issuer->paused_until &&
        !discover(issuer, arena, &fault)) {
        issuer->paused_until = clock_monotonic() + PAUSE_SECONDS;
        log_warning("identity", "the OpenID provider can't be asked: %s", fault.message);
    }
    pthread_mutex_unlock(&issuer->fetching);
    pthread_rwlock_rdlock(&issuer->lock);
    *endpoints = (IssuerEndpoints){arena_strdup(arena, issuer->endpoints.authorization),
                                   arena_strdup(arena, issuer->endpoints.token),
                                   arena_strdup(arena, issuer->endpoints.end_session)};
    pthread_rwlock_unlock(&issuer->lock);
}
