#include "providers/provider.h"

#include <string.h>

#include "base/crypto.h"
#include "base/json.h"

#define PROVIDER_COLUMNS                                                                           \
    "SELECT p.uuid, p.name, p.type, p.active, p.paused, p.setup_complete, c.org_id,"               \
    "       c.schema_name, b.id, b.data_source, a.credentials,"                                    \
    "       (SELECT max(s.source_id) FROM api_sources s WHERE s.provider_id = p.uuid),"            \
    "       p.created_timestamp, p.data_updated_timestamp, p.polling_timestamp"                    \
    "  FROM api_provider p"                                                                        \
    "  LEFT JOIN api_customer c ON c.id = p.customer_id"                                           \
    "  LEFT JOIN api_providerbillingsource b ON b.id = p.billing_source_id"                        \
    "  LEFT JOIN api_providerauthentication a ON a.id = p.authentication_id"

static const char *or_empty(const char *text)
{
    return text != NULL ? text : "";
}

static bool read_row(Arena *arena, const DbResult *rows, int row, Provider *provider, Error *error)
{
    *provider = (Provider){
        .uuid = db_text(rows, row, 0),
        .name = db_text(rows, row, 1),
        .type = db_text(rows, row, 2),
        .active = db_bool(rows, row, 3),
        .paused = db_bool(rows, row, 4),
        .setup_complete = db_bool(rows, row, 5),
        .org_id = db_text(rows, row, 6),
        .schema = db_text(rows, row, 7),
        .has_billing_source = !db_is_null(rows, row, 8),
        .data_source = db_is_null(rows, row, 9) ? "{}" : db_text(rows, row, 9),
        .credentials = db_is_null(rows, row, 10) ? "{}" : db_text(rows, row, 10),
        .source_id = db_int(rows, row, 11),
        .created = db_text(rows, row, 12),
        .data_updated = db_text(rows, row, 13),
        .polled = db_text(rows, row, 14),
    };
    json_t *source = json_parse(arena, provider->data_source, strlen(provider->data_source), error);
    if (source == NULL) {
        return error_wrap(error, "data source of provider %s", provider->uuid);
    }
    const char *bucket = json_get_string(source, "bucket");
    provider->bucket = bucket != NULL && *bucket != '\0' ? bucket : NULL;
    provider->report_name = or_empty(json_get_string(source, "report_name"));
    provider->report_prefix = or_empty(json_get_string(source, "report_prefix"));
    return true;
}

bool provider_load(Db *db, Arena *arena, const char *uuid, Provider *provider, Error *error)
{
    if (!uuid_valid(uuid)) {
        return error_set(error, ERROR_INVALID,
                         "\"%s\" is not a provider's UUID; kontor providers lists them", uuid);
    }
    DbResult *rows = DB_QUERY(db, arena, error, PROVIDER_COLUMNS " WHERE p.uuid = $1", uuid);
    if (rows == NULL) {
        return false;
    }
    if (db_row_count(rows) == 0) {
        return error_set(error, ERROR_NOT_FOUND,
                         "there is no provider %s; kontor providers lists them", uuid);
    }
    return read_row(arena, rows, 0, provider, error);
}

bool provider_list(Db *db, Arena *arena, Provider **providers, int *count, Error *error)
{
    DbResult *rows =
        DB_QUERY(db, arena, error, PROVIDER_COLUMNS " ORDER BY p.created_timestamp, p.uuid");
    if (rows == NULL) {
        return false;
    }
    *count = db_row_count(rows);
    *providers = arena_array(arena, (size_t)*count + 1, sizeof **providers);
    for (int i = 0; i < *count; i++) {
        if (!read_row(arena, rows, i, &(*providers)[i], error)) {
            return false;
        }
    }
    return true;
}

bool provider_tell_availability(Db *db, Arena *arena, int64_t source_id, const char *status,
                                const char *reason, Error *error)
{
    if (source_id == 0) {
        return true;
    }
    const char *id = arena_printf(arena, "%lld", (long long)source_id);
    return DB_QUERY(
               db, arena, error,
               "WITH told AS ("
               "    UPDATE api_sources"
               "       SET status = jsonb_build_object('availability_status', $2::text,"
               "                                       'availability_status_error', $3::text)"
               "     WHERE source_id = $1::bigint"
               "       AND (status->>'availability_status', status->>'availability_status_error')"
               "           IS DISTINCT FROM ($2, $3)"
               "    RETURNING source_id, org_id),"
               " written AS ("
               "    INSERT INTO availability_outbox (org_id, source_id, status, error)"
               "    SELECT COALESCE(org_id, ''), source_id, $2, $3"
               "      FROM told"
               "    RETURNING id)"
               " SELECT pg_notify('availability_outbox', id::text) FROM written",
               id, status, reason) != NULL;
}
