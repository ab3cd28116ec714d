#include "ingest/month/fill.h"

#include "ingest/aws/aws_summaries.h"
#include "ingest/month/derivation.h"
#include "ingest/month/machines.h"
#include "ingest/month/summary_sql.h"

enum { CHECK_GROUPS = 1024 };

typedef struct Filling {
    JobRun *run;
    const MonthContext *context;
    DbCopy *copy;
    MonthDays *days;
    Derivation *derivation; /* NULL: left to the database */
    size_t memory;          /* that it may have */
    Arena *scratch;
    uint64_t groups;
} Filling;

static void check_memory(Filling *filling)
{
    if (filling->derivation != NULL && derivation_memory(filling->derivation) > filling->memory) {
        derivation_free(filling->derivation);
        filling->derivation = NULL;
    }
}

static bool copy_group(void *context, const FoldGroup *group, Error *error)
{
    Filling *filling = context;
    MonthRow row;
    if (filling->groups++ % CHECK_GROUPS == 0) {
        check_memory(filling);
        if (job_run_cancelled(filling->run, error)) {
            return false;
        }
    }
    if (!month_row_make(filling->context, group, &row, error)) {
        return false;
    }
    if (filling->derivation != NULL) {
        derivation_add_values(filling->derivation, &row);
    }
    if (!month_days_take(filling->days, &row)) {
        return true;
    }
    month_row_copy(filling->context, &row, filling->copy, filling->scratch);
    return filling->derivation == NULL || derivation_add(filling->derivation, &row, error);
}

static bool copy_groups(Filling *filling, const char *target, Fold *fold, Error *error)
{
    const JobRun *run = filling->run;
    filling->copy = db_copy_begin(
        run->db, run->arena, month_rows_copy_sql(run->arena, target, filling->context->markup != 0),
        error);
    if (filling->copy == NULL) {
        return false;
    }
    filling->scratch = arena_new();
    bool done = fold_each(fold, copy_group, filling, error);
    done = db_copy_end(filling->copy, !done, error) && done;
    arena_free(filling->scratch);
    return done;
}

static bool fill_derived(Filling *filling, const char *bill, Error *error)
{
    JobRun *run = filling->run;
    return filling->derivation != NULL
               ? derivation_copy(filling->derivation, run, filling->context, error)
               : summaries_remove_derived(run, bill, error) &&
                     summaries_derive(run, filling->context->provider_uuid, bill, error) &&
                     summaries_list_values(run, bill, error);
}

bool month_fill(JobRun *run, const MonthContext *context, const char *target, Fold *fold,
                MonthDays *days, uint64_t *groups, Error *error)
{
    const char *bill = arena_printf(run->arena, "%lld", (long long)context->bill);
    Filling filling = {.run = run,
                       .context = context,
                       .days = days,
                       .derivation = derivation_new(AWS_DERIVED_TABLES, AWS_VALUES_TABLES),
                       .memory = (size_t)run->ingest->config->memory / 4};
    bool done = copy_groups(&filling, target, fold, error) &&
                machines_fill(run, context, bill, fold_instances(fold), error) &&
                fill_derived(&filling, bill, error);
    *groups = filling.groups;
    derivation_free(filling.derivation);
    return done;
}
