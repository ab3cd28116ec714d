/* The Cost Management API: /api/cost-management/v1. */
#ifndef KONTOR_REPORTS_REPORTS_API_H
#define KONTOR_REPORTS_REPORTS_API_H

#include "base/config.h"
#include "db/db.h"
#include "net/http_server.h"

typedef struct ReportsApi ReportsApi;

/* Readies the handlers. `koku` is the pool of that database; it and `config` must outlive the
 * API. NULL on failure. */
ReportsApi *reports_api_new(DbPool *koku, const Config *config, Error *error);
void reports_api_free(ReportsApi *api);

/* Adds the routes to a server that is not started yet. */
void reports_api_mount(HttpServer *server, ReportsApi *api);

#endif
