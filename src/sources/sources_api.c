#include "sources/sources_api.h"

#include <stdlib.h>
#include <string.h>

#include "base/date.h"
#include "sources/body.h"
#include "sources/catalogue.h"
#include "sources/handlers.h"

EventOrigin call_origin(const Call *call)
{
    return (EventOrigin){.org_id = call->tenant_org,
                         .account = call->tenant_account,
                         .identity = call->identity.encoded};
}

bool call_finish(Call *call, bool done)
{
    if (done && db_commit(call->db, &call->error)) {
        return true;
    }
    db_rollback(call->db);
    if (call->response->body->length == 0) {
        call_database_failed(call, &call->error);
    }
    return false;
}

const char *call_body_time(Call *call, const json_t *body, const char *name, bool *valid)
{
    const char *text = body_text(body, name);
    if (text == NULL) {
        return NULL;
    }
    Timestamp parsed;
    size_t length = strlen(text);
    size_t zone = length > 4 && text[length - 4] == ' ' ? 4 : 0; /* " UTC" or " GMT" */
    bool universal =
        zone == 0 || strcmp(text + length - 3, "UTC") == 0 || strcmp(text + length - 3, "GMT") == 0;
    if (!universal || !timestamp_parse(text, length - zone, &parsed)) {
        *valid = call_bad(call,
                          "the provided date is in an invalid format. Expected format: "
                          "\"2006-01-02 15:04:05 MST\" (field %s)",
                          name);
        return NULL;
    }
    char formatted[TIMESTAMP_TEXT_SIZE];
    return arena_strdup(call->arena, timestamp_format(parsed, true, formatted));
}

/* A route's handler for the HTTP server: the room's own, with connection and tenant. */
#define ROUTE_TENANTED(name)                                                                       \
    static void route_##name(void *api, HttpRequest *request, HttpResponse *response)              \
    {                                                                                              \
        call_run(api, request, response, true, name);                                              \
    }
#define ROUTE_OPEN(name)                                                                           \
    static void route_##name(void *api, HttpRequest *request, HttpResponse *response)              \
    {                                                                                              \
        call_run(api, request, response, false, name);                                             \
    }

ROUTE_OPEN(source_types_list)
ROUTE_OPEN(source_types_get)
ROUTE_TENANTED(source_types_sources)
ROUTE_OPEN(application_types_list)
ROUTE_OPEN(application_types_get)
ROUTE_TENANTED(application_types_sources)
ROUTE_OPEN(application_types_meta_data)
ROUTE_OPEN(app_meta_data_list)
ROUTE_OPEN(app_meta_data_get)
ROUTE_TENANTED(sources_list)
ROUTE_TENANTED(sources_get)
ROUTE_TENANTED(sources_create)
ROUTE_TENANTED(sources_update)
ROUTE_TENANTED(sources_delete)
ROUTE_TENANTED(sources_pause)
ROUTE_TENANTED(sources_unpause)
ROUTE_TENANTED(sources_check_availability)
ROUTE_TENANTED(sources_applications)
ROUTE_TENANTED(sources_application_types)
ROUTE_TENANTED(sources_authentications)
ROUTE_TENANTED(applications_list)
ROUTE_TENANTED(applications_get)
ROUTE_TENANTED(applications_create)
ROUTE_TENANTED(applications_update)
ROUTE_TENANTED(applications_delete)
ROUTE_TENANTED(applications_pause)
ROUTE_TENANTED(applications_unpause)
ROUTE_TENANTED(applications_authentications)
ROUTE_TENANTED(authentications_list)
ROUTE_TENANTED(authentications_get)
ROUTE_TENANTED(authentications_create)
ROUTE_TENANTED(authentications_update)
ROUTE_TENANTED(authentications_delete)
ROUTE_OPEN(openapi_get)

#define V "/api/sources/{version}"

static const HttpRoute ROUTES[] = {
    {"GET",    V "/openapi.json",                         route_openapi_get                 },
    {"GET",    V "/source_types",                         route_source_types_list           },
    {"GET",    V "/source_types/{id}",                    route_source_types_get            },
    {"GET",    V "/source_types/{id}/sources",            route_source_types_sources        },
    {"GET",    V "/application_types",                    route_application_types_list      },
    {"GET",    V "/application_types/{id}",               route_application_types_get       },
    {"GET",    V "/application_types/{id}/sources",       route_application_types_sources   },
    {"GET",    V "/application_types/{id}/app_meta_data", route_application_types_meta_data },
    {"GET",    V "/app_meta_data",                        route_app_meta_data_list          },
    {"GET",    V "/app_meta_data/{id}",                   route_app_meta_data_get           },
    {"GET",    V "/sources",                              route_sources_list                },
    {"POST",   V "/sources",                              route_sources_create              },
    {"GET",    V "/sources/{id}",                         route_sources_get                 },
    {"PATCH",  V "/sources/{id}",                         route_sources_update              },
    {"DELETE", V "/sources/{id}",                         route_sources_delete              },
    {"POST",   V "/sources/{id}/pause",                   route_sources_pause               },
    {"POST",   V "/sources/{id}/unpause",                 route_sources_unpause             },
    {"POST",   V "/sources/{id}/check_availability",      route_sources_check_availability  },
    {"GET",    V "/sources/{id}/applications",            route_sources_applications        },
    {"GET",    V "/sources/{id}/application_types",       route_sources_application_types   },
    {"GET",    V "/sources/{id}/authentications",         route_sources_authentications     },
    {"GET",    V "/applications",                         route_applications_list           },
    {"POST",   V "/applications",                         route_applications_create         },
    {"GET",    V "/applications/{id}",                    route_applications_get            },
    {"PATCH",  V "/applications/{id}",                    route_applications_update         },
    {"DELETE", V "/applications/{id}",                    route_applications_delete         },
    {"POST",   V "/applications/{id}/pause",              route_applications_pause          },
    {"POST",   V "/applications/{id}/unpause",            route_applications_unpause        },
    {"GET",    V "/applications/{id}/authentications",    route_applications_authentications},
    {"GET",    V "/authentications",                      route_authentications_list        },
    {"POST",   V "/authentications",                      route_authentications_create      },
    {"GET",    V "/authentications/{id}",                 route_authentications_get         },
    {"PATCH",  V "/authentications/{id}",                 route_authentications_update      },
    {"DELETE", V "/authentications/{id}",                 route_authentications_delete      },
    {NULL,     NULL,                                      NULL                              },
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

SourcesApi *sources_api_new(DbPool *sources, const uint8_t secret_key[SECRET_KEY_SIZE],
                            Error *error)
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
    memcpy(api->secret_key, secret_key, SECRET_KEY_SIZE);
    return api;
}

void sources_api_free(SourcesApi *api)
{
    free(api);
}

void sources_api_mount(HttpServer *server, SourcesApi *api)
{
    http_server_mount(server, "/api/sources", ROUTES, call_error_writer, api);
}
