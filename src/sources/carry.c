#include "sources/carry.h"

DbResult *sources_carry_tenants(Db *db, Arena *arena, Error *error)
{
    return DB_QUERY(db, arena, error,
                    "SELECT org_id, COALESCE(external_tenant, '')"
                    "  FROM tenants"
                    " WHERE org_id IS NOT NULL"
                    " ORDER BY org_id");
}

#define ENDPOINTS_JSON                                                                             \
    "COALESCE((SELECT jsonb_agg(jsonb_build_object("                                               \
    "                     'id', e.id::text, 'default', e.\"default\", 'role', e.role,"             \
    "                     'scheme', e.scheme, 'host', e.host, 'port', e.port, 'path', e.path,"     \
    "                     'receptor_node', e.receptor_node, 'verify_ssl', e.verify_ssl,"           \
    "                     'certificate_authority', e.certificate_authority)"                       \
    "                     ORDER BY e.\"default\" DESC, e.id)"                                      \
    "            FROM endpoints e"                                                                 \
    "           WHERE e.source_id = s.id), '[]')"

#define APPLICATIONS_JSON                                                                          \
    "COALESCE((SELECT jsonb_agg(jsonb_build_object("                                               \
    "                     'id', a.id::text, 'application_type', at.name, 'extra', a.extra,"        \
    "                     'paused', a.paused_at IS NOT NULL,"                                      \
    "                     'authentication_ids', COALESCE(("                                        \
    "                         SELECT jsonb_agg(l.authentication_id::text"                          \
    "                                          ORDER BY l.authentication_id)"                      \
    "                           FROM application_authentications l"                                \
    "                           JOIN authentications h ON h.id = l.authentication_id"              \
    "                          WHERE l.application_id = a.id"                                      \
    "                            AND h.source_id = s.id"                                           \
    "                            AND l.user_id IS NULL AND h.user_id IS NULL), '[]'))"             \
    "                     ORDER BY a.id)"                                                          \
    "            FROM applications a"                                                              \
    "            JOIN application_types at ON at.id = a.application_type_id"                       \
    "           WHERE a.source_id = s.id AND a.user_id IS NULL), '[]')"

#define AUTHENTICATIONS_JSON                                                                       \
    "COALESCE((SELECT jsonb_agg(jsonb_build_object("                                               \
    "                     'id', h.id::text, 'resource_type', h.resource_type,"                     \
    "                     'resource_id', h.resource_id::text, 'name', h.name,"                     \
    "                     'authtype', h.authtype, 'username', h.username, 'extra', h.extra,"       \
    "                     'password', h.password)"                                                 \
    "                     ORDER BY h.id)"                                                          \
    "            FROM authentications h"                                                           \
    "           WHERE h.source_id = s.id AND h.user_id IS NULL"                                    \
    "             AND h.resource_type IN ('Source', 'Application', 'Endpoint')), '[]')"

const char *sources_carry_read(Db *db, Arena *arena, const char *org_id, Error *error)
{
    DbResult *rows = DB_QUERY(
        db, arena, error,
        "WITH tenant AS (SELECT id FROM tenants WHERE org_id = $1)"
        "SELECT jsonb_build_object("
        "  'sources', COALESCE(("
        "      SELECT jsonb_agg(jsonb_build_object("
        "                 'id', s.id::text, 'uid', s.uid, 'name', s.name, 'source_type', st.name,"
        "                 'version', s.version, 'imported', s.imported,"
        "                 'source_ref', s.source_ref,"
        "                 'app_creation_workflow', s.app_creation_workflow,"
        "                 'paused', s.paused_at IS NOT NULL,"
        "                 'endpoints', " ENDPOINTS_JSON ","
        "                 'applications', " APPLICATIONS_JSON ","
        "                 'authentications', " AUTHENTICATIONS_JSON ") ORDER BY s.id)"
        "        FROM sources s"
        "        JOIN source_types st ON st.id = s.source_type_id"
        "       WHERE s.tenant_id = (SELECT id FROM tenant) AND s.user_id IS NULL), '[]'),"
        "  'rhc_connections', COALESCE(("
        "      SELECT jsonb_agg(jsonb_build_object("
        "                 'id', c.id::text, 'rhc_id', c.rhc_id, 'extra', c.extra,"
        "                 'source_ids', ARRAY(SELECT l.source_id::text"
        "                                       FROM source_rhc_connections l"
        "                                       JOIN sources s ON s.id = l.source_id"
        "                                      WHERE l.rhc_connection_id = c.id"
        "                                        AND s.user_id IS NULL"
        "                                      ORDER BY l.source_id)) ORDER BY c.id)"
        "        FROM rhc_connections c"
        "       WHERE c.tenant_id = (SELECT id FROM tenant)), '[]'),"
        "  'secrets', COALESCE(("
        "      SELECT jsonb_agg(jsonb_build_object("
        "                 'id', h.id::text, 'name', h.name, 'authtype', h.authtype,"
        "                 'username', h.username, 'extra', h.extra, 'password', h.password)"
        "                 ORDER BY h.id)"
        "        FROM authentications h"
        "       WHERE h.tenant_id = (SELECT id FROM tenant) AND h.user_id IS NULL"
        "         AND h.resource_type = 'Tenant'), '[]'),"
        "  'of_users', (SELECT count(*) FROM sources"
        "                WHERE tenant_id = (SELECT id FROM tenant) AND user_id IS NOT NULL)"
        "            + (SELECT count(*) FROM applications"
        "                WHERE tenant_id = (SELECT id FROM tenant) AND user_id IS NOT NULL)"
        "            + (SELECT count(*) FROM authentications"
        "                WHERE tenant_id = (SELECT id FROM tenant) AND user_id IS NOT NULL))",
        org_id);
    return rows != NULL ? db_text(rows, 0, 0) : NULL;
}

const char *sources_carry_type(Db *db, Arena *arena, const char *table, const char *name,
                               Error *error)
{
    DbResult *rows = DB_QUERY(
        db, arena, error,
        arena_printf(arena, "SELECT id FROM %s WHERE name = $1", db_identifier(arena, table)),
        name);
    if (rows != NULL && db_row_count(rows) == 0) {
        error_set(error, ERROR_NOT_FOUND, "\"%s\" is none of the %s", name, table);
        return NULL;
    }
    return rows != NULL ? db_text(rows, 0, 0) : NULL;
}
