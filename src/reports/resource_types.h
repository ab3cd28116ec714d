/* resource-types/: what the tenant has, which interfaces offer while one types (koku-api.md
 * §1.4). */
#ifndef KONTOR_REPORTS_RESOURCE_TYPES_H
#define KONTOR_REPORTS_RESOURCE_TYPES_H

#include "cost_api/cost_api.h"

/* Adds the routes, and what openapi.json tells of them. */
void resource_types_add(CostApi *api);

#endif
