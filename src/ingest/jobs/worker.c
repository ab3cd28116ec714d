#include "ingest/jobs/worker.h"

#include <malloc.h>
#include <pthread.h>
#include <stdlib.h>

#include "base/log.h"
#include "ingest/jobs/visit.h"
#include "ingest/month/markup.h"

enum {
    RUNS_MAX = 64,
    RENEW_SECONDS = QUEUE_LEASE_SECONDS / 4,
    WAIT_SECONDS = 10, /* for a notification; then the queue is looked at anyway */
    AWAY_SECONDS = 2,
    RETRY_MAX_SECONDS = 600,
    INTERNAL_ATTEMPTS_MAX = 8, /* a fault of the program itself is not tried for ever */
};

struct Workers {
    const Ingest *ingest;
    Background *background;
    Arena *arena;
    const char *name;
    Db *keeper; /* holds the name's lock */
    pthread_mutex_t lock;
    JobRun *runs[RUNS_MAX];
};

static bool connect_keeper(Workers *workers, Error *error)
{
    Arena *arena = arena_new();
    db_close(workers->keeper);
    workers->keeper = db_connect(database_conninfo(workers->ingest->database, "koku"), error);
    bool held =
        workers->keeper != NULL && queue_hold_name(workers->keeper, arena, workers->name, error);
    arena_free(arena);
    return held;
}

/* Only runs that are there before the leases are renewed can be judged by what was renewed. */
static void note_runs(Workers *workers)
{
    pthread_mutex_lock(&workers->lock);
    for (int i = 0; i < RUNS_MAX; i++) {
        if (workers->runs[i] != NULL) {
            workers->runs[i]->noted = true;
        }
    }
    pthread_mutex_unlock(&workers->lock);
}

/* A run whose take was not renewed belongs to another worker now, or was withdrawn. */
static void mark_lost(Workers *workers, const JobTake *takes, int count)
{
    pthread_mutex_lock(&workers->lock);
    for (int i = 0; i < RUNS_MAX; i++) {
        JobRun *run = workers->runs[i];
        bool kept = run == NULL || !run->noted;
        for (int j = 0; j < count && !kept; j++) {
            kept = takes[j].id == run->job.id && takes[j].attempts == run->job.attempts;
        }
        if (!kept) {
            atomic_store(&run->lost, true);
        }
    }
    pthread_mutex_unlock(&workers->lock);
}

static bool renew(Workers *workers, Error *error)
{
    Arena *arena = arena_new();
    JobTake *takes = NULL;
    int count = 0;
    note_runs(workers);
    bool renewed = queue_renew(workers->keeper, arena, workers->name, &takes, &count, error);
    if (renewed) {
        mark_lost(workers, takes, count);
    }
    arena_free(arena);
    return renewed;
}

static void keep_leases(void *context, const Stop *stop)
{
    Workers *workers = context;
    bool connected = true;
    while (!stop_wait(stop, connected ? RENEW_SECONDS : AWAY_SECONDS)) {
        Error error = {0};
        connected = (connected || connect_keeper(workers, &error)) && renew(workers, &error);
        if (!connected) {
            log_warning("ingest", "leases cannot be renewed: %s", error.message);
        }
    }
}

Workers *workers_new(const Ingest *ingest, Background *background, Error *error)
{
    Workers *workers = calloc(1, sizeof *workers);
    if (workers == NULL) {
        abort();
    }
    workers->ingest = ingest;
    workers->background = background;
    workers->arena = arena_new();
    workers->name = queue_worker_name(workers->arena);
    pthread_mutex_init(&workers->lock, NULL);
    if (!connect_keeper(workers, error) ||
        !background_start(background, "leases", keep_leases, workers, error)) {
        workers_free(workers);
        return NULL;
    }
    return workers;
}

