#include "sources/cost_view.h"

#include <string.h>

static const char SQL[] =
    "SELECT s.id, s.uid, s.name, t.name, s.source_ref,"
    "       s.paused_at IS NOT NULL OR a.paused_at IS NOT NULL,"
    "       to_char(s.created_at, 'YYYY-MM-DD HH24:MI:SS'),"
    "       to_char(GREATEST(s.updated_at, a.updated_at), 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"'),"
    "       a.id, a.extra, h.id, h.authtype, h.username, h.extra"
    "  FROM tenants n"
    "  JOIN sources s ON s.tenant_id = n.id"
    "  JOIN source_types t ON t.id = s.source_type_id"
    "  LEFT JOIN applications a"
    "    ON a.source_id = s.id"
    "   AND a.application_type_id = (SELECT y.id FROM application_types y"
    "                                 WHERE y.name = '/insights/platform/cost-management')"
    "  LEFT JOIN LATERAL (SELECT *"
    "                       FROM authentications x"
    "                      WHERE x.source_id = s.id"
    "                        AND (x.resource_type = 'Source'"
    "                             OR (x.resource_type = 'Application' AND x.resource_id = a.id))"
    "                      ORDER BY x.resource_type = 'Application' DESC, x.id DESC"
    "                      LIMIT 1) h"
    "    ON true"
    " WHERE n.org_id = $1"
    "   AND s.user_id IS NULL"
    "   AND t.name IN ('amazon', 'azure', 'google', 'openshift')"
    "   AND ($2::text IS NULL OR s.id::text = $2 OR s.uid = lower($2))"
    " ORDER BY s.id";

bool cost_view_read(Db *db, Arena *arena, const char *org_id, const char *key, CostSource **sources,
                    int *count, Error *error)
{
    DbResult *rows = DB_QUERY(db, arena, error, SQL, org_id, key);
    *count = rows != NULL ? db_row_count(rows) : 0;
    *sources = arena_array(arena, (size_t)*count + 1, sizeof **sources);
    for (int i = 0; i < *count; i++) {
        (*sources)[i] = (CostSource){.id = db_text(rows, i, 0),
                                     .uid = db_text(rows, i, 1),
                                     .name = db_text(rows, i, 2),
                                     .type = db_text(rows, i, 3),
                                     .source_ref = db_text(rows, i, 4),
                                     .paused = db_bool(rows, i, 5),
                                     .created = db_text(rows, i, 6),
                                     .updated = db_text(rows, i, 7),
                                     .application_id = db_text(rows, i, 8),
                                     .extra = db_text(rows, i, 9),
                                     .authentication_id = db_text(rows, i, 10),
                                     .authtype = db_text(rows, i, 11),
                                     .username = db_text(rows, i, 12),
                                     .authentication_extra = db_text(rows, i, 13)};
    }
    return rows != NULL;
}
