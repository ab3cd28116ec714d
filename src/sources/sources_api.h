/* The Sources API: /api/sources/{v1.0,v2.0,v3.0,v3.1}. */
#ifndef KONTOR_SOURCES_SOURCES_API_H
#define KONTOR_SOURCES_SOURCES_API_H

#include "base/config.h"
#include "db/db.h"
#include "net/http_server.h"

typedef struct SourcesApi SourcesApi;

/* Brings the catalogue of source types and application types in the database up to date and readies
 * the handlers. `sources` is the pool of the Sources database, `config` names keys and services;
 * both must outlive the API. NULL on failure. */
SourcesApi *sources_api_new(DbPool *sources, const Config *config, Error *error);
void sources_api_free(SourcesApi *api);

/* From now on new sources have the uid that their body names, if it does: for sources that come
 * from another installation with their providers. */
void sources_api_keep_uids(SourcesApi *api);

/* Adds the routes to a server that is not started yet. */
void sources_api_mount(HttpServer *server, SourcesApi *api);

#endif
