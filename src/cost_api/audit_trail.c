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

static DbResult *read_settings(Db *db, Arena *arena, const AuditTrailQuery *query,
                               const char *before, Error *error)
{
    return DB_QUERY(db, arena, error,
                    "SELECT l.id, " AUDIT_TIME_COLUMNS ","
                    "       COALESCE(c.org_id, l.schema_name), l.actor, l.remote_address,"
                    "       l.forwarded_for, l.request_id, l.action, l.resource, l.resource_id,"
                    "       l.resource_name, l.changes"
                    "  FROM kontor_audit_log l"
                    "  LEFT JOIN api_customer c ON c.schema_name = l.schema_name"
                    " WHERE " AUDIT_CONDITIONS "   AND ($6::text IS NULL OR l.schema_name = $6)"
                    "   AND ($7::text IS NULL OR c.org_id = $7)"
                    "   AND ($8::text IS NULL OR l.resource_id = $8)"
                    " ORDER BY l.id DESC"
                    " LIMIT $5",
                    query->resources, query->actor, query->since, before,
                    arena_printf(arena, "%d", query->limit + 1), query->schema,
                    query->schema == NULL ? query->org_id : NULL, query->resource_id);
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
    log->rows = audit_read(db, arena, &asked, error);
    return log->rows != NULL;
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
    logs[1].rows = koku != NULL ? read_settings(koku, arena, query, logs[1].before, error) : NULL;
    db_pool_give(database_koku(database), koku);
    return logs[1].rows != NULL;
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
    if (!read_before(arena, query->before, logs, error) ||
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
