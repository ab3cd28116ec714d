#include "cost_api/data_version.h"

#include "cost_api/call.h"

#define NUMBERS "(SELECT string_agg(number::text, ',' ORDER BY number) FROM %s.kontor_data_version)"

bool data_version_read(Db *db, Arena *arena, const char *schema, const char **version, Error *error)
{
    *version = NULL;
    const char *sql = arena_printf(arena, "SELECT concat(" NUMBERS ", ';', " NUMBERS ")", "public",
                                   db_identifier(arena, schema));
    DbResult *rows = DB_QUERY(db, arena, error, sql);
    if (rows == NULL) {
        bool missing = tenant_is_missing(db);
        if (missing) {
            error_clear(error);
        }
        return missing;
    }
    *version = db_text(rows, 0, 0);
    return true;
}
