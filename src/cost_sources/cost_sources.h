/* The sources face of the Cost Management API: sources/, source_types, application_types,
 * applications, over the rows of the Sources API (koku-api.md §1.11, masu.md §A.6). A source that
 * is made on either face shows on both; ids of types are this face's own. */
#ifndef KONTOR_COST_SOURCES_COST_SOURCES_H
#define KONTOR_COST_SOURCES_COST_SOURCES_H

#include "cost_api/cost_api.h"

/* Adds the routes, and what openapi.json tells of them. The API must know the Sources API
 * (cost_api_use_sources). */
void cost_sources_add(CostApi *api);

/* The tables of routes, a file each. */
extern const HttpRoute SOURCE_LIST_ROUTES[], SOURCE_CHANGE_ROUTES[], SOURCE_CATALOGUE_ROUTES[],
    INGRESS_ROUTES[];

#endif
