/* Settings of an organisation (koku-api.md §1.8): the currency and cost type that reports use when
 * none is asked for, and which tags and cost categories are read. */
#ifndef KONTOR_REPORTS_SETTINGS_H
#define KONTOR_REPORTS_SETTINGS_H

#include "db/db.h"
#include "net/http_server.h"

extern const HttpRoute ACCOUNT_SETTINGS_ROUTES[];
extern const HttpRoute KEY_SETTINGS_ROUTES[];

typedef struct AccountSettings {
    const char *currency;
    const char *cost_type;
} AccountSettings;

/* What the organisation of `schema` chose, and the defaults for what it did not choose, or when it
 * has no tables yet. */
bool account_settings_read(Db *db, Arena *arena, const char *schema, AccountSettings *settings,
                           Error *error);

#endif
