/* Cost models and price lists (koku-api.md §1.7): what is added to the costs of clouds, and what
 * usage of clusters costs. */
#ifndef KONTOR_COST_MODELS_COST_MODELS_H
#define KONTOR_COST_MODELS_COST_MODELS_H

#include "cost_api/call.h"
#include "cost_api/cost_api.h"

/* Adds the routes of this room, and what openapi.json tells of them. */
void cost_models_add(CostApi *api);

/* The cost models of the tenant's providers: columns provider_uuid and [{"name", "uuid"}]. NULL
 * with *missing when the tenant has no tables; else the answer is written already. */
DbResult *cost_models_by_provider(CostCall *call, bool *missing);

#endif
