#include "settings/settings.h"

void settings_add(CostApi *api)
{
    cost_api_add(api, ACCOUNT_SETTINGS_ROUTES);
    cost_api_add(api, KEY_SETTINGS_ROUTES);
}
