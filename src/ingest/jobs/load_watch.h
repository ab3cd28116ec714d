/* A watch on a load: while its files are folded, it tells how far they are, in their status rows,
 * in the log, and to whoever waits at a terminal. */
#ifndef KONTOR_INGEST_JOBS_LOAD_WATCH_H
#define KONTOR_INGEST_JOBS_LOAD_WATCH_H

#include <pthread.h>

#include "ingest/fold/fold.h"
#include "ingest/job_run.h"
#include "ingest/record.h"

typedef struct LoadWatch LoadWatch;

/* Starts it, on a thread of its own. `progress_of(context, i)` gives the counters of file i of the
 * record. The run's database connection is used under `lock`. All must outlive the watch. NULL when
 * no thread can be had: then nobody watches. */
LoadWatch *load_watch_start(JobRun *run, const Record *record, const char *label,
                            FoldProgress *(*progress_of)(void *context, int index), void *context,
                            pthread_mutex_t *lock);

/* Ends it. NULL is allowed. */
void load_watch_stop(LoadWatch *watch);

#endif
