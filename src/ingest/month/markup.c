#include "ingest/month/markup.h"

#include <string.h>

#include "base/log.h"
#include "ingest/aws/aws_summaries.h"
#include "ingest/month/summary_sql.h"
#include "providers/provider.h"

#define PROVIDER_LOCK "hashtextextended('markup ' || $1, 0)"

bool markup_hold(JobRun *run, const char *provider_uuid, Error *error)
{
    return DB_QUERY(run->db, run->arena, error,
                    "SELECT pg_advisory_xact_lock_shared(" PROVIDER_LOCK ")",
                    provider_uuid) != NULL;
}

bool markup_share(JobRun *run, const char *provider_uuid, Decimal *share, Error *error)
{
    DbResult *rows = DB_QUERY(run->db, run->arena, error,
                              "SELECT factor, scale(factor)"
                              "  FROM (SELECT trim_scale(markup_factor($1)) AS factor) AS share",
                              provider_uuid);
    if (rows == NULL) {
        return false;
    }
    const char *factor = db_text(rows, 0, 0);
    return (db_int(rows, 0, 1) <= DECIMAL_PLACES && decimal_parse(factor, strlen(factor), share)) ||
           error_set(error, ERROR_INVALID,
                     "the markup of provider %s (%s of its costs) has too many digits: set it "
                     "anew in its cost model",
                     provider_uuid, factor);
}

/* Swaps that are under way end first: what comes later goes by the share of now. */
static bool lock(JobRun *run, Error *error)
{
    return DB_QUERY(run->db, run->arena, error, "SELECT pg_advisory_xact_lock(" PROVIDER_LOCK ")",
                    run->job.provider_uuid) != NULL;
}

static const char *read_factor(JobRun *run, Error *error)
{
    DbResult *rows =
        DB_QUERY(run->db, run->arena, error, "SELECT markup_factor($1)", run->job.provider_uuid);
    return rows != NULL ? db_text(rows, 0, 0) : NULL;
}

/* The bills of the months that are to be worked out anew, newest first. */
static DbResult *list_bills(JobRun *run, Error *error)
{
    char since[DATE_TEXT_SIZE];
    int months = run->ingest->config->markup_months;
    Day first = months > 0 ? day_month_start(clock_today(), 1 - months) : day_from_civil(1, 1, 1);
    return DB_QUERY(run->db, run->arena, error,
                    "SELECT id"
                    "  FROM reporting_awscostentrybill"
                    " WHERE provider_id = $1"
                    "   AND billing_period_start >= $2::date::timestamp AT TIME ZONE 'UTC'"
                    " ORDER BY billing_period_start DESC",
                    run->job.provider_uuid, day_format(first, since));
}

/* *changed: was there anything to do? */
static bool mark_up_table(JobRun *run, const char *table, const char *bill, const char *factor,
                          bool *changed, Error *error)
{
    const char *sql = arena_printf(
        run->arena,
        "UPDATE %s"
        "   SET markup_cost = round(unblended_cost * $2, 15),"
        "       markup_cost_blended = round(blended_cost * $2, 15),"
        "       markup_cost_savingsplan = round(savingsplan_effective_cost * $2, 15),"
        "       markup_cost_amortized = round(calculated_amortized_cost * $2, 15)"
        " WHERE cost_entry_bill_id = $1"
        "   AND (markup_cost, markup_cost_blended, markup_cost_savingsplan, markup_cost_amortized)"
        "       IS DISTINCT FROM"
        "       (round(unblended_cost * $2, 15), round(blended_cost * $2, 15),"
        "        round(savingsplan_effective_cost * $2, 15),"
        "        round(calculated_amortized_cost * $2, 15))",
        table);
    DbResult *done = DB_QUERY(run->db, run->arena, error, sql, bill, factor);
    *changed |= done != NULL && db_affected(done) > 0;
    return done != NULL;
}

