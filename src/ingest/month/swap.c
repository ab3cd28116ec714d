#include "ingest/month/swap.h"

#include "ingest/aws/aws_summaries.h"
#include "ingest/month/fill.h"
#include "ingest/month/markup.h"
#include "ingest/month/summary_sql.h"

/* Before the transaction: making a partition locks the table for readers. */
static bool ensure_partition(JobRun *run, Day month, Error *error)
{
    char first[DATE_TEXT_SIZE];
    return DB_QUERY(run->db, run->arena, error, "SELECT ensure_month_partition($1)",
                    day_format(month, first)) != NULL;
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

/* What the database sums up of a month it sums in memory, and not long enough for compiling to pay.
 */
static const char PLANNING_SQL[] = "SET LOCAL work_mem = '64MB'; SET LOCAL jit = off";

static bool put_bill(JobRun *run, const Swap *swap, const char *payer, MonthContext *context,
                     Error *error)
{
    char month[DATE_TEXT_SIZE], now[TIMESTAMP_TEXT_SIZE];
    DbResult *rows = DB_QUERY(
        run->db, run->arena, error,
        "WITH former AS ("
        "    SELECT summary_data_updated_datetime"
        "      FROM reporting_awscostentrybill"
        "     WHERE provider_id = $1"
        "       AND billing_period_start = $2::date::timestamp AT TIME ZONE 'UTC')"
        " INSERT INTO reporting_awscostentrybill AS bill"
        "    (provider_id, billing_period_start, billing_period_end, payer_account_id,"
        "     summary_data_creation_datetime, summary_data_updated_datetime)"
        " VALUES ($1, $2::date::timestamp AT TIME ZONE 'UTC',"
        "         ($2::date + interval '1 month') AT TIME ZONE 'UTC', $4, $3, $3)"
        " ON CONFLICT (provider_id, billing_period_start) DO UPDATE SET"
        "     payer_account_id = COALESCE(EXCLUDED.payer_account_id, bill.payer_account_id),"
        "     summary_data_updated_datetime = EXCLUDED.summary_data_updated_datetime"
        /* A row that is put in, not changed, has been locked by nobody. */
        " RETURNING id, (SELECT summary_data_updated_datetime FROM former), xmax = 0",
        swap->provider->uuid, day_format(swap->record->month, month),
        timestamp_format(clock_now(), true, now), payer);
    if (rows != NULL) {
        context->bill = db_int(rows, 0, 0);
        context->former = db_text(rows, 0, 1);
        context->fresh = db_bool(rows, 0, 2);
    }
    return rows != NULL;
}

/* The accounts as an array for SQL. */
static const char *list_accounts(Arena *arena, const MonthFacts *facts)
{
    Buffer *text = buffer_new(arena);
    buffer_append_char(text, '{');
    for (uint32_t i = facts->nameless ? 0 : 1; i < dictionary_count(facts->accounts); i++) {
        FoldText account = dictionary_text(facts->accounts, i);
        buffer_append_text(text, text->length > 1 ? ",\"" : "\"");
        for (uint32_t at = 0; at < account.length; at++) {
            if (account.bytes[at] == '"' || account.bytes[at] == '\\') {
                buffer_append_char(text, '\\');
            }
            buffer_append_char(text, account.bytes[at]);
        }
        buffer_append_char(text, '"');
    }
    buffer_append_char(text, '}');
    return text->data;
}

/* The ids of the accounts' aliases, by their numbers. Without an AWS account to ask for names, an
 * account's alias is its number. */
static const int32_t *put_aliases(JobRun *run, const MonthFacts *facts, Error *error)
{
    const char *accounts = list_accounts(run->arena, facts);
    DbResult *rows = DB_QUERY(run->db, run->arena, error,
                              "INSERT INTO reporting_awsaccountalias (account_id, account_alias)"
                              " SELECT account, account"
                              "   FROM unnest($1::text[]) AS account"
                              "  ORDER BY 1"
                              " ON CONFLICT (account_id) DO NOTHING",
                              accounts);
    if (rows != NULL) {
        rows = DB_QUERY(run->db, run->arena, error,
                        "SELECT a.id"
                        "  FROM unnest($1::text[]) WITH ORDINALITY AS wanted (account, number)"
                        "  JOIN reporting_awsaccountalias a ON a.account_id = wanted.account"
                        " ORDER BY wanted.number",
                        accounts);
    }
    if (rows == NULL) {
        return NULL;
    }
    uint32_t count = dictionary_count(facts->accounts);
    int32_t *aliases = arena_array(run->arena, count, sizeof *aliases);
    for (int i = 0; i < db_row_count(rows); i++) {
        aliases[i + (facts->nameless ? 0 : 1)] = (int32_t)db_int(rows, i, 0);
    }
    return aliases;
}

/* Where the groups are copied to: the partition of their month, which spares PostgreSQL a choice a
 * row, or, when they are of several, the table. */
static const char *find_target(JobRun *run, const MonthFacts *facts, Error *error)
{
    char first[DATE_TEXT_SIZE];
    if (facts->month_count != 1) {
        return AWS_DAILY_SUMMARY;
    }
    day_format(facts->months[0], first);
    DbResult *rows =
        DB_QUERY(run->db, run->arena, error,
                 "SELECT c.relname"
                 "  FROM pg_inherits i"
                 "  JOIN pg_class c ON c.oid = i.inhrelid"
                 " WHERE i.inhparent = '" AWS_DAILY_SUMMARY "'::regclass"
                 "   AND c.relname = $1",
                 arena_printf(run->arena, AWS_DAILY_SUMMARY "_%.4s_%.2s", first, first + 5));
    if (rows == NULL) {
        return NULL;
    }
    return db_row_count(rows) == 0 ? AWS_DAILY_SUMMARY
                                   : db_identifier(run->arena, db_text(rows, 0, 0));
}

/* The bill's rows of the days that have changed. Groups on disk are looked at once only: then all
 * of them have. */
static bool remove_old(JobRun *run, const Swap *swap, const MonthContext *context, const char *bill,
                       Fold *fold, MonthDays *days, Error *error)
{
    if (context->fresh) {
        return true;
    }
    if (!swap->whole && !fold_spilled(fold) && !month_days_compare(days, run, bill, fold, error)) {
        return false;
    }
    return month_days_all_changed(days)
               ? summaries_remove(run, bill, error)
               : summaries_remove_days(run, bill, month_days_changed_list(days, run->arena), error);
}

static bool replace(JobRun *run, const Swap *swap, MonthFacts *facts, Fold *fold, uint64_t *groups,
                    Error *error)
{
    MonthContext context = {.provider_uuid = swap->provider->uuid, .facts = facts};
    const char *target = NULL;
    if (!put_bill(run, swap, facts->payer, &context, error) ||
        (context.aliases = put_aliases(run, facts, error)) == NULL ||
        !markup_share(run, swap->provider->uuid, &context.markup, error) ||
        (context.tag_map = tag_map_load(run->db, run->arena, swap->provider->type, error)) ==
            NULL ||
        (target = find_target(run, facts, error)) == NULL) {
        return false;
    }
    const char *bill = arena_printf(run->arena, "%lld", (long long)context.bill);
    MonthDays *days = month_days_new(&context, run->arena);
    return remove_old(run, swap, &context, bill, fold, days, error) &&
           month_fill(run, &context, target, fold, days, groups, error) &&
           month_days_save(days, run, bill, error);
}

static bool mark_files(JobRun *run, const Swap *swap, const FileOutcome *outcomes, Error *error)
{
    for (int i = 0; i < swap->record->file_count; i++) {
        if (!record_file_ended(run->db, run->arena, swap->record->manifest_id, &outcomes[i],
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

static bool finish(JobRun *run, const Swap *swap, const FileOutcome *outcomes, Error *error)
{
    int64_t manifest_id = swap->record->manifest_id;
    /* The manifest before its files: so does who writes down what lies in the bucket (record.c). */
    return tag_keys_save(swap->keys, run->db, run->arena, error) &&
           record_step_ended(run->db, run->arena, manifest_id, STEP_SUMMARY, error) &&
           mark_files(run, swap, outcomes, error) &&
           record_completed(run->db, run->arena, manifest_id, error) &&
           mark_provider(run, swap, error) && queue_done(run->db, run->arena, &run->job, error) &&
           db_commit(run->db, error);
}

/* The groups may be of days outside the bill's month, too: real bills have such. */
static bool ensure_partitions(JobRun *run, const MonthFacts *facts, Error *error)
{
    bool done = true;
    for (int i = 0; done && i < facts->month_count; i++) {
        done = ensure_partition(run, facts->months[i], error);
    }
    return done;
}

bool swap_month(JobRun *run, const Swap *swap, Fold *fold, const FileOutcome *outcomes,
                uint64_t *groups, Error *error)
{
    MonthFacts facts;
    Arena *arena = arena_new();
    bool done = month_facts(fold, arena, &facts, error) && ensure_partitions(run, &facts, error) &&
                db_begin(run->db, error) && db_script(run->db, PLANNING_SQL, error) &&
                lock(run, swap, error) && markup_hold(run, swap->provider->uuid, error) &&
                replace(run, swap, &facts, fold, groups, error) &&
                finish(run, swap, outcomes, error);
    arena_free(arena);
    return done;
}
