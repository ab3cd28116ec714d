#include "sources/audit.h"

bool audit_begin(Db *db, const AuditActor *actor, Error *error)
{
    return DB_POST(db, error,
                   "SELECT set_config('kontor.actor', $1, TRUE),"
                   "       set_config('kontor.remote_address', $2, TRUE),"
                   "       set_config('kontor.forwarded_for', $3, TRUE),"
                   "       set_config('kontor.request_id', $4, TRUE)",
                   actor->name, actor->remote_address, actor->forwarded_for, actor->request_id);
}

bool audit_begin_reading(Db *db, Error *error)
{
    return db_begin_later(db, error) &&
           DB_POST(db, error, "SELECT set_config('plan_cache_mode', 'force_custom_plan', TRUE)");
}

const char *audit_lookup(Db *db, Arena *arena, const char *sql, const char *org_id, Error *error)
{
    DbResult *rows = DB_QUERY(db, arena, error, sql, org_id);
    return rows == NULL ? NULL : db_row_count(rows) == 1 ? db_text(rows, 0, 0) : "";
}

DbResult *audit_read(Db *db, Arena *arena, const AuditQuery *query, Error *error)
{
    const char *tenant = NULL;
    if (query->org_id != NULL) {
        tenant = audit_lookup(db, arena,
                              "SELECT id"
                              "  FROM tenants"
                              " WHERE org_id = $1",
                              query->org_id, error);
        if (tenant == NULL) {
            return NULL;
        }
    }
    return DB_QUERY(db, arena, error,
                    "SELECT l.id, " AUDIT_TIME_COLUMNS ","
                    "       COALESCE(t.org_id, t.external_tenant), l.actor, l.remote_address,"
                    "       l.forwarded_for, l.request_id, l.action, l.resource, l.resource_id,"
                    "       CASE WHEN l.resource = 'sources'"
                    "            THEN COALESCE((SELECT s.name FROM sources s"
                    "                            WHERE s.id = l.resource_id),"
                    "                          l.changes ->> 'name') END,"
                    "       l.changes"
                    "  FROM audit_log l"
                    "  LEFT JOIN tenants t ON t.id = l.tenant_id"
                    " WHERE " AUDIT_CONDITIONS
                    "   AND ($6::text IS NULL OR l.tenant_id = NULLIF($6, '')::bigint)"
                    "   AND ($7::bigint IS NULL OR l.resource_id = $7)"
                    " ORDER BY l.id DESC"
                    " LIMIT $5",
                    query->resources, query->actor, query->since, query->before,
                    arena_printf(arena, "%d", query->limit), tenant, query->resource_id);
}
