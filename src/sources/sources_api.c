#include "sources/sources_api.h"

#include <stdlib.h>
#include <string.h>

#include "sources/access.h"
#include "sources/catalogue.h"
#include "sources/handlers.h"

enum {
    CATALOGUE_SLOTS = 64,
    CATALOGUE_ANSWER_MAX = 64 * 1024,
    CATALOGUE_SECONDS = 60, /* a newer server beside this one may bring a newer catalogue */
    CALLER_SLOTS = 1024,
    CALLER_MAX = 1024,
    CALLER_SECONDS = 10,
};

/* A route's handler for the HTTP server: the room's own, with connection and tenant. */
#define ROUTE(name, access)                                                                        \
    static void route_##name(void *api, HttpRequest *request, HttpResponse *response)              \
    {                                                                                              \
        call_run(api, request, response, access, name);                                            \
    }

ROUTE(source_types_list, CALL_OPEN)
ROUTE(source_types_get, CALL_OPEN)
ROUTE(application_types_list, CALL_OPEN)
ROUTE(application_types_get, CALL_OPEN)
ROUTE(application_types_meta_data, CALL_OPEN)
ROUTE(app_meta_data_list, CALL_OPEN)
ROUTE(app_meta_data_get, CALL_OPEN)
ROUTE(openapi_get, CALL_OPEN)

ROUTE(graphql_answer, CALL_READ)
ROUTE(sources_list, CALL_READ)
ROUTE(sources_get, CALL_READ)
ROUTE(sources_applications, CALL_READ)
ROUTE(sources_application_types, CALL_READ)
ROUTE(sources_authentications, CALL_READ)
ROUTE(sources_endpoints, CALL_READ)
ROUTE(sources_rhc_connections, CALL_READ)
ROUTE(source_types_sources, CALL_READ)
ROUTE(application_types_sources, CALL_READ)
ROUTE(applications_list, CALL_READ)
ROUTE(applications_get, CALL_READ)
ROUTE(applications_authentications, CALL_READ)
ROUTE(authentications_list, CALL_READ)
ROUTE(authentications_get, CALL_READ)
ROUTE(endpoints_list, CALL_READ)
ROUTE(endpoints_get, CALL_READ)
ROUTE(endpoints_authentications, CALL_READ)
ROUTE(application_authentications_list, CALL_READ)
ROUTE(application_authentications_get, CALL_READ)
ROUTE(application_authentications_authentications, CALL_READ)
ROUTE(rhc_connections_list, CALL_READ)
ROUTE(rhc_connections_sources, CALL_READ)
ROUTE(secrets_list, CALL_READ)
ROUTE(secrets_get, CALL_READ)
ROUTE(rhc_connections_get, CALL_READ)
ROUTE(sources_check_availability, CALL_READ)

ROUTE(sources_create, CALL_WRITE)
ROUTE(sources_update, CALL_WRITE)
ROUTE(sources_delete, CALL_WRITE)
ROUTE(sources_pause, CALL_WRITE)
ROUTE(sources_unpause, CALL_WRITE)
ROUTE(applications_create, CALL_WRITE)
ROUTE(applications_update, CALL_WRITE)
ROUTE(applications_delete, CALL_WRITE)
ROUTE(applications_pause, CALL_WRITE)
ROUTE(applications_unpause, CALL_WRITE)
ROUTE(authentications_create, CALL_WRITE)
ROUTE(authentications_update, CALL_WRITE)
ROUTE(authentications_delete, CALL_WRITE)
ROUTE(endpoints_create, CALL_WRITE)
ROUTE(endpoints_update, CALL_WRITE)
ROUTE(endpoints_delete, CALL_WRITE)
ROUTE(application_authentications_create, CALL_WRITE)
ROUTE(application_authentications_delete, CALL_WRITE)
ROUTE(rhc_connections_create, CALL_WRITE)
ROUTE(rhc_connections_update, CALL_WRITE)
ROUTE(rhc_connections_delete, CALL_WRITE)
ROUTE(secrets_create, CALL_WRITE)
ROUTE(secrets_update, CALL_WRITE)
ROUTE(secrets_delete, CALL_WRITE)
ROUTE(bulk_create, CALL_WRITE)

