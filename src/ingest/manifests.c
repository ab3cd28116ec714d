#include "ingest/manifests.h"

/* Filters by their names: $n is the value. */
static const struct {
    const char *name;
    const char *condition;
} FILTERS[] = {
    {"provider_uuid", "p.uuid::text = lower($)"},
    {"name", "strpos(lower(p.name), lower($)) > 0"},
    {"type", "lower(p.type) = lower($)"},
    {"schema_name", "c.schema_name = $"},
    {"org_id", "c.org_id = $"},
    {"account_id", "c.account_id = $"},
    {"assembly_id", "m.assembly_id = $"},
    {"billing_period", "to_char(m.billing_period_start_datetime, 'YYYY-MM') = left($, 7)"},
    {"started", "(m.state ? 'download')::text = lower($)"},
    {"running", "(m.state ? 'download' AND m.completed_datetime IS NULL"
                " AND NOT jsonb_path_exists(m.state, '$.*.failed'))::text = lower($)"},
    {"failed", "jsonb_path_exists(m.state, '$.*.failed')::text = lower($)"},
    {"completed", "(m.completed_datetime IS NOT NULL)::text = lower($)"},
};

enum { FILTERS_MAX = 16, FILTER_COUNT = sizeof FILTERS / sizeof *FILTERS };

/* clang-format off */
static const char COLUMNS[] =
    "SELECT m.id, m.assembly_id, p.uuid, p.name, p.type, c.schema_name,"
    "       to_char(m.billing_period_start_datetime, 'YYYY-MM-DD'),"
    "       m.num_total_files, f.done, f.failed,"
    "       to_char(m.creation_datetime, 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"'),"
    "       to_char(m.export_datetime, 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"'),"
    "       to_char(m.completed_datetime, 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"'),"
    "       m.state, count(*) OVER ()"
    "  FROM reporting_common_costusagereportmanifest m"
    "  JOIN api_provider p ON p.uuid = m.provider_id"
    "  JOIN api_customer c ON c.id = p.customer_id"
    " CROSS JOIN LATERAL (SELECT count(*) FILTER (WHERE s.status = 1) AS done,"
    "                            count(*) FILTER (WHERE s.status = 2) AS failed"
    "                       FROM reporting_common_costusagereportstatus s"
    "                      WHERE s.manifest_id = m.id) f"
    " WHERE ($1::text IS NULL OR c.schema_name = $1)";
/* clang-format on */

/* A condition with its parameter's place in it. */
static void add_condition(Buffer *sql, const char *condition, int place)
{
    buffer_append_text(sql, " AND ");
    for (; *condition != '\0'; condition++) {
        bool here = *condition == '$' && condition[1] != '.';
        if (here) {
            buffer_printf(sql, "$%d::text", place);
        } else {
            buffer_append_char(sql, *condition);
        }
    }
}

DbResult *manifests_list(Db *db, Arena *arena, const ManifestQuery *query, Error *error)
{
    const char *parameters[FILTERS_MAX + 3] = {query->schema};
    int count = 1;
    Buffer *sql = buffer_new(arena);
    buffer_append_text(sql, COLUMNS);
    for (int i = 0; i < FILTER_COUNT; i++) {
        const char *value = query->filter(query->context, FILTERS[i].name);
        if (value != NULL && *value != '\0') {
            parameters[count++] = value;
            add_condition(sql, FILTERS[i].condition, count);
        }
    }
    parameters[count++] = arena_printf(arena, "%lld", (long long)query->limit);
    parameters[count++] = arena_printf(arena, "%lld", (long long)query->offset);
    buffer_printf(sql, " ORDER BY m.id DESC LIMIT $%d::bigint OFFSET $%d::bigint", count - 1,
                  count);
    return db_query(db, arena, error, sql->data, count, parameters);
}

DbResult *manifests_one(Db *db, Arena *arena, const char *schema, const char *id, Error *error)
{
    return DB_QUERY(db, arena, error, arena_printf(arena, "%s AND m.id = $2::bigint", COLUMNS),
                    schema, id);
}

bool manifests_newest(Db *db, Arena *arena, const char *provider_uuid, const char *month,
                      int64_t *manifest_id, Error *error)
{
    DbResult *rows = DB_QUERY(db, arena, error,
                              "SELECT id"
                              "  FROM reporting_common_costusagereportmanifest"
                              " WHERE provider_id = $1"
                              "   AND billing_period_start_datetime::date = $2"
                              " ORDER BY creation_datetime DESC, id DESC"
                              " LIMIT 1",
                              provider_uuid, month);
    *manifest_id = rows != NULL && db_row_count(rows) > 0 ? db_int(rows, 0, 0) : 0;
    return rows != NULL;
}

/* clang-format off */
static const char REPORTS[] =
    "SELECT id, report_name,"
    "       CASE status WHEN 0 THEN 'pending' WHEN 1 THEN 'done' WHEN 2 THEN 'failed'"
    "                   WHEN 3 THEN 'downloading' ELSE 'processing' END,"
    "       to_char(started_datetime, 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"'),"
    "       to_char(completed_datetime, 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"'),"
    "       bytes, lines, faults, error"
    "  FROM reporting_common_costusagereportstatus"
    " WHERE manifest_id = $1"
    " ORDER BY report_name COLLATE \"C\"";
/* clang-format on */

DbResult *manifests_files(Db *db, Arena *arena, const char *id, Error *error)
{
    return DB_QUERY(db, arena, error, REPORTS, id);
}
