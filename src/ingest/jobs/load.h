/* One month of one provider: fetched, folded, staged, swapped in. */
#ifndef KONTOR_INGEST_JOBS_LOAD_H
#define KONTOR_INGEST_JOBS_LOAD_H

#include "ingest/job_run.h"
#include "ingest/record.h"

/* What became of a month, for those who watch. All in the run's arena. */
typedef struct LoadReport {
    const char *month;  /* "2026-10" */
    FileOutcome *files; /* NULL when it ended before the files were known */
    int file_count;
    uint64_t groups;
} LoadReport;

/* Does a job of kind JOB_INGEST to its end, which includes queue_done. On failure the month stays
 * as it was, and manifest and files say why: ERROR_DATA when a file is broken (there is no use in
 * trying it again before it is replaced), ERROR_CONFLICT or ERROR_NOT_FOUND when the bucket changed
 * meanwhile, ERROR_CANCELLED, or what the storage or the database said. */
bool load_month(JobRun *run, LoadReport *report, Error *error);

#endif
