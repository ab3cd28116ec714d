/* Workers: they take jobs from the queue and do them. */
#ifndef KONTOR_INGEST_JOBS_WORKER_H
#define KONTOR_INGEST_JOBS_WORKER_H

#include "base/background.h"
#include "ingest/job_run.h"
#include "ingest/jobs/load.h"

/* The workers of this process: one name, one keeper of the leases. */
typedef struct Workers Workers;

/* Connects, takes the name's lock, and starts the keeper in `background`, whose Stop is that of all
 * jobs. `ingest` must outlive it. NULL on failure. */
Workers *workers_new(const Ingest *ingest, Background *background, Error *error);

/* After the background's threads have ended. NULL is allowed. */
void workers_free(Workers *workers);

/* Starts `count` threads that do jobs until they are stopped. */
bool workers_start(Workers *workers, int count, Error *error);

/* Does on this thread what is due, of one provider or (NULL) of all, until nothing is due and
 * nothing runs elsewhere. *done and *failed count jobs. */
bool workers_drain(Workers *workers, const char *provider_uuid, int *done, int *failed,
                   Error *error);

/* A job that is done here and now. Its run lives until workers_end. */
JobRun *workers_begin(Workers *workers, Db *db, const Job *job);
/* Tells the queue how it went (`error` is NULL when it went well) and frees the run. */
void workers_end(Workers *workers, JobRun *run, const Error *error);

/* This process' name in the queue. */
const char *workers_name(const Workers *workers);

#endif
