#include "cost_sources/cost_sources.h"

extern const char COST_SOURCES_OPENAPI[]; /* openapi.json */

void cost_sources_add(CostApi *api)
{
    cost_api_add(api, SOURCE_LIST_ROUTES);
    cost_api_add(api, SOURCE_CHANGE_ROUTES);
    cost_api_add(api, SOURCE_CATALOGUE_ROUTES);
    cost_api_add(api, INGRESS_ROUTES);
    cost_api_describe(api, COST_SOURCES_OPENAPI);
}
