#include "ingest/progress.h"

/* The organisation of a row of api_sources, as a schema (identity_schema). */
#define SOURCE_SCHEMA "CASE WHEN s.org_id LIKE 'org%' THEN s.org_id ELSE 'org' || s.org_id END"

bool progress_find_provider(Db *db, Arena *arena, const char *schema, const char *id,
                            const char **uuid, Error *error)
{
    DbResult *rows = DB_QUERY(db, arena, error,
                              "SELECT p.uuid"
                              "  FROM api_provider p"
                              "  JOIN api_customer c ON c.id = p.customer_id"
                              "  LEFT JOIN api_sources s ON s.provider_id = p.uuid"
                              " WHERE c.schema_name = $1"
                              "   AND $2 IN (p.uuid::text, s.source_id::text)"
                              " UNION ALL "
                              "SELECT s.source_uuid"
                              "  FROM api_sources s"
                              " WHERE " SOURCE_SCHEMA " = $1"
                              "   AND $2 IN (s.source_id::text, s.source_uuid::text)"
                              " LIMIT 1",
                              schema, id);
    if (rows == NULL) {
        return false;
    }
    if (db_row_count(rows) == 0) {
        return error_set(error, ERROR_NOT_FOUND, "there is no provider of source %s", id);
    }
    *uuid = db_text(rows, 0, 0);
    return true;
}

/* PostgreSQL makes the whole document: it is one question, and small. */
static const char DOCUMENT[] =
    "WITH months AS ("
    "    SELECT m.provider_id,"
    "           m.id,"
    "           to_char(m.billing_period_start_datetime, 'YYYY-MM') AS month,"
    "           m.completed_datetime,"
    "           m.state->'processing'->'progress' AS pace,"
    "           row_number() OVER (PARTITION BY m.provider_id"
    "                              ORDER BY m.billing_period_start_datetime DESC, m.id DESC) AS "
    "rank"
    "      FROM reporting_common_costusagereportmanifest m"
    "      JOIN api_provider p ON p.uuid = m.provider_id"
    "      JOIN api_customer c ON c.id = p.customer_id"
    "     WHERE c.schema_name = $1"
    "       AND NOT COALESCE(m.report_tracker, '{}') ? 'superseded_by'),"
    " counted AS ("
    "    SELECT months.provider_id, months.month, months.completed_datetime,"
    "           (months.pace->>'lines_per_second')::bigint AS lines_per_second,"
    "           (months.pace->>'seconds_left')::bigint AS seconds_left,"
    "           count(s.id) AS files,"
    "           count(s.id) FILTER (WHERE s.status = 1) AS files_done,"
    "           count(s.id) FILTER (WHERE s.status = 2) AS files_failed,"
    "           count(s.id) FILTER (WHERE s.status IN (3, 4)) AS files_running,"
    "           COALESCE(sum(s.bytes), 0) AS bytes,"
    "           COALESCE(sum(s.bytes_read), 0) AS bytes_read,"
    "           COALESCE(sum(s.lines), 0) AS lines,"
    "           COALESCE(sum(s.faults), 0) AS faults,"
    "           max(s.error) AS error"
    "      FROM months"
    "      LEFT JOIN reporting_common_costusagereportstatus s ON s.manifest_id = months.id"
    "     WHERE months.rank <= 24"
    "     GROUP BY months.provider_id, months.id, months.month, months.completed_datetime,"
    "              months.pace),"
    " of_provider AS ("
    "    SELECT provider_id,"
    "           jsonb_agg(to_jsonb(counted) - 'provider_id' - 'completed_datetime'"
    "                     || jsonb_build_object('completed', to_char(completed_datetime"
    "                            AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"'))"
    "                     ORDER BY month DESC) AS months"
    "      FROM counted"
    "     GROUP BY provider_id),"
    " jobs AS ("
    "    SELECT j.provider_uuid,"
    "           jsonb_agg(jsonb_build_object('kind', j.kind,"
    "                                        'month', to_char(j.bill_month, 'YYYY-MM'),"
    "                                        'state', j.state, 'attempts', j.attempts,"
    "                                        'error', j.error) ORDER BY j.id DESC) AS jobs"
    "      FROM kontor_job j"
    "     WHERE j.state IN ('queued', 'running')"
    "        OR (j.state = 'failed' AND j.finished_at > now() - interval '1 day')"
    "     GROUP BY j.provider_uuid)"
    " SELECT COALESCE(jsonb_agg(jsonb_build_object("
    "            'provider_uuid', p.uuid, 'source_id', s.source_id::text, 'name', p.name,"
    "            'type', p.type, 'active', p.active, 'paused', p.paused,"
    "            'polled', to_char(p.polling_timestamp AT TIME ZONE 'UTC',"
    "                              'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"'),"
    "            'data_updated', to_char(p.data_updated_timestamp AT TIME ZONE 'UTC',"
    "                                    'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"'),"
    "            'months', COALESCE(of_provider.months, '[]'),"
    "            'jobs', COALESCE(jobs.jobs, '[]'))"
    "            ORDER BY p.created_timestamp, p.uuid), '[]')"
    "  FROM api_provider p"
    "  JOIN api_customer c ON c.id = p.customer_id"
    "  LEFT JOIN api_sources s ON s.provider_id = p.uuid"
    "  LEFT JOIN of_provider ON of_provider.provider_id = p.uuid"
    "  LEFT JOIN jobs ON jobs.provider_uuid = p.uuid"
    " WHERE c.schema_name = $1";

bool progress_write(Db *db, Arena *arena, const char *schema, JsonWriter *json, Error *error)
{
    DbResult *row = DB_QUERY(db, arena, error, DOCUMENT, schema);
    if (row != NULL) {
        json_write_raw(json, db_text(row, 0, 0));
    }
    return row != NULL;
}
