#include "cost_models/cost_models.h"

#include "cost_models/metrics.h"
#include "cost_models/models.h"
#include "cost_models/price_lists.h"

extern const char COST_MODELS_OPENAPI[]; /* openapi.json */

void cost_models_add(CostApi *api)
{
    cost_api_add(api, COST_MODEL_ROUTES);
    cost_api_add(api, PRICE_LIST_ROUTES);
    cost_api_add(api, METRIC_ROUTES);
    cost_api_describe(api, COST_MODELS_OPENAPI);
}

DbResult *cost_models_by_provider(CostCall *call, bool *missing)
{
    return call_query(call, missing,
                      "SELECT map.provider_uuid,"
                      "       json_agg(json_build_object('name', m.name, 'uuid', m.uuid)"
                      "                ORDER BY m.name)"
                      "  FROM {schema}.cost_model_map map"
                      "  JOIN {schema}.cost_model m ON m.uuid = map.cost_model_id"
                      " GROUP BY map.provider_uuid",
                      0, NULL);
}
