#include "cost_api/cost_api.h"

#include "base/arena.h"
#include "cost_api/call.h"

enum { ROUTES_FIRST = 64 };

struct CostApi {
    Arena *arena;
    CostContext context;
    HttpRoute *routes; /* ends with a NULL method */
    int count;
    int room;
};

CostApi *cost_api_new(DbPool *koku, const Config *config)
{
    Arena *arena = arena_new();
    CostApi *api = arena_alloc(arena, sizeof *api);
    *api = (CostApi){.arena = arena, .context = {koku, config}, .room = ROUTES_FIRST};
    api->routes = arena_array(arena, (size_t)api->room, sizeof *api->routes);
    api->routes[0] = (HttpRoute){0};
    return api;
}

void cost_api_free(CostApi *api)
{
    if (api != NULL) {
        arena_free(api->arena);
    }
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

static void write_error(HttpResponse *response, int status, const char *message)
{
    access_write_error(response, status, "detail", message);
}

void cost_api_mount(HttpServer *server, CostApi *api)
{
    http_server_mount(server, COST_MANAGEMENT_API, api->routes, write_error, &api->context);
}