/* *exact: is no row's markup rounded? Then the markup of a sum is the sum of its rows' markups. */
static bool read_exactness(JobRun *run, const char *bill, const char *factor, bool *exact,
                           Error *error)
{
    DbResult *rows = DB_QUERY(
        run->db, run->arena, error,
        "SELECT NOT EXISTS (SELECT"
        "                     FROM " AWS_DAILY_SUMMARY
        "                    WHERE cost_entry_bill_id = $1"
        "                      AND GREATEST(min_scale(unblended_cost), min_scale(blended_cost),"
        "                                   min_scale(savingsplan_effective_cost),"
        "                                   min_scale(calculated_amortized_cost))"
        "                          + min_scale($2::numeric) > 15)",
        bill, factor);
    *exact = rows != NULL && db_bool(rows, 0, 0);
    return rows != NULL;
}

/* The tables that are sums of the others: marked up as they are, or summed up anew. */
static bool mark_up_derived(JobRun *run, const char *bill, const char *factor, Error *error)
{
    bool exact = false, changed = false;
    bool done = read_exactness(run, bill, factor, &exact, error);
    if (done && !exact) {
        return summaries_remove_derived(run, bill, error) &&
               summaries_derive(run, run->job.provider_uuid, bill, error);
    }
    for (const SummaryTable *table = AWS_DERIVED_TABLES; done && table->name != NULL; table++) {
        done = mark_up_table(run, table->name, bill, factor, &changed, error);
    }
    return done;
}

static bool mark_up(JobRun *run, const char *bill, const char *expected, bool *other, Error *error)
{
    bool changed = false;
    const char *factor = lock(run, error) ? read_factor(run, error) : NULL;
    bool done = factor != NULL;
    for (const char *const *table = AWS_OWN_TABLES; done && *table != NULL; table++) {
        done = mark_up_table(run, *table, bill, factor, &changed, error);
    }
    if (!done) {
        return false;
    }
    *other |= strcmp(factor, expected) != 0;
    return !changed || (mark_up_derived(run, bill, factor, error) &&
                        queue_fence(run->db, run->arena, &run->job, error));
}

/* *other: was a month worked out by another share than the one of the start? */
static bool mark_up_all(JobRun *run, const char *factor, bool *other, Error *error)
{
    DbResult *bills = list_bills(run, error);
    for (int i = 0; bills != NULL && i < db_row_count(bills); i++) {
        if (job_run_cancelled(run, error) || !db_begin(run->db, error) ||
            !mark_up(run, db_text(bills, i, 0), factor, other, error) ||
            !db_commit(run->db, error)) {
            return false;
        }
    }
    return bills != NULL;
}

/* The start: after all swaps that may have seen an older share. */
static const char *begin(JobRun *run, Error *error)
{
    bool locked = db_begin(run->db, error) && lock(run, error) && db_commit(run->db, error);
    return locked ? read_factor(run, error) : NULL;
}

/* Whoever changes the share after the fence adds a job anew; before it, it is seen here. */
static bool end(JobRun *run, const char *factor, bool *other, Error *error)
{
    const char *now = db_begin(run->db, error) && queue_fence(run->db, run->arena, &run->job, error)
                          ? read_factor(run, error)
                          : NULL;
    *other |= now != NULL && strcmp(now, factor) != 0;
    return now != NULL && (*other || queue_done(run->db, run->arena, &run->job, error)) &&
           db_commit(run->db, error);
}

static bool go(JobRun *run, Error *error)
{
    bool done = true, other = true;
    double start = clock_monotonic();
    while (done && other) {
        other = false;
        const char *factor = begin(run, error);
        done = factor != NULL && mark_up_all(run, factor, &other, error) &&
               end(run, factor, &other, error);
    }
    if (done) {
        log_info("ingest", "Provider %s: markup worked out anew in %.2f s", run->job.provider_uuid,
                 clock_monotonic() - start);
    }
    return done;
}

bool markup_run(JobRun *run, Error *error)
{
    Provider provider;
    if (!provider_load(run->db, run->arena, run->job.provider_uuid, &provider, error)) {
        return error->code == ERROR_NOT_FOUND && queue_done(run->db, run->arena, &run->job, error);
    }
    bool done = provider.schema == NULL
                    ? queue_done(run->db, run->arena, &run->job, error)
                    : job_run_use_schema(run, provider.schema, error) && go(run, error);
    if (!done) {
        db_rollback(run->db);
    }
    db_script(run->db, "RESET search_path", NULL);
    return done;
}
