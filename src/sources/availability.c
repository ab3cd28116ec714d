#include "sources/availability.h"

#include "base/log.h"
#include "sources/audit.h"
#include "sources/events.h"

enum { ROWS_A_ROUND = 50 };

static const char COST_MANAGEMENT[] = "/insights/platform/cost-management";

typedef struct Report {
    const char *id, *org_id, *source_id, *status, *fault;
} Report;

/* The application of the source that the report is about, if there is one still, and whether the
 * report changes anything. */
static DbResult *find_application(Db *db, Arena *arena, const Report *report, Error *error)
{
    return DB_QUERY(db, arena, error,
                    "SELECT a.id, s.tenant_id, COALESCE(t.org_id, ''),"
                    "       COALESCE(t.external_tenant, ''),"
                    "       (a.availability_status, a.availability_status_error,"
                    "        s.availability_status)"
                    "       IS DISTINCT FROM ($2::varchar, $3::varchar, $2::varchar)"
                    "  FROM applications a"
                    "  JOIN application_types at ON at.id = a.application_type_id"
                    "  JOIN sources s ON s.id = a.source_id"
                    "  JOIN tenants t ON t.id = s.tenant_id"
                    " WHERE a.source_id = $1 AND at.name = $4"
                    "   FOR UPDATE OF s",
                    report->source_id, report->status, report->fault, COST_MANAGEMENT);
}

static bool update_rows(Db *db, Arena *arena, const Report *report, const char *application_id,
                        Error *error)
{
    return DB_QUERY(db, arena, error,
                    "UPDATE applications"
                    "   SET availability_status = $2::text,"
                    "       availability_status_error = $3,"
                    "       last_checked_at = now(),"
                    "       last_available_at = CASE WHEN $2::text = 'available' THEN now()"
                    "                                ELSE last_available_at END"
                    " WHERE id = $1",
                    application_id, report->status, report->fault) != NULL &&
           DB_QUERY(db, arena, error,
                    "UPDATE sources"
                    "   SET availability_status = $2::text,"
                    "       last_checked_at = now(),"
                    "       last_available_at = CASE WHEN $2::text = 'available' THEN now()"
                    "                                ELSE last_available_at END"
                    " WHERE id = $1",
                    report->source_id, report->status) != NULL;
}

static bool apply_report(Db *db, Arena *arena, const Report *report, Error *error)
{
    DbResult *rows = find_application(db, arena, report, error);
    if (rows == NULL) {
        return false;
    }
    if (db_row_count(rows) == 0) {
        return true; /* deleted since */
    }
    const char *application_id = db_text(rows, 0, 0);
    EventOrigin origin = {
        .org_id = db_text(rows, 0, 2), .account = db_text(rows, 0, 3), .identity = ""};
    if (!update_rows(db, arena, report, application_id, error)) {
        return false;
    }
    return !db_bool(rows, 0, 4) || (events_write(db, arena, &origin, EVENT_APPLICATION, "update",
                                                 application_id, report->source_id, error) &&
                                    events_write(db, arena, &origin, EVENT_SOURCE, "update",
                                                 report->source_id, report->source_id, error));
}

static bool apply_in_transaction(Db *db, Arena *arena, const Report *report, Error *error)
{
    static const AuditActor ACTOR = {"kontor (availability check)", "", "", ""};
    bool done = db_begin(db, error) && audit_begin(db, &ACTOR, error) &&
                apply_report(db, arena, report, error) && db_commit(db, error);
    if (!done) {
        db_rollback(db);
    }
    return done;
}

static bool apply_waiting(Db *koku, Db *sources, Arena *arena, int *applied, Error *error)
{
    DbResult *rows = DB_QUERY(koku, arena, error,
                              "SELECT id, org_id, source_id, status, error"
                              "  FROM availability_outbox"
                              " WHERE sources_at IS NULL"
                              " ORDER BY id"
                              " LIMIT $1",
                              arena_printf(arena, "%d", ROWS_A_ROUND));
    for (int i = 0; rows != NULL && i < db_row_count(rows); i++) {
        Report report = {db_text(rows, i, 0), db_text(rows, i, 1), db_text(rows, i, 2),
                         db_text(rows, i, 3), db_text(rows, i, 4)};
        if (!apply_in_transaction(sources, arena, &report, error) ||
            DB_QUERY(koku, arena, error,
                     "UPDATE availability_outbox SET sources_at = now() WHERE id = $1",
                     report.id) == NULL) {
            return false;
        }
        log_info("sources", "Source %s is %s%s%s", report.source_id, report.status,
                 report.fault != NULL ? ": " : "", report.fault != NULL ? report.fault : "");
        (*applied)++;
    }
    return rows != NULL;
}

bool sources_apply_availability(DbPool *koku, DbPool *sources, int *applied, Error *error)
{
    *applied = 0;
    Arena *arena = arena_new();
    Db *from = db_pool_take(koku, error);
    Db *to = from != NULL ? db_pool_take(sources, error) : NULL;
    bool done = to != NULL && apply_waiting(from, to, arena, applied, error);
    db_pool_give(sources, to);
    db_pool_give(koku, from);
    arena_free(arena);
    return done;
}
