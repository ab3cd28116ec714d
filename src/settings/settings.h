/* Settings of an organisation (koku-api.md §1.8): the currency and cost type that reports use when
 * none is asked for, and which tags and cost categories are read. */
#ifndef KONTOR_SETTINGS_SETTINGS_H
#define KONTOR_SETTINGS_SETTINGS_H

#include "cost_api/cost_api.h"
#include "db/db.h"

extern const HttpRoute ACCOUNT_SETTINGS_ROUTES[];
extern const HttpRoute KEY_SETTINGS_ROUTES[];
extern const HttpRoute DATA_RETENTION_ROUTES[];
extern const HttpRoute CURRENCY_ROUTES[];
extern const HttpRoute STATIC_RATE_ROUTES[];
extern const HttpRoute TAG_MAPPING_ROUTES[];
extern const HttpRoute COST_GROUP_ROUTES[];

typedef struct AccountSettings {
    const char *currency;
    const char *cost_type;
    const char *enabled_currencies; /* "EUR,USD"; NULL: those that are enabled at first */
    int retention_months;           /* as wished; 0: nothing was */
} AccountSettings;

/* Adds the routes of this room. */
void settings_add(CostApi *api);

/* What the organisation of `schema` chose, and the defaults for what it did not choose, or when it
 * has no tables yet. */
bool account_settings_read(Db *db, Arena *arena, const char *schema, AccountSettings *settings,
                           Error *error);

/* How many calendar months are kept, the current one included. */
int account_retention(const Config *config, const AccountSettings *settings);

#endif
