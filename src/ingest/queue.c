#include "ingest/queue.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/crypto.h"

/* Jobs are taken in the order of these names, too: short work before long. */
static const char *const KINDS[] = {
    [JOB_DISCOVER] = "discover",
    [JOB_INGEST] = "ingest",
    [JOB_MARKUP] = "cost_model",
};

enum { KIND_COUNT = sizeof KINDS / sizeof *KINDS };

static JobKind kind_of(const char *name)
{
    int kind = 0;
    while (kind < KIND_COUNT - 1 && strcmp(KINDS[kind], name) != 0) {
        kind++;
    }
    return (JobKind)kind;
}

#define JOB_COLUMNS                                                                                \
    "id, kind, provider_uuid, bill_month, COALESCE((parameters->>'manifest_id')::bigint, 0),"      \
    " attempts"

/* What a query of JOB_COLUMNS gave, if anything. */
static bool read_job(const DbResult *rows, Job *job, bool *taken)
{
    *taken = rows != NULL && db_row_count(rows) == 1;
    if (*taken) {
        *job = (Job){
            .id = db_int(rows, 0, 0),
            .kind = kind_of(db_text(rows, 0, 1)),
            .provider_uuid = db_text(rows, 0, 2),
            .bill_month = db_text(rows, 0, 3),
            .manifest_id = db_int(rows, 0, 4),
            .attempts = (int)db_int(rows, 0, 5),
        };
    }
    return rows != NULL;
}

static const char *number_text(Arena *arena, int64_t number)
{
    return arena_printf(arena, "%lld", (long long)number);
}

static const char *parameters_of(Arena *arena, int64_t manifest_id)
{
    return manifest_id == 0
               ? "{}"
               : arena_printf(arena, "{\"manifest_id\": %lld}", (long long)manifest_id);
}

const char *queue_worker_name(Arena *arena)
{
    char host[128] = "", random[UUID_TEXT_SIZE];
    gethostname(host, sizeof host - 1);
    uuid_generate(random);
    return arena_printf(arena, "%s:%d:%.8s", host, (int)getpid(), random);
}

bool queue_hold_name(Db *db, Arena *arena, const char *worker, Error *error)
{
    return DB_QUERY(db, arena, error,
                    "SELECT pg_advisory_lock(hashtextextended('worker ' || $1, 0))",
                    worker) != NULL;
}

/* `again`: one that runs is marked to be done once more. */
static bool add(Db *db, Arena *arena, JobKind kind, const char *provider_uuid,
                const char *bill_month, int64_t manifest_id, bool again, bool *added, Error *error)
{
    DbResult *rows =
        DB_QUERY(db, arena, error,
                 "WITH put AS ("
                 "    INSERT INTO kontor_job AS job (kind, provider_uuid, bill_month, parameters)"
                 "    VALUES ($1, $2, $3, $4)"
                 "    ON CONFLICT (kind, provider_uuid, COALESCE(bill_month, DATE '0001-01-01'))"
                 "        WHERE state IN ('queued', 'running')"
                 "    DO UPDATE SET run_at = LEAST(job.run_at, now()),"
                 "                  parameters = CASE job.state"
                 "                      WHEN 'queued' THEN EXCLUDED.parameters"
                 "                      ELSE job.parameters || '{\"again\": true}' END"
                 "     WHERE job.state = 'queued' OR $5::boolean"
                 "    RETURNING id, attempts)"
                 " SELECT pg_notify('kontor_job', id::text), attempts FROM put",
                 KINDS[kind], provider_uuid, bill_month, parameters_of(arena, manifest_id),
                 again ? "true" : "false");
    if (added != NULL) {
        *added = rows != NULL && db_row_count(rows) == 1 && db_int(rows, 0, 1) == 0;
    }
    return rows != NULL;
}

const char *queue_open_job(Db *db, Arena *arena, JobKind kind, const char *provider_uuid,
                           const char *bill_month, Error *error)
{
    DbResult *rows = DB_QUERY(db, arena, error,
                              "SELECT id"
                              "  FROM kontor_job"
                              " WHERE kind = $1"
                              "   AND provider_uuid = $2"
                              "   AND bill_month IS NOT DISTINCT FROM $3::date"
                              "   AND state IN ('queued', 'running')",
                              KINDS[kind], provider_uuid, bill_month);
    return rows != NULL && db_row_count(rows) > 0 ? db_text(rows, 0, 0) : NULL;
}

