#include "ingest/provider_state.h"

/* clang-format off */
static const char STATES[] =
    "SELECT p.uuid, p.active,"
    "       to_char(p.created_timestamp, 'YYYY-MM-DD HH24:MI:SS'),"
    "       to_char(p.polling_timestamp, 'YYYY-MM-DD HH24:MI:SS'),"
    "       to_char(p.data_updated_timestamp, 'YYYY-MM-DD HH24:MI:SS'),"
    "       to_char(m.creation_datetime, 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"'), m.state,"
    "       COALESCE(d.any_month, false), COALESCE(d.this_month, false),"
    "       COALESCE(d.month_before, false)"
    "  FROM api_provider p"
    "  LEFT JOIN LATERAL (SELECT x.creation_datetime, x.state"
    "                       FROM reporting_common_costusagereportmanifest x"
    "                      WHERE x.provider_id = p.uuid"
    "                      ORDER BY x.creation_datetime DESC, x.billing_period_start_datetime DESC,"
    "                               x.id DESC"
    "                      LIMIT 1) m"
    "    ON true"
    "  LEFT JOIN LATERAL (SELECT true AS any_month,"
    "                            bool_or(x.billing_period_start_datetime::date = $2) AS this_month,"
    "                            bool_or(x.billing_period_start_datetime::date = $3) AS month_before"
    "                       FROM reporting_common_costusagereportmanifest x"
    "                      WHERE x.provider_id = p.uuid"
    "                        AND x.completed_datetime IS NOT NULL"
    "                     HAVING count(*) > 0) d"
    "    ON true"
    " WHERE p.uuid = ANY ($1::uuid[])";

static const char MANIFESTS[] =
    "SELECT to_char(m.billing_period_start_datetime, 'YYYY-MM-DD'), m.assembly_id,"
    "       to_char(m.billing_period_start_datetime, 'YYYY-MM-DD HH24:MI:SS'),"
    "       f.done, m.num_total_files,"
    "       to_char(f.started, 'YYYY-MM-DD HH24:MI:SS'),"
    "       to_char(f.completed, 'YYYY-MM-DD HH24:MI:SS'),"
    "       to_char(m.completed_datetime, 'YYYY-MM-DD HH24:MI:SS'),"
    "       to_char(m.export_datetime, 'YYYY-MM-DD HH24:MI:SS')"
    "  FROM (SELECT x.*,"
    "               row_number() OVER (PARTITION BY x.billing_period_start_datetime"
    "                                      ORDER BY x.creation_datetime DESC, x.id DESC) AS place"
    "          FROM reporting_common_costusagereportmanifest x"
    "         WHERE x.provider_id = $1) m"
    " CROSS JOIN LATERAL (SELECT count(*) FILTER (WHERE s.status = 1) AS done,"
    "                            min(s.started_datetime) AS started,"
    "                            max(s.completed_datetime) AS completed"
    "                       FROM reporting_common_costusagereportstatus s"
    "                      WHERE s.manifest_id = m.id) f"
    " WHERE m.place <= 3"
    " ORDER BY m.billing_period_start_datetime DESC, m.place";
/* clang-format on */

bool provider_states_read(Db *db, Arena *arena, const char *uuids, ProviderState **states,
                          int *count, Error *error)
{
    char this_month[DATE_TEXT_SIZE], month_before[DATE_TEXT_SIZE];
    day_format(day_month_start(clock_today(), 0), this_month);
    day_format(day_month_start(clock_today(), -1), month_before);
    DbResult *rows = DB_QUERY(db, arena, error, STATES, uuids, this_month, month_before);
    *count = rows != NULL ? db_row_count(rows) : 0;
    *states = arena_array(arena, (size_t)*count + 1, sizeof **states);
    for (int i = 0; i < *count; i++) {
        (*states)[i] = (ProviderState){.uuid = db_text(rows, i, 0),
                                       .active = db_bool(rows, i, 1),
                                       .created = db_text(rows, i, 2),
                                       .polled = db_text(rows, i, 3),
                                       .data_updated = db_text(rows, i, 4),
                                       .last_payload = db_text(rows, i, 5),
                                       .state = db_text(rows, i, 6),
                                       .has_data = db_bool(rows, i, 7),
                                       .current_month_data = db_bool(rows, i, 8),
                                       .previous_month_data = db_bool(rows, i, 9)};
    }
    return rows != NULL;
}

DbResult *provider_manifests(Db *db, Arena *arena, const char *uuid, Error *error)
{
    return DB_QUERY(db, arena, error, MANIFESTS, uuid);
}
