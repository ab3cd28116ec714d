#include "ingest/jobs/schedule.h"

#include <string.h>

#include "base/log.h"
#include "ingest/month/purge.h"
#include "ingest/queue.h"
#include "providers/provision.h"

enum {
    LOOK_SECONDS = 10, /* between two looks at the clock */
    AWAY_SECONDS = 2,
    PURGE_SECONDS = 3600,
};

/* A polling time in the future is of a clock that was set back since. */
static DbResult *find_due(const Ingest *ingest, Db *db, Arena *arena, const char *provider_uuid,
                          Error *error)
{
    char now[TIMESTAMP_TEXT_SIZE];
    return DB_QUERY(db, arena, error,
                    "SELECT uuid"
                    "  FROM api_provider"
                    " WHERE active AND NOT paused"
                    "   AND type = 'AWS'"
                    "   AND billing_source_id IS NOT NULL"
                    "   AND customer_id IS NOT NULL"
                    "   AND (polling_timestamp IS NULL"
                    "        OR polling_timestamp > $1::timestamptz"
                    "        OR polling_timestamp <="
                    "           $1::timestamptz - $2::integer * interval '1 second')"
                    "   AND ($3::uuid IS NULL OR uuid = $3)"
                    " ORDER BY polling_timestamp NULLS FIRST",
                    timestamp_format(clock_now(), true, now),
                    arena_printf(arena, "%d", ingest->config->poll_interval), provider_uuid);
}

bool schedule_due(const Ingest *ingest, Db *db, const char *provider_uuid, int *queued,
                  Error *error)
{
    Arena *arena = arena_new();
    DbResult *due = find_due(ingest, db, arena, provider_uuid, error);
    bool done = due != NULL;
    *queued = 0;
    for (int i = 0; done && i < db_row_count(due); i++) {
        bool added;
        done = queue_add(db, arena, JOB_DISCOVER, db_text(due, i, 0), NULL, 0, &added, error);
        *queued += added;
    }
    arena_free(arena);
    return done;
}

/* At the start, and when the day changes. What a reader holds stays until the next day. */
static bool purge_old_months(const Ingest *ingest, Db *db, Day *purged, Error *error)
{
    if (*purged == clock_today()) {
        return true;
    }
    Arena *arena = arena_new();
    Purge purge = {0};
    Error failure = {0};
    bool done = purge_tenants(db, arena, ingest->config, NULL, false, &purge, &failure);
    for (int i = 0; i < purge.count; i++) {
        const PurgedMonth *month = &purge.months[i];
        log_info("ingest", "tenant %s: %s taken from %s, which is older than is kept: %lld rows",
                 month->schema, month->month, month->table, (long long)month->rows);
    }
    arena_free(arena);
    *purged = clock_today();
    return done || failure.code != ERROR_UNAVAILABLE || strcmp(db_sqlstate(db), "55P03") == 0 ||
           error_set(error, failure.code, "%s", failure.message);
}

static bool look_after_jobs(Db *db, double *purged, Error *error)
{
    if (*purged != 0 && clock_monotonic() - *purged < PURGE_SECONDS) {
        return true;
    }
    Arena *arena = arena_new();
    bool done = queue_purge(db, arena, error);
    arena_free(arena);
    *purged = clock_monotonic();
    return done;
}

/* Rows that were inserted by hand come with a notification too. */
static bool go_on(const Ingest *ingest, Db *db, const Stop *stop, Error *error)
{
    bool changed = true;
    double reconciled = 0, purged = 0;
    Day months_purged = 0;
    if (!db_listen(db, "provider", error)) {
        return false;
    }
    while (!stop_raised(stop)) {
        int queued;
        if (changed || clock_monotonic() - reconciled > ingest->config->poll_interval) {
            if (!provision_reconcile(db, NULL, error)) {
                return false;
            }
            reconciled = clock_monotonic();
        }
        if (!schedule_due(ingest, db, NULL, &queued, error) ||
            !look_after_jobs(db, &purged, error) ||
            !purge_old_months(ingest, db, &months_purged, error)) {
            return false;
        }
        int interval = ingest->config->poll_interval;
        double wait = interval < 1 ? 1 : interval < LOOK_SECONDS ? interval : LOOK_SECONDS;
        changed = db_wait_notification(db, wait, stop_descriptor(stop), error);
        if (!changed && error->code != ERROR_NONE) {
            return false;
        }
    }
    return true;
}

void schedule_task(void *context, const Stop *stop)
{
    const Ingest *ingest = context;
    while (!stop_raised(stop)) {
        Error error = {0};
        Db *db = db_connect(database_conninfo(ingest->database, "koku"), &error);
        bool done = db != NULL && go_on(ingest, db, stop, &error);
        db_close(db);
        if (!done && !stop_raised(stop)) {
            log_warning("ingest", "the schedule waits: %s", error.message);
            stop_wait(stop, AWAY_SECONDS);
        }
    }
}
