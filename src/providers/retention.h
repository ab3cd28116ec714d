/* How long data are kept (masu.md §C.8). */
#ifndef KONTOR_PROVIDERS_RETENTION_H
#define KONTOR_PROVIDERS_RETENTION_H

#include "base/config.h"
#include "db/db.h"

enum {
    RETENTION_DEFAULT = 4, /* calendar months, the current one included */
    RETENTION_LEAST = 3,
    RETENTION_MOST = 120,
};

/* Does the configuration say how long? Then nobody else does. */
bool retention_configured(const Config *config);

/* The months that are kept, given what the tenant wishes (0: nothing). */
int retention_months(const Config *config, int wished);

/* The same for the tenant whose schema is `schema` (not quoted), which need not have tables. */
bool retention_read(Db *db, Arena *arena, const Config *config, const char *schema, int *months,
                    Error *error);

#endif
