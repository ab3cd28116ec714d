/* The queue of the ingest: jobs with leases in PostgreSQL (kontor_job), for any number of workers
 * on any number of machines.
 *
 * A process that takes jobs holds the advisory lock of its name on one connection
 * (queue_hold_name). PostgreSQL lets it go when that connection ends, so the jobs of a process that
 * was killed are free again at once; the lease covers what can't be told that way (a machine that
 * hangs, a network that is cut). Times are PostgreSQL's, the one clock all workers share. */
#ifndef KONTOR_INGEST_QUEUE_H
#define KONTOR_INGEST_QUEUE_H

#include "db/db.h"

enum { QUEUE_LEASE_SECONDS = 60 };

typedef enum JobKind {
    JOB_DISCOVER, /* look at a provider's bucket */
    JOB_INGEST,   /* replace one month of it */
    JOB_MARKUP,   /* work out its markup anew */
} JobKind;

/* A job as it was taken. `attempts` counts its takes and so tells this take from all others: what
 * is done for a job is done under id and attempts, or not at all. */
typedef struct Job {
    int64_t id;
    JobKind kind;
    const char *provider_uuid;
    const char *bill_month; /* "2026-10-01"; NULL for other work */
    int64_t manifest_id;    /* what an ingest is to load; 0 for other work */
    int attempts;
} Job;

/* The name of this process as a worker: host, process and a random part. */
const char *queue_worker_name(Arena *arena);

/* Holds the name's lock for as long as the connection lasts. */
bool queue_hold_name(Db *db, Arena *arena, const char *worker, Error *error);

/* Adds a job unless the same work (kind, provider, month) waits or runs; one that waits for
 * another try is due at once. *added (may be NULL) tells. Wakes the workers on commit. */
bool queue_add(Db *db, Arena *arena, JobKind kind, const char *provider_uuid,
               const char *bill_month, int64_t manifest_id, bool *added, Error *error);

/* The id of the work that waits or runs; NULL (no Error) when there is none. */
const char *queue_open_job(Db *db, Arena *arena, JobKind kind, const char *provider_uuid,
                           const char *bill_month, Error *error);

/* The same for work that must be done after now: one that is under way, which may go by what was
 * before, is done once more when it ends. Wakes the workers on commit. */
bool queue_add_again(Db *db, Arena *arena, JobKind kind, const char *provider_uuid,
                     const char *bill_month, int64_t manifest_id, Error *error);

/* Takes the job that is due longest, or one whose worker is gone. With `provider_uuid` only its
 * jobs. *taken tells whether there was one. */
bool queue_take(Db *db, Arena *arena, const char *worker, const char *provider_uuid, Job *job,
                bool *taken, Error *error);

/* Adds a job and takes it in one step, for work that is done here and now; one that waits is taken
 * over. *taken is false when another worker has it. */
bool queue_claim(Db *db, Arena *arena, const char *worker, JobKind kind, const char *provider_uuid,
                 const char *bill_month, int64_t manifest_id, Job *job, bool *taken, Error *error);

/* Does this worker hold the take still? Locks the job's row until the transaction ends, so that
 * nobody takes it over meanwhile. ERROR_CANCELLED when it does not. */
bool queue_fence(Db *db, Arena *arena, const Job *job, Error *error);

/* Renews the leases of all jobs that `worker` runs and lists their ids and attempts: what is not
 * among them was lost. */
typedef struct JobTake {
    int64_t id;
    int attempts;
} JobTake;
bool queue_renew(Db *db, Arena *arena, const char *worker, JobTake **takes, int *count,
                 Error *error);

/* Ends a take. Each does nothing when the take was lost. */
bool queue_done(Db *db, Arena *arena, const Job *job, Error *error);
/* For good: it is not tried again by itself. */
bool queue_failed(Db *db, Arena *arena, const Job *job, const char *reason, Error *error);
/* To be tried again after 5 s, 10 s, 20 s, … at most `most_seconds`. */
bool queue_retry(Db *db, Arena *arena, const Job *job, const char *reason, int most_seconds,
                 Error *error);
/* Given back untouched: the worker stops. */
bool queue_release(Db *db, Arena *arena, const Job *job, Error *error);

/* Seconds until the next job is due, at most `most`. */
bool queue_next(Db *db, Arena *arena, const char *provider_uuid, double most, double *seconds,
                Error *error);

/* Jobs that wait or run, of one provider or (NULL) of all. */
bool queue_open_count(Db *db, Arena *arena, const char *provider_uuid, int *count, Error *error);

/* Forgets jobs that ended more than a week ago. */
bool queue_purge(Db *db, Arena *arena, Error *error);

#endif
