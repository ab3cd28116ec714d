#include "cost_api/cost_api.h"

#include "base/arena.h"
#include "base/json.h"
#include "base/log.h"
#include "cost_api/call.h"
#include "cost_api/openapi.h"

enum { ROUTES_FIRST = 64 };

struct CostApi {
    Arena *arena;
    CostContext context;
    json_t *document;  /* openapi.json, until it is served as text */
    HttpRoute *routes; /* ends with a NULL method */
    int count;
    int room;
};

CostApi *cost_api_new(DbPool *koku, const Config *config)
{
    Arena *arena = arena_new();
    CostApi *api = arena_alloc(arena, sizeof *api);
    *api = (CostApi){
        .arena = arena, .context = {.koku = koku, .config = config}, .room = ROUTES_FIRST};
    api->routes = arena_array(arena, (size_t)api->room, sizeof *api->routes);
    api->routes[0] = (HttpRoute){0};
    api->document = openapi_new();
    api->context.cache = answer_cache_new((size_t)config->answer_cache);
    return api;
}

void cost_api_free(CostApi *api)
{
    if (api != NULL) {
        json_decref(api->document);
        answer_cache_free(api->context.cache);
        arena_free(api->arena);
    }
}

void cost_api_use_sources(CostApi *api, DbPool *pool, SourcesApi *sources)
{
    api->context.sources_pool = pool;
    api->context.sources_api = sources;
}

static void make_room(CostApi *api)
{
    HttpRoute *larger = arena_array(api->arena, (size_t)api->room * 2, sizeof *larger);
    for (int i = 0; i < api->count; i++) {
        larger[i] = api->routes[i];
    }
    api->routes = larger;
    api->room *= 2;
}

void cost_api_keep_uuids(CostApi *api)
{
    api->context.keeps_uuids = true;
}

void cost_api_add(CostApi *api, const HttpRoute *routes)
{
    for (; routes->method != NULL; routes++) {
        if (api->count + 1 == api->room) {
            make_room(api);
        }
        api->routes[api->count++] = *routes;
        api->routes[api->count] = (HttpRoute){0};
    }
}

void cost_api_describe_tree(CostApi *api, json_t *part)
{
    openapi_add(api->document, part);
    json_decref(part);
}

void cost_api_describe(CostApi *api, const char *part)
{
    json_error_t error;
    json_t *tree = json_loads(part, 0, &error);
    if (tree == NULL) {
        log_error("cost_api", "a part of openapi.json is no JSON: line %d: %s", error.line,
                  error.text);
        return;
    }
    cost_api_describe_tree(api, tree);
}

static void get_openapi(void *context, HttpRequest *request, HttpResponse *response)
{
    const CostContext *cost = context;
    (void)request;
    buffer_append_text(response->body, cost->openapi);
}

static const HttpRoute OWN_ROUTES[] = {
    {"GET", COST_MANAGEMENT_API "/openapi.json", get_openapi},
    {NULL, NULL, NULL},
};

/* A wrong method in the words of the original (koku-api.md §5.3). */
static void write_error(const HttpRequest *request, HttpResponse *response, int status,
                        const char *message)
{
    const char *detail =
        status == 405 ? arena_printf(response->arena, "Method \"%s\" not allowed.", request->method)
                      : message;
    access_write_error(response, status, "detail", detail);
}

void cost_api_mount_below(HttpServer *server, CostApi *api, const char *path)
{
    http_server_mount(server, path, api->routes, write_error, &api->context);
}

void cost_api_mount(HttpServer *server, CostApi *api)
{
    cost_api_add(api, OWN_ROUTES);
    openapi_check(api->document, api->routes);
    api->context.openapi = json_text(api->arena, api->document);
    json_decref(api->document);
    api->document = NULL;
    http_server_mount(server, COST_MANAGEMENT_API, api->routes, write_error, &api->context);
}
