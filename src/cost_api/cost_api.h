/* The Cost Management API (/api/cost-management/v1) as the server sees it: the routes of all rooms
 * that answer it, with what their handlers are given. */
#ifndef KONTOR_COST_API_COST_API_H
#define KONTOR_COST_API_COST_API_H

#include <jansson.h>

#include "base/config.h"
#include "db/db.h"
#include "net/http_server.h"
#include "sources/sources_api.h"

typedef struct CostApi CostApi;

/* An API without routes. `koku` is the pool of that database; it and `config` must outlive the
 * API. */
CostApi *cost_api_new(DbPool *koku, const Config *config);
/* NULL is allowed. */
void cost_api_free(CostApi *api);

/* Where sources are: the pool of their database, and the Sources API, for changes. Both must
 * outlive the API. */
void cost_api_use_sources(CostApi *api, DbPool *pool, SourcesApi *sources);

/* From now on new cost models and price lists have the uuid that their body names, if it does: for
 * those that come from another installation. */
void cost_api_keep_uuids(CostApi *api);

/* Adds a room's routes: a table that ends with a NULL method. Their handlers' context is a
 * CostContext (cost_api/call.h). */
void cost_api_add(CostApi *api, const HttpRoute *routes);

/* Adds what openapi.json tells of a room's routes: an object with "paths" and "components", as JSON
 * text or as a tree, which is taken over (cost_api/openapi.h). Paths begin behind
 * /api/cost-management/v1. */
void cost_api_describe(CostApi *api, const char *part);
void cost_api_describe_tree(CostApi *api, json_t *part);

/* Adds the routes to a server that is not started yet. */
void cost_api_mount(HttpServer *server, CostApi *api);

/* Only those below a path, which must outlive the server: the rest is not served there. */
void cost_api_mount_below(HttpServer *server, CostApi *api, const char *path);

#endif