void workers_free(Workers *workers)
{
    if (workers != NULL) {
        db_close(workers->keeper);
        pthread_mutex_destroy(&workers->lock);
        arena_free(workers->arena);
        free(workers);
    }
}

const char *workers_name(const Workers *workers)
{
    return workers->name;
}

static void enter(Workers *workers, JobRun *run, JobRun *in_place_of)
{
    pthread_mutex_lock(&workers->lock);
    for (int i = 0; i < RUNS_MAX; i++) {
        if (workers->runs[i] == in_place_of) {
            workers->runs[i] = run;
            break;
        }
    }
    pthread_mutex_unlock(&workers->lock);
}

JobRun *workers_begin(Workers *workers, Db *db, const Job *job)
{
    Arena *arena = arena_new();
    JobRun *run = arena_alloc(arena, sizeof *run);
    *run = (JobRun){.ingest = workers->ingest,
                    .db = db,
                    .arena = arena,
                    .job = *job,
                    .stop = background_stop_of(workers->background)};
    run->job.provider_uuid = arena_strdup(arena, job->provider_uuid);
    run->job.bill_month = arena_strdup(arena, job->bill_month);
    enter(workers, run, NULL);
    return run;
}

/* What the queue is to do about a failure. */
static bool tell_queue(JobRun *run, const Error *error, Error *failure)
{
    Db *db = run->db;
    const Job *job = &run->job;
    int most = job->kind == JOB_DISCOVER && run->ingest->config->poll_interval < RETRY_MAX_SECONDS
                   ? run->ingest->config->poll_interval
                   : RETRY_MAX_SECONDS;
    if (atomic_load(&run->lost)) {
        return true;
    }
    switch (error->code) {
    case ERROR_CANCELLED:
        return queue_release(db, run->arena, job, failure);
    case ERROR_NOT_FOUND:
    case ERROR_CONFLICT:
        if (job->kind == JOB_INGEST) { /* the bucket is not what it was: look again */
            return queue_failed(db, run->arena, job, error->message, failure) &&
                   queue_add(db, run->arena, JOB_DISCOVER, job->provider_uuid, NULL, 0, NULL,
                             failure);
        }
        break;
    case ERROR_DATA:
    case ERROR_INVALID:
        if (job->kind == JOB_INGEST) {
            return queue_failed(db, run->arena, job, error->message, failure);
        }
        break;
    case ERROR_INTERNAL:
        if (job->attempts >= INTERNAL_ATTEMPTS_MAX) {
            return queue_failed(db, run->arena, job, error->message, failure);
        }
        break;
    default:
        break;
    }
    return queue_retry(db, run->arena, job, error->message, most, failure);
}

void workers_end(Workers *workers, JobRun *run, const Error *error)
{
    Error failure = {0};
    db_rollback(run->db);
    if (error != NULL && !tell_queue(run, error, &failure)) {
        log_warning("ingest", "job %lld: the queue could not be told: %s", (long long)run->job.id,
                    failure.message);
    }
    enter(workers, NULL, run);
    arena_free(run->arena);
}

static bool run_job(JobRun *run, Error *error)
{
    LoadReport report;
    switch (run->job.kind) {
    case JOB_DISCOVER:
        return visit_run(run, error);
    case JOB_MARKUP:
        return markup_run(run, error);
    case JOB_INGEST:
        break;
    }
    return load_month(run, &report, error);
}

static const char *job_title(const Job *job)
{
    static const char *const TITLES[] = {[JOB_DISCOVER] = "discovery", [JOB_MARKUP] = "markup"};
    return job->kind == JOB_INGEST ? job->bill_month : TITLES[job->kind];
}