bool queue_add(Db *db, Arena *arena, JobKind kind, const char *provider_uuid,
               const char *bill_month, int64_t manifest_id, bool *added, Error *error)
{
    return add(db, arena, kind, provider_uuid, bill_month, manifest_id, false, added, error);
}

bool queue_add_again(Db *db, Arena *arena, JobKind kind, const char *provider_uuid,
                     const char *bill_month, int64_t manifest_id, Error *error)
{
    return add(db, arena, kind, provider_uuid, bill_month, manifest_id, true, NULL, error);
}

/* Running jobs are free again when their lease is over, or when nobody holds the lock of the
 * worker's name: it can then be had here, for the length of this statement. */
bool queue_take(Db *db, Arena *arena, const char *worker, const char *provider_uuid, Job *job,
                bool *taken, Error *error)
{
    return read_job(
        DB_QUERY(db, arena, error,
                 "UPDATE kontor_job"
                 "   SET state = 'running', worker = $1, attempts = attempts + 1,"
                 "       started_at = now(), lease_until = now() + $3 * interval '1 second'"
                 " WHERE id = ("
                 "    SELECT id"
                 "      FROM kontor_job"
                 "     WHERE ((state = 'queued' AND run_at <= now())"
                 "            OR (state = 'running'"
                 "                AND (lease_until < now()"
                 "                     OR pg_try_advisory_xact_lock("
                 "                            hashtextextended('worker ' || worker, 0)))))"
                 "       AND ($2::uuid IS NULL OR provider_uuid = $2)"
                 "     ORDER BY kind, run_at, id"
                 "     LIMIT 1"
                 "       FOR UPDATE SKIP LOCKED)"
                 " RETURNING " JOB_COLUMNS,
                 worker, provider_uuid, number_text(arena, QUEUE_LEASE_SECONDS)),
        job, taken);
}

bool queue_claim(Db *db, Arena *arena, const char *worker, JobKind kind, const char *provider_uuid,
                 const char *bill_month, int64_t manifest_id, Job *job, bool *taken, Error *error)
{
    return read_job(
        DB_QUERY(db, arena, error,
                 "INSERT INTO kontor_job AS job"
                 "    (kind, provider_uuid, bill_month, parameters, state, worker, attempts,"
                 "     started_at, lease_until)"
                 " VALUES ($1, $2, $3, $4, 'running', $5, 1, now(),"
                 "         now() + $6 * interval '1 second')"
                 " ON CONFLICT (kind, provider_uuid, COALESCE(bill_month, DATE '0001-01-01'))"
                 "     WHERE state IN ('queued', 'running')"
                 " DO UPDATE SET parameters = EXCLUDED.parameters, state = 'running',"
                 "               worker = EXCLUDED.worker, attempts = job.attempts + 1,"
                 "               started_at = now(), lease_until = EXCLUDED.lease_until"
                 "  WHERE job.state = 'queued' OR job.lease_until < now()"
                 "     OR pg_try_advisory_xact_lock(hashtextextended('worker ' || job.worker, 0))"
                 " RETURNING " JOB_COLUMNS,
                 KINDS[kind], provider_uuid, bill_month, parameters_of(arena, manifest_id), worker,
                 number_text(arena, QUEUE_LEASE_SECONDS)),
        job, taken);
}

bool queue_fence(Db *db, Arena *arena, const Job *job, Error *error)
{
    DbResult *rows = DB_QUERY(db, arena, error,
                              "SELECT FROM kontor_job"
                              " WHERE id = $1 AND attempts = $2 AND state = 'running'"
                              "   FOR UPDATE",
                              number_text(arena, job->id), number_text(arena, job->attempts));
    if (rows != NULL && db_row_count(rows) == 0) {
        return error_set(error, ERROR_CANCELLED, "job %lld was taken over or withdrawn",
                         (long long)job->id);
    }
    return rows != NULL;
}

bool queue_renew(Db *db, Arena *arena, const char *worker, JobTake **takes, int *count,
                 Error *error)
{
    DbResult *rows = DB_QUERY(db, arena, error,
                              "UPDATE kontor_job"
                              "   SET lease_until = now() + $2 * interval '1 second'"
                              " WHERE worker = $1 AND state = 'running'"
                              " RETURNING id, attempts",
                              worker, number_text(arena, QUEUE_LEASE_SECONDS));
    if (rows == NULL) {
        return false;
    }
    *count = db_row_count(rows);
    *takes = arena_array(arena, (size_t)*count + 1, sizeof **takes);
    for (int i = 0; i < *count; i++) {
        (*takes)[i] = (JobTake){.id = db_int(rows, i, 0), .attempts = (int)db_int(rows, i, 1)};
    }
    return true;
}

