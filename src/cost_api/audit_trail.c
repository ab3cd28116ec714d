#include "cost_api/audit_trail.h"

#include <string.h>

enum { LOG_COUNT = 2 }; /* the Sources API's, koku's */

const AuditText AUDIT_TEXTS[] = {
    {"at", AUDIT_AT},
    {"actor", AUDIT_ACTOR},
    {"remote_address", AUDIT_REMOTE_ADDRESS},
    {"forwarded_for", AUDIT_FORWARDED_FOR},
    {"request_id", AUDIT_REQUEST_ID},
    {"action", AUDIT_ACTION},
    {"resource", AUDIT_RESOURCE},
    {"resource_id", AUDIT_RESOURCE_ID},
    {"resource_name", AUDIT_RESOURCE_NAME},
    {NULL, 0},
};

/* One log, and how far it is merged. */
typedef struct Log {
    DbResult *rows;
    int next;           /* the row that comes next */
    const char *before; /* the id before which the next page goes on; NULL: at the newest */
} Log;

const char AUDIT_RESOURCES[] =
    "sources, applications, authentications, endpoints, application_authentications, "
    "rhc_connections, cost_models, cost_model_sources, cost_model_price_lists, price_lists, "
    "account_settings, data_retention, currencies, exchange_rates, tags, tag_mappings, "
    "cost_categories";

static bool is_resource(const char *name, size_t length)
{
    for (const char *at = AUDIT_RESOURCES;; at += strspn(at, ", ")) {
        size_t known = strcspn(at, ",");
        if (known == length && memcmp(at, name, length) == 0) {
            return true;
        }
        at += known;
        if (*at == '\0') {
            return false;
        }
    }
}

static bool check_resources(const char *resources, Error *error)
{
    for (const char *at = resources; at != NULL; at = strchr(at, ',')) {
        at += at != resources;
        size_t length = strcspn(at, ",");
        if (!is_resource(at, length)) {
            return error_set(error, ERROR_INVALID, "resource: \"%.*s\" is none of %s", (int)length,
                             at, AUDIT_RESOURCES);
        }
    }
    return true;
}

static bool is_number(const char *text)
{
    return *text != '\0' && strspn(text, "0123456789") == strlen(text) && strlen(text) < 19;
}

/* "12-7": the ids before which each log goes on; "" of one that nothing was taken of. */
static bool read_before(Arena *arena, const char *text, Log logs[LOG_COUNT], Error *error)
{
    const char *dash = text != NULL ? strchr(text, '-') : NULL;
    if (text == NULL) {
        return true;
    }
    for (int i = 0; i < LOG_COUNT && dash != NULL; i++) {
        const char *id = i == 0 ? arena_strndup(arena, text, (size_t)(dash - text))
                                : arena_strdup(arena, dash + 1);
        if (*id != '\0' && !is_number(id)) {
            dash = NULL;
        }
        logs[i].before = *id != '\0' ? id : NULL;
    }
    return dash != NULL || error_set(error, ERROR_INVALID,
                                     "before: \"%s\" is not the next_before of an answer", text);
}

static bool read_settings(Db *db, Arena *arena, const AuditTrailQuery *query, Log *log,
                          Error *error)
{
    if (!audit_begin_reading(db, error)) {
        return false;
    }
    const char *schema = query->schema;
    if (schema == NULL && query->org_id != NULL) {
        schema = audit_lookup(db, arena,
                              "SELECT schema_name"
                              "  FROM api_customer"
                              " WHERE org_id = $1",
                              query->org_id, error);
        if (schema == NULL) {
            return false;
        }
    }
    log->rows =
        DB_QUERY(db, arena, error,
                 "SELECT l.id, " AUDIT_TIME_COLUMNS ","
                 "       COALESCE(c.org_id, l.schema_name), l.actor, l.remote_address,"
                 "       l.forwarded_for, l.request_id, l.action, l.resource, l.resource_id,"
                 "       l.resource_name, l.changes"
                 "  FROM kontor_audit_log l"
                 "  LEFT JOIN api_customer c ON c.schema_name = l.schema_name"
                 " WHERE " AUDIT_CONDITIONS "   AND ($6::text IS NULL OR l.schema_name = $6)"
                 "   AND ($7::text IS NULL OR l.resource_id = $7)"
                 " ORDER BY l.id DESC"
                 " LIMIT $5",
                 query->resources, query->actor, query->since, log->before,
                 arena_printf(arena, "%d", query->limit + 1), schema, query->resource_id);
    return log->rows != NULL && db_commit(db, error);
}

static bool read_sources(Db *db, Arena *arena, const AuditTrailQuery *query, Log *log, Error *error)
{
    AuditQuery asked = {.org_id = query->org_id,
                        .resources = query->resources,
                        .resource_id = query->resource_id,
                        .actor = query->actor,
                        .since = query->since,
                        .before = log->before,
                        .limit = query->limit + 1};
    log->rows = audit_begin_reading(db, error) ? audit_read(db, arena, &asked, error) : NULL;
    return log->rows != NULL && db_commit(db, error);
}

/* One more than is asked for, to know whether there is more. */
static bool read_logs(Database *database, Arena *arena, const AuditTrailQuery *query,
                      Log logs[LOG_COUNT], Error *error)
{
    /* Sources have numbers, so nothing there has another id. */
    bool has_sources = query->resource_id == NULL || is_number(query->resource_id);
    Db *sources = has_sources ? db_pool_take(database_sources(database), error) : NULL;
    bool done =
        !has_sources || (sources != NULL && read_sources(sources, arena, query, &logs[0], error));
    db_pool_give(database_sources(database), sources);
    Db *koku = done ? db_pool_take(database_koku(database), error) : NULL;
    done = koku != NULL && read_settings(koku, arena, query, &logs[1], error);
    db_pool_give(database_koku(database), koku);
    return done;
}

/* The log whose next row is the newest; NULL: all are at their end. */
static Log *newest(Log logs[LOG_COUNT])
{
    Log *found = NULL;
    for (Log *log = logs; log < logs + LOG_COUNT; log++) {
        if (log->rows != NULL && log->next < db_row_count(log->rows) &&
            (found == NULL || db_int(log->rows, log->next, AUDIT_MOMENT) >
                                  db_int(found->rows, found->next, AUDIT_MOMENT))) {
            found = log;
        }
    }
    return found;
}

static const char *or_empty(const char *text)
{
    return text != NULL ? text : "";
}

bool audit_trail_read(Database *database, Arena *arena, const AuditTrailQuery *query,
                      AuditTrail *trail, Error *error)
{
    Log logs[LOG_COUNT] = {{0}};
    *trail = (AuditTrail){0};
    if (!check_resources(query->resources, error) ||
        !read_before(arena, query->before, logs, error) ||
        !read_logs(database, arena, query, logs, error)) {
        return false;
    }
    size_t most = 0;
    for (int i = 0; i < LOG_COUNT; i++) {
        most += logs[i].rows != NULL ? (size_t)db_row_count(logs[i].rows) : 0;
    }
    trail->entries = arena_array(arena, most, sizeof *trail->entries);
    for (Log *log; trail->count < query->limit && (log = newest(logs)) != NULL; log->next++) {
        for (int column = 0; column < AUDIT_COLUMN_COUNT; column++) {
            trail->entries[trail->count][column] = db_text(log->rows, log->next, column);
        }
        log->before = db_text(log->rows, log->next, AUDIT_ID);
        trail->count++;
    }
    if (newest(logs) != NULL) {
        trail->next_before =
            arena_printf(arena, "%s-%s", or_empty(logs[0].before), or_empty(logs[1].before));
    }
    return true;
}
