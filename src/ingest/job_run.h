/* A job while a worker does it. */
#ifndef KONTOR_INGEST_JOB_RUN_H
#define KONTOR_INGEST_JOB_RUN_H

#include <stdatomic.h>

#include "base/background.h"
#include "base/config.h"
#include "db/database.h"
#include "ingest/pace.h"
#include "ingest/queue.h"

/* What all of the ingest works with. */
typedef struct Ingest {
    const Config *config;
    Database *database;
    /* Called some times a second while a month's files are folded, with what month it is, and with
     * a NULL pace when that has ended; from threads of their own. NULL: nobody watches. */
    void (*watch)(void *context, const char *label, const Pace *pace);
    void *watch_context;
} Ingest;

typedef struct JobRun {
    const Ingest *ingest;
    Db *db;       /* the worker's own connection */
    Arena *arena; /* of this job */
    Job job;
    const Stop *stop; /* the worker's */
    bool whole;       /* a month is replaced whole, not only the days that have changed */
    /* Another worker has the job now: set by the keeper of the leases. */
    _Atomic bool lost;
    bool noted; /* the keeper's own mark */
} JobRun;

/* Names without a schema mean the tenant's from here on; "RESET search_path" ends it. */
bool job_run_use_schema(const JobRun *run, const char *schema, Error *error);

/* True, with ERROR_CANCELLED, when the job must not go on. */
bool job_run_cancelled(const JobRun *run, Error *error);

#endif