bool queue_done(Db *db, Arena *arena, const Job *job, Error *error)
{
    return DB_QUERY(db, arena, error,
                    "UPDATE kontor_job"
                    "   SET state = CASE WHEN parameters ? 'again' THEN 'queued' ELSE 'done' END,"
                    "       finished_at = CASE WHEN parameters ? 'again' THEN NULL ELSE now() END,"
                    "       run_at = CASE WHEN parameters ? 'again' THEN now() ELSE run_at END,"
                    "       parameters = parameters - 'again', error = NULL, lease_until = NULL"
                    " WHERE id = $1 AND attempts = $2 AND state = 'running'",
                    number_text(arena, job->id), number_text(arena, job->attempts)) != NULL;
}

bool queue_failed(Db *db, Arena *arena, const Job *job, const char *reason, Error *error)
{
    return DB_QUERY(db, arena, error,
                    "UPDATE kontor_job"
                    "   SET state = 'failed', error = $3, lease_until = NULL, finished_at = now()"
                    " WHERE id = $1 AND attempts = $2 AND state = 'running'",
                    number_text(arena, job->id), number_text(arena, job->attempts), reason) != NULL;
}

bool queue_retry(Db *db, Arena *arena, const Job *job, const char *reason, int most_seconds,
                 Error *error)
{
    return DB_QUERY(db, arena, error,
                    "UPDATE kontor_job"
                    "   SET state = 'queued', error = $3, lease_until = NULL, worker = NULL,"
                    "       run_at = now() + LEAST($4, 5 * 2 ^ LEAST(attempts - 1, 20))"
                    "                        * interval '1 second'"
                    " WHERE id = $1 AND attempts = $2 AND state = 'running'",
                    number_text(arena, job->id), number_text(arena, job->attempts), reason,
                    number_text(arena, most_seconds)) != NULL;
}

bool queue_release(Db *db, Arena *arena, const Job *job, Error *error)
{
    return DB_QUERY(db, arena, error,
                    "WITH freed AS ("
                    "    UPDATE kontor_job"
                    "       SET state = 'queued', worker = NULL, lease_until = NULL"
                    "     WHERE id = $1 AND attempts = $2 AND state = 'running'"
                    "    RETURNING id)"
                    " SELECT pg_notify('kontor_job', id::text) FROM freed",
                    number_text(arena, job->id), number_text(arena, job->attempts)) != NULL;
}

bool queue_next(Db *db, Arena *arena, const char *provider_uuid, double most, double *seconds,
                Error *error)
{
    DbResult *rows =
        DB_QUERY(db, arena, error,
                 /* LEAST passes over the NULL of an empty queue; GREATEST would make it 0. */
                 "SELECT GREATEST(0, LEAST($1, EXTRACT(epoch FROM min("
                 "           CASE state WHEN 'queued' THEN run_at ELSE lease_until END) - now())))"
                 "  FROM kontor_job"
                 " WHERE state IN ('queued', 'running')"
                 "   AND ($2::uuid IS NULL OR provider_uuid = $2)",
                 arena_printf(arena, "%.3f", most), provider_uuid);
    if (rows != NULL) {
        *seconds = strtod(db_text(rows, 0, 0), NULL);
    }
    return rows != NULL;
}

bool queue_open_count(Db *db, Arena *arena, const char *provider_uuid, int *count, Error *error)
{
    DbResult *rows = DB_QUERY(db, arena, error,
                              "SELECT count(*)"
                              "  FROM kontor_job"
                              " WHERE state IN ('queued', 'running')"
                              "   AND ($1::uuid IS NULL OR provider_uuid = $1)",
                              provider_uuid);
    *count = rows != NULL ? (int)db_int(rows, 0, 0) : 0;
    return rows != NULL;
}

bool queue_purge(Db *db, Arena *arena, Error *error)
{
    return DB_QUERY(db, arena, error,
                    "DELETE FROM kontor_job"
                    " WHERE state IN ('done', 'failed')"
                    "   AND finished_at < now() - interval '7 days'") != NULL;
}
