#include "ingest/swap.h"

#include "ingest/aws/aws_summaries.h"
#include "ingest/markup.h"
#include "ingest/staging.h"

/* Partitions are made before the transaction: making one locks the table for readers. */
static bool ensure_partitions(JobRun *run, Error *error)
{
    return DB_QUERY(run->db, run->arena, error,
                    "SELECT ensure_month_partition(month::date)"
                    "  FROM (SELECT DISTINCT date_trunc('month', usage_start) AS month"
                    "          FROM kontor_groups) AS months") != NULL;
}

/* The provider's row before the job's: whoever deletes a provider locks them in this order. */
static bool lock(JobRun *run, const Swap *swap, Error *error)
{
    DbResult *rows = DB_QUERY(run->db, run->arena, error,
                              "SELECT FROM public.api_provider WHERE uuid = $1 FOR KEY SHARE",
                              swap->provider->uuid);
    if (rows != NULL && db_row_count(rows) == 0) {
        return error_set(error, ERROR_CANCELLED, "provider %s was deleted", swap->provider->uuid);
    }
    return rows != NULL && queue_fence(run->db, run->arena, &run->job, error);
}

static const char *put_bill(JobRun *run, const Swap *swap, Error *error)
{
    char month[DATE_TEXT_SIZE], now[TIMESTAMP_TEXT_SIZE];
    DbResult *rows = DB_QUERY(
        run->db, run->arena, error,
        "INSERT INTO reporting_awscostentrybill AS bill"
        "    (provider_id, billing_period_start, billing_period_end, payer_account_id,"
        "     summary_data_creation_datetime, summary_data_updated_datetime)"
        " SELECT $1, $2::date::timestamp AT TIME ZONE 'UTC',"
        "        ($2::date + interval '1 month') AT TIME ZONE 'UTC',"
        "        left(max(payer_account_id), 50), $3, $3"
        "   FROM kontor_groups"
        " ON CONFLICT (provider_id, billing_period_start) DO UPDATE SET"
        "     payer_account_id = COALESCE(EXCLUDED.payer_account_id, bill.payer_account_id),"
        "     summary_data_updated_datetime = EXCLUDED.summary_data_updated_datetime"
        " RETURNING id",
        swap->provider->uuid, day_format(swap->record->month, month),
        timestamp_format(clock_now(), true, now));
    return rows != NULL ? db_text(rows, 0, 0) : NULL;
}

bool swap_remove(JobRun *run, const char *const *tables, const char *bill, Error *error)
{
    for (; *tables != NULL; tables++) {
        if (DB_QUERY(
                run->db, run->arena, error,
                arena_printf(run->arena, "DELETE FROM %s WHERE cost_entry_bill_id = $1", *tables),
                bill) == NULL) {
            return error_wrap(error, "table %s", *tables);
        }
    }
    return true;
}

/* Without an AWS account to ask for names, an account's alias is its number. */
static bool put_aliases(JobRun *run, Error *error)
{
    return DB_QUERY(run->db, run->arena, error,
                    "INSERT INTO reporting_awsaccountalias (account_id, account_alias)"
                    " SELECT DISTINCT left(usage_account_id, 50), left(usage_account_id, 50)"
                    "   FROM kontor_groups"
                    "  ORDER BY 1"
                    " ON CONFLICT (account_id) DO NOTHING") != NULL;
}

static bool fill(JobRun *run, const char *const *statements, const char *bill,
                 const char *provider_uuid, Error *error)
{
    for (; *statements != NULL; statements++) {
        if (DB_QUERY(run->db, run->arena, error, *statements, bill, provider_uuid) == NULL) {
            return false;
        }
    }
    return true;
}

bool swap_derive(JobRun *run, const char *provider_uuid, const char *bill, Error *error)
{
    return fill(run, AWS_DERIVED_STATEMENTS, bill, provider_uuid, error);
}

bool swap_list_values(JobRun *run, const char *bill, Error *error)
{
    for (const char *const *sql = AWS_VALUES_STATEMENTS; *sql != NULL; sql++) {
        if (DB_QUERY(run->db, run->arena, error, *sql, bill) == NULL) {
            return false;
        }
    }
    return true;
}

static bool insert_new(JobRun *run, const Swap *swap, const char *bill, Error *error)
{
    const char *provider = swap->provider->uuid;
    return markup_stage(run, provider, error) &&
           fill(run, AWS_OWN_STATEMENTS, bill, provider, error) &&
           swap_derive(run, provider, bill, error) && swap_list_values(run, bill, error);
}

static bool mark_files(JobRun *run, const Swap *swap, Error *error)
{
    for (int i = 0; i < swap->record->file_count; i++) {
        if (!record_file_ended(run->db, run->arena, swap->record->manifest_id, &swap->outcomes[i],
                               error)) {
            return false;
        }
    }
    return true;
}

static bool mark_provider(JobRun *run, const Swap *swap, Error *error)
{
    char now[TIMESTAMP_TEXT_SIZE];
    return DB_QUERY(run->db, run->arena, error,
                    "UPDATE public.api_provider"
                    "   SET setup_complete = true, data_updated_timestamp = $2"
                    " WHERE uuid = $1",
                    swap->provider->uuid, timestamp_format(clock_now(), true, now)) != NULL;
}

/* A month's groups are summed in memory, and not long enough for compiling to pay. */
static const char PLANNING_SQL[] = "SET LOCAL work_mem = '64MB'; SET LOCAL jit = off";

static bool replace(JobRun *run, const Swap *swap, Error *error)
{
    int64_t manifest_id = swap->record->manifest_id;
    if (!db_script(run->db, PLANNING_SQL, error) || !lock(run, swap, error)) {
        return false;
    }
    const char *bill = put_bill(run, swap, error);
    return bill != NULL && swap_remove(run, AWS_OWN_TABLES, bill, error) &&
           swap_remove(run, AWS_DERIVED_TABLES, bill, error) &&
           swap_remove(run, AWS_VALUES_TABLES, bill, error) && put_aliases(run, error) &&
           insert_new(run, swap, bill, error) &&
           tag_keys_save(swap->keys, run->db, run->arena, error) && mark_files(run, swap, error) &&
           record_step_ended(run->db, run->arena, manifest_id, STEP_SUMMARY, error) &&
           record_completed(run->db, run->arena, manifest_id, error) &&
           mark_provider(run, swap, error) && queue_done(run->db, run->arena, &run->job, error) &&
           staging_drop(run->db, error);
}

bool swap_month(JobRun *run, const Swap *swap, Error *error)
{
    bool done = ensure_partitions(run, error) && db_begin(run->db, error) &&
                replace(run, swap, error) && db_commit(run->db, error);
    if (!done) {
        db_rollback(run->db);
    }
    return done;
}
