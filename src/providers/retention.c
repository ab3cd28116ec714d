#include "providers/retention.h"

#include <string.h>

bool retention_configured(const Config *config)
{
    return config->retention_months != RETENTION_DEFAULT;
}

int retention_months(const Config *config, int wished)
{
    return retention_configured(config) || wished == 0 ? config->retention_months : wished;
}

bool retention_read(Db *db, Arena *arena, const Config *config, const char *schema, int *months,
                    Error *error)
{
    static const char INVALID_SCHEMA[] = "3F000", UNDEFINED_TABLE[] = "42P01";
    *months = config->retention_months;
    if (retention_configured(config)) {
        return true;
    }
    DbResult *rows =
        DB_QUERY(db, arena, error,
                 arena_printf(arena, "SELECT data_retention_months FROM %s.tenant_settings",
                              db_identifier(arena, schema)));
    if (rows == NULL && (strcmp(db_sqlstate(db), INVALID_SCHEMA) == 0 ||
                         strcmp(db_sqlstate(db), UNDEFINED_TABLE) == 0)) {
        error_clear(error);
        return true;
    }
    if (rows != NULL && db_row_count(rows) > 0) {
        *months = (int)db_int(rows, 0, 0);
    }
    return rows != NULL;
}
