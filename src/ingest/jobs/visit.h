/* A look at a provider's bucket: can it be read, which months does it hold, what is new? */
#ifndef KONTOR_INGEST_JOBS_VISIT_H
#define KONTOR_INGEST_JOBS_VISIT_H

#include "ingest/discover.h"
#include "ingest/job_run.h"
#include "ingest/record.h"

/* What is asked for beyond the usual look. */
typedef struct VisitScope {
    const char *report_name; /* instead of the provider's own; NULL: that */
    bool all_months;         /* whatever the bucket holds; otherwise the usual ones */
    bool one_month;          /* `month` alone */
    Day month;
} VisitScope;

typedef struct VisitedMonth {
    ReportMonth found;
    int64_t manifest_id; /* 0 when the month has a problem */
    RecordState state;
} VisitedMonth;

typedef struct Visit {
    const char *provider_uuid;
    VisitedMonth *months;
    int count;
} Visit;

/* Looks, notes what it found (ingest/record.h), and tells the Sources API whether the bucket can be
 * read. The usual months are this one and the last; for a provider without data as many as the
 * configuration says, but no more than are kept. A bucket that can't be read is an error. */
bool visit_bucket(JobRun *run, const VisitScope *scope, Visit *visit, Error *error);

/* Does a job of kind JOB_DISCOVER: the usual look, or one for the job's month alone, and a job for
 * each month that is needed.
 * A provider that is paused or inactive by now is passed over. */
bool visit_run(JobRun *run, Error *error);

#endif
