#include "identity/sign_in.h"

#include <string.h>
#include <strings.h>

#include "base/date.h"
#include "base/json.h"
#include "base/log.h"
#include "identity/session.h"

#define PREFIX "/api/kontor/v1"

enum { HOUR = 3600 };

static void write_error(HttpResponse *response, int status, const char *message)
{
    response->status = status;
    buffer_clear(response->body);
    JsonWriter json = json_writer(response->body);
    json_begin_object(&json);
    json_write_key(&json, "errors");
    json_begin_array(&json);
    json_begin_object(&json);
    json_member_string(&json, "detail", message);
    json_member_int(&json, "status", status);
    json_end(&json);
    json_end(&json);
    json_end(&json);
}

static void write_fault(const HttpRequest *request, HttpResponse *response, int status,
                        const char *message)
{
    (void)request;
    write_error(response, status, message);
}

static const char *method_name(IdentityMethod method)
{
    static const char *const NAMES[] = {
        [IDENTITY_HEADER] = "gateway",    [IDENTITY_PLAIN] = "header",
        [IDENTITY_DEFAULT] = "default",   [IDENTITY_TOKEN] = "token",
        [IDENTITY_PASSWORD] = "password", [IDENTITY_SESSION] = "session"};
    return NAMES[method];
}

static void write_caller(JsonWriter *json, const Identity *caller)
{
    json_member_string(json, "method", method_name(caller->method));
    json_member_string(json, "org_id", caller->org_id);
    json_member_string(json, "account_number", caller->account_number);
    json_member_string(json, "username", caller->username);
    json_member_string(json, "email", caller->email);
    json_member_bool(json, "is_org_admin", caller->is_org_admin);
    json_write_key(json, "groups");
    json_begin_array(json);
    for (const char *const *group = caller->groups; *group != NULL; group++) {
        json_write_string(json, *group);
    }
    json_end(json);
}

/* How one may sign in here. */
static void write_means(JsonWriter *json, Gate *gate, Arena *arena)
{
    Issuer *issuer = gate_issuer(gate);
    const Config *config = gate_config(gate);
    json_write_key(json, "sign_in");
    json_begin_object(json);
    json_member_bool(json, "password", gate_has_users(gate));
    json_write_key(json, "oidc");
    if (issuer != NULL) {
        IssuerEndpoints endpoints;
        issuer_endpoints(issuer, arena, &endpoints);
        json_begin_object(json);
        json_member_string(json, "issuer", config->oidc_issuer);
        json_member_string(json, "client_id", config->oidc_client_id);
        json_member_string(json, "authorization_endpoint", endpoints.authorization);
        json_member_string(json, "token_endpoint", endpoints.token);
        json_member_string(json, "end_session_endpoint", endpoints.end_session);
        json_end(json);
    } else {
        json_write_null(json);
    }
    json_end(json);
}

/* `caller` is NULL when nobody is signed in; `reason` then says why. */
static void write_me(Gate *gate, Arena *arena, const Identity *caller, const char *reason,
                     HttpResponse *response)
{
    JsonWriter json = json_writer(response->body);
    json_begin_object(&json);
    json_member_bool(&json, "authenticated", caller != NULL);
    if (caller != NULL) {
        write_caller(&json, caller);
    } else {
        json_member_string(&json, "reason", reason);
    }
    write_means(&json, gate, arena);
    json_end(&json);
    http_response_header(response, "Cache-Control", "no-store");
}

static void get_me(void *context, HttpRequest *request, HttpResponse *response)
{
    Error error = {0};
    Identity caller;
    bool known = identity_read(request, &caller, &error);
    write_me(context, request->arena, known ? &caller : NULL, error.message, response);
}

/* The cookie is out of reach of scripts, and goes with requests of this site's own pages only. */
static void set_cookie(const HttpRequest *request, HttpResponse *response, const char *value,
                       int seconds)
{
    const char *scheme = http_request_header(request, "x-forwarded-proto");
    bool tls = scheme != NULL && strncasecmp(scheme, "https", 5) == 0;
    http_response_header(response, "Set-Cookie",
                         arena_printf(request->arena,
                                      SESSION_COOKIE
                                      "=%s; Path=/; Max-Age=%d; HttpOnly; SameSite=Strict%s",
                                      value, seconds, tls ? "; Secure" : ""));
}

/* The name and password of the body; false when the answer is written already. */
static bool read_body(const HttpRequest *request, HttpResponse *response, const char **name,
                      const char **password)
{
    Error error = {0};
    json_t *body = json_parse(request->arena, request->body, request->body_length, &error);
    *name = json_get_string(body, "username");
    *password = json_get_string(body, "password");
    if (*name == NULL || *password == NULL) {
        write_error(response, 400,
                    "the body must be {\"username\": \"…\", \"password\": \"…\"} in JSON");
    }
    return *name != NULL && *password != NULL;
}

static void open_session(Gate *gate, HttpRequest *request, HttpResponse *response, const User *user)
{
    Error error = {0};
    int seconds = gate_config(gate)->session_hours * HOUR;
    const char *value = session_make(request->arena, gate_config(gate), user,
                                     clock_now() / 1000000 + seconds, &error);
    if (value == NULL) {
        log_error("identity", "%s", error.message);
        write_error(response, 500, "the session can't be signed; the log tells why");
        return;
    }
    Identity caller = identity_of_user(&(IdentityUser){.org_id = user->org_id,
                                                       .account_number = user->account_number,
                                                       .username = user->name,
                                                       .email = user->email,
                                                       .groups = user->groups,
                                                       .is_org_admin = user->is_org_admin,
                                                       .method = IDENTITY_SESSION});
    set_cookie(request, response, value, seconds);
    write_me(gate, request->arena, &caller, "", response);
}

static void post_sign_in(void *context, HttpRequest *request, HttpResponse *response)
{
    Gate *gate = context;
    const char *name, *password;
    User user;
    int wait;
    if (!gate_has_users(gate)) {
        write_error(response, 404, "there are no local users; kontor user add makes one");
    } else if (gate_cross_site(request)) {
        write_error(response, 403, "a page of another origin sent this request");
    } else if (!read_body(request, response, &name, &password)) {
        return;
    } else if (gate_sign_in(gate, request->arena, request->remote_address, name, password, &user,
                            &wait)) {
        open_session(gate, request, response, &user);
    } else if (wait > 0) {
        http_response_header(response, "Retry-After", arena_printf(request->arena, "%d", wait));
        write_error(response, 429, "too many failed sign-ins; try again in a minute");
    } else {
        write_error(response, 401, "name or password is wrong");
    }
}

static void post_sign_out(void *context, HttpRequest *request, HttpResponse *response)
{
    (void)context;
    if (gate_cross_site(request)) {
        write_error(response, 403, "a page of another origin sent this request");
        return;
    }
    set_cookie(request, response, "", 0);
    response->status = 204;
}

void sign_in_mount(HttpServer *server, Gate *gate)
{
    static const HttpRoute ROUTES[] = {
        {"POST", PREFIX "/sign-in", post_sign_in},
        {"POST", PREFIX "/sign-out", post_sign_out},
        {"GET", PREFIX "/me", get_me},
        {NULL, NULL, NULL},
    };
    /* Each path alone: the rest below the prefix belongs to others. */
    for (const HttpRoute *route = ROUTES; route->method != NULL; route++) {
        http_server_mount(server, route->pattern, ROUTES, write_fault, gate);
    }
}
