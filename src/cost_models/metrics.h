/* What rates of cost models are for (koku-api.md §1.7). */
#ifndef KONTOR_COST_MODELS_METRICS_H
#define KONTOR_COST_MODELS_METRICS_H

#include "net/http_server.h"

typedef struct Metric {
    const char *name;
    const char *label;       /* "CPU" */
    const char *measurement; /* "Request" */
    const char *unit;        /* "core-hours" */
    const char *cost_type;   /* of a rate that names none */
} Metric;

/* The one of that name; NULL when there is none. */
const Metric *metric_find(const char *name);

extern const HttpRoute METRIC_ROUTES[];

#endif
