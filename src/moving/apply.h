/* Brings an organisation of a document in: what is missing is made, what is otherwise is changed,
 * nothing is taken away. So a second time does nothing. */
#ifndef KONTOR_MOVING_APPLY_H
#define KONTOR_MOVING_APPLY_H

#include "moving/inside.h"
#include "moving/report.h"

typedef struct Apply {
    const Config *config;
    Inside *inside; /* begun for this organisation */
    Arena *arena;
    const json_t *tenant; /* of a document that was checked, its passwords opened */
    const char *org_id;
    MovingReport *report;
    /* A cost model or price list that the API refuses is told and left out; else it is an error. */
    bool lenient;
} Apply;

/* Sources with all that hangs on them, connections, secrets. */
bool apply_sources(Apply *apply, Error *error);

/* The customer, the providers of the sources, and settings. After apply_sources. */
bool apply_settings(Apply *apply, Error *error);

/* Price lists and cost models: the part of apply_settings that the API keeps. */
bool apply_cost_models(Apply *apply, Error *error);

/* A member of the tenant's settings, or NULL. */
json_t *apply_setting(const Apply *apply, const char *name);

/* Asks the API, and names the entry ("source \"production\"") in the Error. */
json_t *apply_ask(Apply *apply, const char *method, const char *path, const json_t *body,
                  const char *what, Error *error);

/* A new object with those of the members (`names` ends with NULL) that are there and not null. */
json_t *apply_pick(Apply *apply, const json_t *entry, const char *const *names);

/* The same of those that `there` has otherwise. */
json_t *apply_differing(Apply *apply, const json_t *entry, const json_t *there,
                        const char *const *names);

#endif
