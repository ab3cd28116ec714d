#include "reports/tenant.h"

#include "cost_api/call.h"

bool tenant_known_keys(Db *db, Arena *arena, const ReportType *type, const char *schema,
                       KnownKey **keys, int *count, Error *error)
{
    const char *quoted = db_identifier(arena, schema);
    const char *sql = arena_printf(arena,
                                   "SELECT 'tag:', key, true\n"
                                   "  FROM %s.reporting_enabledtagkeys\n"
                                   " WHERE provider_type = ANY ($1::text[])\n"
                                   " UNION ALL\n"
                                   "SELECT 'aws_category:', key, enabled\n"
                                   "  FROM %s.reporting_awsenabledcategorykeys",
                                   quoted, quoted);
    *keys = NULL;
    *count = 0;
    DbResult *result = DB_QUERY(db, arena, error, sql, type->provider_types);
    if (result == NULL) {
        return tenant_is_missing(db);
    }
    *count = db_row_count(result);
    *keys = arena_array(arena, (size_t)*count, sizeof **keys);
    for (int i = 0; i < *count; i++) {
        (*keys)[i] = (KnownKey){.prefix = db_text(result, i, 0),
                                .key = db_text(result, i, 1),
                                .enabled = db_bool(result, i, 2)};
    }
    return true;
}
