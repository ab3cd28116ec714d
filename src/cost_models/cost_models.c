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
