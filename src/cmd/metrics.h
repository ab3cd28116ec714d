/* GET /metrics: for Prometheus. */
#ifndef KONTOR_CMD_METRICS_H
#define KONTOR_CMD_METRICS_H

#include "db/database.h"
#include "net/http_server.h"

typedef struct Metrics {
    HttpServer *server;
    Database *database;
} Metrics;

/* Adds the route; `metrics` must outlive the server. */
void metrics_mount(HttpServer *server, Metrics *metrics);

#endif
