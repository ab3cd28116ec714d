#include "settings/settings.h"

#include "settings/exchange.h"

extern const char SETTINGS_OPENAPI[]; /* openapi.json */

void settings_add(CostApi *api)
{
    cost_api_add(api, DATA_RETENTION_ROUTES);
    cost_api_add(api, ACCOUNT_SETTINGS_ROUTES);
    cost_api_add(api, CURRENCY_ROUTES);
    cost_api_add(api, STATIC_RATE_ROUTES);
    cost_api_add(api, EXCHANGE_ROUTES);
    cost_api_add(api, TAG_MAPPING_ROUTES);
    cost_api_add(api, KEY_SETTINGS_ROUTES);
    cost_api_add(api, COST_GROUP_ROUTES);
    cost_api_describe(api, SETTINGS_OPENAPI);
}