ROUTE(internal_authentication, CALL_INTERNAL)
ROUTE(internal_secret, CALL_INTERNAL)

ROUTE(internal_sources, CALL_INTERNAL_ALL)
ROUTE(internal_untranslated_tenants, CALL_INTERNAL_ALL)
ROUTE(internal_translate_tenants, CALL_INTERNAL_ALL)

/* Another service is asked. */
static void translate_tenants(void *context, HttpRequest *request, HttpResponse *response)
{
    (void)context;
    (void)request;
    response->apart = route_internal_translate_tenants;
}

#define V "/api/sources/{version}"

static const HttpRoute ROUTES[] = {
    {"GET", V "/openapi.json", route_openapi_get},
    {"GET", V "/source_types", route_source_types_list},
    {"GET", V "/source_types/{id}", route_source_types_get},
    {"GET", V "/source_types/{id}/sources", route_source_types_sources},
    {"GET", V "/application_types", route_application_types_list},
    {"GET", V "/application_types/{id}", route_application_types_get},
    {"GET", V "/application_types/{id}/sources", route_application_types_sources},
    {"GET", V "/application_types/{id}/app_meta_data", route_application_types_meta_data},
    {"GET", V "/app_meta_data", route_app_meta_data_list},
    {"GET", V "/app_meta_data/{id}", route_app_meta_data_get},
    {"GET", V "/sources", route_sources_list},
    {"POST", V "/sources", route_sources_create},
    {"GET", V "/sources/{id}", route_sources_get},
    {"PATCH", V "/sources/{id}", route_sources_update},
    {"DELETE", V "/sources/{id}", route_sources_delete},
    {"POST", V "/sources/{id}/pause", route_sources_pause},
    {"POST", V "/sources/{id}/unpause", route_sources_unpause},
    {"POST", V "/sources/{id}/check_availability", route_sources_check_availability},
    {"GET", V "/sources/{id}/applications", route_sources_applications},
    {"GET", V "/sources/{id}/application_types", route_sources_application_types},
    {"GET", V "/sources/{id}/authentications", route_sources_authentications},
    {"GET", V "/applications", route_applications_list},
    {"POST", V "/applications", route_applications_create},
    {"GET", V "/applications/{id}", route_applications_get},
    {"PATCH", V "/applications/{id}", route_applications_update},
    {"DELETE", V "/applications/{id}", route_applications_delete},
    {"POST", V "/applications/{id}/pause", route_applications_pause},
    {"POST", V "/applications/{id}/unpause", route_applications_unpause},
    {"GET", V "/applications/{id}/authentications", route_applications_authentications},
    {"GET", V "/authentications", route_authentications_list},
    {"POST", V "/authentications", route_authentications_create},
    {"GET", V "/authentications/{id}", route_authentications_get},
    {"PATCH", V "/authentications/{id}", route_authentications_update},
    {"DELETE", V "/authentications/{id}", route_authentications_delete},
    {"GET", V "/sources/{id}/endpoints", route_sources_endpoints},
    {"GET", V "/sources/{id}/rhc_connections", route_sources_rhc_connections},
    {"GET", V "/endpoints", route_endpoints_list},
    {"POST", V "/endpoints", route_endpoints_create},
    {"GET", V "/endpoints/{id}", route_endpoints_get},
    {"PATCH", V "/endpoints/{id}", route_endpoints_update},
    {"DELETE", V "/endpoints/{id}", route_endpoints_delete},
    {"GET", V "/endpoints/{id}/authentications", route_endpoints_authentications},
    {"GET", V "/application_authentications", route_application_authentications_list},
    {"POST", V "/application_authentications", route_application_authentications_create},
    {"GET", V "/application_authentications/{id}", route_application_authentications_get},
    {"DELETE", V "/application_authentications/{id}", route_application_authentications_delete},
    {"GET", V "/application_authentications/{id}/authentications",
     route_application_authentications_authentications},
    {"GET", V "/rhc_connections", route_rhc_connections_list},
    {"POST", V "/rhc_connections", route_rhc_connections_create},
    {"GET", V "/rhc_connections/{id}", route_rhc_connections_get},
    {"PATCH", V "/rhc_connections/{id}", route_rhc_connections_update},
    {"DELETE", V "/rhc_connections/{id}", route_rhc_connections_delete},
    {"GET", V "/rhc_connections/{id}/sources", route_rhc_connections_sources},
    {"GET", V "/secrets", route_secrets_list},
    {"POST", V "/secrets", route_secrets_create},
    {"GET", V "/secrets/{id}", route_secrets_get},
    {"PATCH", V "/secrets/{id}", route_secrets_update},
    {"DELETE", V "/secrets/{id}", route_secrets_delete},
    {"POST", V "/graphql", route_graphql_answer},
    {"POST", V "/bulk_create", route_bulk_create},
    {NULL, NULL, NULL},
};

