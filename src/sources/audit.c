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

DbResult *audit_read(Db *db, Arena *arena, const AuditQuery *query, Error *error)
{
    return DB_QUERY(db, arena, error,
                    "SELECT l.id,"
                    "       to_char(l.at AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"'),"
                    "       COALESCE(t.org_id, t.external_tenant), l.actor, l.remote_address,"
                    "       l.forwarded_for, l.request_id, l.action, l.resource, l.resource_id,"
                    "       l.changes"
                    "  FROM audit_log l"
                    "  LEFT JOIN tenants t ON t.id = l.tenant_id"
                    " WHERE ($1::text IS NULL OR t.org_id = $1)"
                    "   AND ($2::text IS NULL OR l.resource = $2)"
                    "   AND ($3::bigint IS NULL OR l.resource_id = $3)"
                    "   AND ($4::timestamptz IS NULL OR l.at >= $4)"
                    "   AND ($6::bigint IS NULL OR l.id < $6)"
                    " ORDER BY l.id DESC"
                    " LIMIT $5",
                    query->org_id, query->resource, query->resource_id, query->since,
                    arena_printf(arena, "%d", query->limit), query->before);
}
