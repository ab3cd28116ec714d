/* When providers' buckets are looked at. */
#ifndef KONTOR_INGEST_JOBS_SCHEDULE_H
#define KONTOR_INGEST_JOBS_SCHEDULE_H

#include "base/background.h"
#include "ingest/job_run.h"

/* Queues a look at each provider (or the one given) that is active, not paused, and was not looked
 * at for the configuration's poll interval, or has changed since. *queued counts new jobs. */
bool schedule_due(const Ingest *ingest, Db *db, const char *provider_uuid, int *queued,
                  Error *error);

/* Does so as time passes and as providers come and change; before that it gives providers that
 * were inserted by hand their tenant. A background task, `context` is an Ingest. */
void schedule_task(void *context, const Stop *stop);

#endif