#undef V
#define V "/internal/{version}"

static const HttpRoute INTERNAL_ROUTES[] = {
    {"GET", V "/authentications/{id}", route_internal_authentication},
    {"GET", V "/secrets/{id}", route_internal_secret},
    {"GET", V "/sources", route_internal_sources},
    {"GET", V "/untranslated-tenants", route_internal_untranslated_tenants},
    {"POST", V "/translate-tenants", translate_tenants},
    {NULL, NULL, NULL},
};

extern const char SOURCES_OPENAPI[]; /* openapi.json */

/* The document of the version that was asked for. */
void openapi_get(Call *call)
{
    static const char PLACE[] = "{version}";
    const char *at = SOURCES_OPENAPI, *found;
    while ((found = strstr(at, PLACE)) != NULL) {
        buffer_append(call->response->body, at, (size_t)(found - at));
        buffer_append_text(call->response->body, call->request->path_parameters[0]);
        at = found + sizeof PLACE - 1;
    }
    buffer_append_text(call->response->body, at);
}

const HttpRoute *sources_api_routes(void)
{
    return ROUTES;
}

SourcesApi *sources_api_new(DbPool *sources, const Config *config, Error *error)
{
    Db *db = db_pool_take(sources, error);
    bool seeded = db != NULL && catalogue_seed(db, error);
    db_pool_give(sources, db);
    if (!seeded) {
        return NULL;
    }
    SourcesApi *api = calloc(1, sizeof *api);
    if (api == NULL) {
        error_set(error, ERROR_INTERNAL, "out of memory");
        return NULL;
    }
    api->pool = sources;
    api->config = config;
    api->catalogue = memo_new(CATALOGUE_SLOTS, CATALOGUE_ANSWER_MAX, CATALOGUE_SECONDS);
    api->callers = memo_new(CALLER_SLOTS, CALLER_MAX, CALLER_SECONDS);
    if (api->catalogue == NULL || api->callers == NULL) {
        sources_api_free(api);
        error_set(error, ERROR_INTERNAL, "out of memory");
        return NULL;
    }
    return api;
}

void sources_api_free(SourcesApi *api)
{
    if (api != NULL) {
        memo_free(api->catalogue);
        memo_free(api->callers);
        free(api);
    }
}

void sources_api_keep_uids(SourcesApi *api)
{
    api->keeps_uids = true;
}

void sources_api_mount(HttpServer *server, SourcesApi *api)
{
    http_server_mount(server, "/api/sources", ROUTES, call_error_writer, api);
    http_server_mount(server, "/internal", INTERNAL_ROUTES, call_error_writer, api);
}
