#include "ingest/job_run.h"

bool job_run_use_schema(const JobRun *run, const char *schema, Error *error)
{
    return db_script(run->db,
                     arena_printf(run->arena, "SET search_path TO %s, public",
                                  db_identifier(run->arena, schema)),
                     error);
}

bool job_run_cancelled(const JobRun *run, Error *error)
{
    if (atomic_load(&run->lost)) {
        return !error_set(error, ERROR_CANCELLED, "another worker took job %lld over",
                          (long long)run->job.id);
    }
    if (stop_raised(run->stop)) {
        return !error_set(error, ERROR_CANCELLED, "the worker stops");
    }
    return false;
}
