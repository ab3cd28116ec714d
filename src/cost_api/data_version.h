/* Whether what a tenant's answers are made of has changed (sql/koku/0004_data_version.sql). */
#ifndef KONTOR_COST_API_DATA_VERSION_H
#define KONTOR_COST_API_DATA_VERSION_H

#include "db/db.h"

/* Reads the version of the data of the tenant whose schema is `schema` (not quoted), and of what
 * all tenants share: a short text, in `arena`, that is another one after any change, by whatever
 * program. Read before the data, it is never newer than these. *version is NULL when the tenant
 * has no tables yet. */
bool data_version_read(Db *db, Arena *arena, const char *schema, const char **version,
                       Error *error);

#endif