/* Takes one job and does it. False when the database is away. */
static bool do_one(Workers *workers, Db *db, const char *provider_uuid, bool *taken, bool *failed,
                   Error *error)
{
    Arena *arena = arena_new();
    Job job;
    bool asked = queue_take(db, arena, workers->name, provider_uuid, &job, taken, error);
    if (!asked || !*taken) {
        arena_free(arena);
        return asked;
    }
    JobRun *run = workers_begin(workers, db, &job);
    Error fault = {0};
    bool done = run_job(run, &fault);
    if (!done && fault.code == ERROR_CANCELLED) {
        log_info("ingest", "Provider %s: job %lld left: %s", job.provider_uuid, (long long)job.id,
                 fault.message);
    } else if (!done) {
        log_error("ingest", "Provider %s: %s failed (try %d): %s", job.provider_uuid,
                  job_title(&job), job.attempts, fault.message);
    }
    workers_end(workers, run, done ? NULL : &fault);
    *failed = !done;
    arena_free(arena);
    malloc_trim(0); /* what a large month took is not kept by an idle server */
    return done || fault.code != ERROR_UNAVAILABLE ||
           error_set(error, fault.code, "%s", fault.message);
}

/* Listens first and looks then, so that no job that comes in between is missed. */
static bool work_on(Workers *workers, Db *db, const Stop *stop, Error *error)
{
    Arena *arena = arena_new();
    bool going = db_listen(db, "kontor_job", error);
    while (going && !stop_raised(stop)) {
        bool taken, failed;
        double wait;
        going = do_one(workers, db, NULL, &taken, &failed, error);
        if (!going || taken) {
            continue;
        }
        going = queue_next(db, arena, NULL, WAIT_SECONDS, &wait, error) &&
                (db_wait_notification(db, wait + 0.01, stop_descriptor(stop), error) ||
                 error->code == ERROR_NONE);
        arena_reset(arena);
    }
    arena_free(arena);
    return going;
}

static void work(void *context, const Stop *stop)
{
    Workers *workers = context;
    while (!stop_raised(stop)) {
        Error error = {0};
        Db *db = db_connect(database_conninfo(workers->ingest->database, "koku"), &error);
        bool done = db != NULL && work_on(workers, db, stop, &error);
        db_close(db);
        if (!done && !stop_raised(stop)) {
            log_debug("ingest", "a worker connects anew: %s", error.message);
            stop_wait(stop, db == NULL ? AWAY_SECONDS : 0.1);
        }
    }
}

bool workers_start(Workers *workers, int count, Error *error)
{
    for (int i = 0; i < count; i++) {
        if (!background_start(workers->background, "worker", work, workers, error)) {
            return false;
        }
    }
    return true;
}

/* Is there work that is due, or that others do? */
static bool count_pending(Db *db, Arena *arena, const char *provider_uuid, int *pending,
                          Error *error)
{
    DbResult *rows = DB_QUERY(db, arena, error,
                              "SELECT count(*)"
                              "  FROM kontor_job"
                              " WHERE (state = 'running' OR (state = 'queued' AND run_at <= now()))"
                              "   AND ($1::uuid IS NULL OR provider_uuid = $1)",
                              provider_uuid);
    *pending = rows != NULL ? (int)db_int(rows, 0, 0) : 0;
    return rows != NULL;
}

bool workers_drain(Workers *workers, const char *provider_uuid, int *done, int *failed,
                   Error *error)
{
    const Stop *stop = background_stop_of(workers->background);
    Db *db = db_connect(database_conninfo(workers->ingest->database, "koku"), error);
    Arena *arena = arena_new();
    bool going = db != NULL;
    int pending = 1;
    *done = *failed = 0;
    while (going && pending > 0 && !stop_raised(stop)) {
        bool taken = false, job_failed = false;
        going = do_one(workers, db, provider_uuid, &taken, &job_failed, error);
        *done += taken && !job_failed;
        *failed += taken && job_failed;
        if (going && !taken) {
            going = count_pending(db, arena, provider_uuid, &pending, error);
            stop_wait(stop, going && pending > 0 ? 0.2 : 0);
        }
        arena_reset(arena);
    }
    arena_free(arena);
    db_close(db);
    return going;
}
