#include "web/web.h"

#include <isa-l.h>
#include <string.h>
#include <strings.h>

#include "cost_api/accept.h"
#include "web/assets.h"

/* No script, style or image but our own, no frame; nothing is sent elsewhere but to the identity
 * provider, where one is configured: the token comes from there. */
static const char POLICY[] =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'%s%.*s; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

static const char MISSING[] =
    "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>Kontor</title>"
    "<h1>Kontor is running</h1>"
    "<p>This program was built without its web interface. To get it, run "
    "<code>scripts/setup-ui.sh</code> (it needs node 18 or later, or fetches one) and "
    "<code>make</code> again.</p>"
    "<p>The APIs are at <code>/api/cost-management/v1</code> and <code>/api/sources/v3.1</code>."
    "</p></html>";

static const WebAsset *find_asset(const char *path)
{
    for (const WebAsset *asset = WEB_ASSETS; asset->path != NULL; asset++) {
        if (strcmp(asset->path, path) == 0) {
            return asset;
        }
    }
    return NULL;
}

/* Does If-None-Match name this ETag? Weak or strong makes no difference to it (RFC 9110 §13.1.2).
 */
static bool client_has(const HttpRequest *request, const char *etag)
{
    const char *header = http_request_header(request, "If-None-Match");
    return header != NULL && (strcmp(header, "*") == 0 || strstr(header, etag) != NULL);
}

static void append_plain(HttpResponse *response, const WebAsset *asset)
{
    struct inflate_state state;
    isal_inflate_init(&state);
    state.crc_flag = ISAL_GZIP;
    state.next_in = (uint8_t *)asset->packed;
    state.avail_in = (uint32_t)asset->packed_length;
    state.next_out = (uint8_t *)buffer_reserve(response->body, asset->plain_length);
    state.avail_out = (uint32_t)asset->plain_length;
    isal_inflate(&state);
    buffer_grew(response->body, asset->plain_length - state.avail_out);
}

/* "https://sso.example.com" of "https://sso.example.com/realms/x". */
static const char *policy(Arena *arena, const Config *config)
{
    const char *issuer = config->oidc_issuer;
    const char *host = issuer != NULL ? strstr(issuer, "://") : NULL;
    size_t origin = host != NULL ? (size_t)(host - issuer) + 3 + strcspn(host + 3, "/;, '\"") : 0;
    return arena_printf(arena, POLICY, origin > 0 ? " " : "", (int)origin,
                        origin > 0 ? issuer : "");
}

static void answer_asset(const Config *config, HttpRequest *request, HttpResponse *response,
                         const WebAsset *asset, bool immutable)
{
    bool packed = accept_gzip(http_request_header(request, "Accept-Encoding"));
    const char *etag =
        arena_printf(request->arena, "\"%s%s\"", asset->digest, packed ? "-gzip" : "");
    http_response_header(response, "ETag", etag);
    http_response_header(response, "Vary", "Accept-Encoding");
    http_response_header(response, "Cache-Control",
                         immutable ? "public, max-age=31536000, immutable" : "no-cache");
    http_response_header(response, "Content-Security-Policy", policy(request->arena, config));
    http_response_header(response, "Referrer-Policy", "no-referrer");
    http_response_header(response, "X-Frame-Options", "DENY");
    http_response_header(response, "Cross-Origin-Opener-Policy", "same-origin");
    response->content_type = asset->type;
    if (client_has(request, etag)) {
        response->status = 304;
    } else if (packed) {
        http_response_header(response, "Content-Encoding", "gzip");
        buffer_append(response->body, (const char *)asset->packed, asset->packed_length);
    } else {
        append_plain(response, asset);
    }
}

/* All pages are one: which it is, the address tells the script. */
static void get_page(void *context, HttpRequest *request, HttpResponse *response)
{
    const WebAsset *asset = find_asset("/index.html");
    if (asset != NULL) {
        answer_asset(context, request, response, asset, false);
        return;
    }
    response->content_type = "text/html; charset=utf-8";
    http_response_header(response, "Cache-Control", "no-store");
    http_response_header(response, "Content-Security-Policy", "default-src 'none'");
    buffer_append_text(response->body, MISSING);
}

static void write_error(const HttpRequest *request, HttpResponse *response, int status,
                        const char *message)
{
    (void)request;
    response->status = status;
    response->content_type = "text/plain; charset=utf-8";
    buffer_printf(response->body, "%s\n", message);
}

static void get_file(void *context, HttpRequest *request, HttpResponse *response)
{
    const WebAsset *asset = find_asset(request->path);
    if (asset == NULL) {
        write_error(request, response, 404, "there is no such file; reload the page");
        return;
    }
    answer_asset(context, request, response, asset, strncmp(request->path, "/assets/", 8) == 0);
}

static void go_home(void *context, HttpRequest *request, HttpResponse *response)
{
    (void)context;
    (void)request;
    response->status = 302;
    response->content_type = NULL;
    http_response_header(response, "Location", "/");
}

static const HttpRoute ROUTES[] = {
    {"GET", "/", get_page},
    {"GET", "/explore", get_page},
    {"GET", "/sources", get_page},
    {"GET", "/sources/{id}", get_page},
    {"GET", "/cost-models", get_page},
    {"GET", "/cost-models/{uuid}", get_page},
    {"GET", "/price-lists", get_page},
    {"GET", "/price-lists/{uuid}", get_page},
    {"GET", "/settings", get_page},
    {"GET", "/settings/{tab}", get_page},
    {"GET", "/activity", get_page},
    {"GET", "/start", get_page},
    {"GET", "/sign-in", get_page},
    {"GET", "/favicon.svg", get_file},
    {"GET", "/assets/{name}", get_file},
    {NULL, NULL, NULL},
};

/* Bookmarks of the peer's interface. */
static const HttpRoute PEER_ROUTES[] = {
    {"GET", "/openshift/cost-management", go_home},
    {"GET", "/openshift/cost-management/{a}", go_home},
    {"GET", "/openshift/cost-management/{a}/{b}", go_home},
    {"GET", "/openshift/cost-management/{a}/{b}/{c}", go_home},
    {"GET", "/openshift/cost-management/{a}/{b}/{c}/{d}", go_home},
    {NULL, NULL, NULL},
};

void web_mount(HttpServer *server, const Config *config)
{
    http_server_mount(server, "", ROUTES, write_error, (void *)config);
    http_server_mount(server, "/openshift/cost-management", PEER_ROUTES, write_error, NULL);
}
