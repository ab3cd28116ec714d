#include "ingest/month/summary_sql.h"

#include "base/buffer.h"
#include "ingest/aws/aws_summaries.h"

static bool has_accounts(const SummaryTable *table)
{
    for (const FoldDimension *key = table->keys; *key != FOLD_DAY; key++) {
        if (*key == FOLD_USAGE_ACCOUNT) {
            return true;
        }
    }
    return false;
}

static void append_keys(Buffer *sql, const SummaryTable *table)
{
    for (const FoldDimension *key = table->keys; *key != FOLD_DAY; key++) {
        buffer_printf(sql, ", %s", SUMMARY_TEXTS[*key].column);
    }
}

/* Costs and markups, each between two texts. */
static void append_amounts(Buffer *sql, const char *before, const char *after)
{
    for (int i = 0; i < SUMMARY_AMOUNTS; i++) {
        const SummaryCost *cost = &SUMMARY_COST_COLUMNS[i % SUMMARY_COSTS];
        buffer_printf(sql, ", %s%s%s", before, i < SUMMARY_COSTS ? cost->name : cost->markup,
                      after);
    }
}

static void append_condition(Buffer *sql, const SummaryCondition *condition)
{
    const char *column = SUMMARY_TEXTS[condition->dimension].column;
    switch (condition->kind) {
    case SUMMARY_GIVEN:
        buffer_printf(sql, " AND %s IS NOT NULL", column);
        break;
    case SUMMARY_CONTAINS:
        buffer_printf(sql, " AND %s LIKE '%%%s%%'", column, condition->texts[0]);
        break;
    case SUMMARY_ONE_OF:
        buffer_printf(sql, " AND %s IN (", column);
        for (const char *const *text = condition->texts; *text != NULL; text++) {
            buffer_printf(sql, "%s'%s'", text == condition->texts ? "" : ", ", *text);
        }
        buffer_append_text(sql, ")");
        break;
    }
}

static void append_from(Buffer *sql, const SummaryTable *table)
{
    buffer_append_text(sql, " WHERE cost_entry_bill_id = $1::bigint");
    for (const SummaryCondition *condition = table->conditions; condition->dimension != FOLD_DAY;
         condition++) {
        append_condition(sql, condition);
    }
}

/* The machines: once each, however many rows they are in. */
static void append_machines(Buffer *sql, const SummaryTable *table)
{
    buffer_append_text(sql, " LEFT JOIN (SELECT usage_start, currency_code");
    append_keys(sql, table);
    buffer_append_text(sql, ", array_agg(DISTINCT id ORDER BY id) AS list"
                            " FROM " AWS_DAILY_SUMMARY ", unnest(resource_ids) AS id");
    append_from(sql, table);
    buffer_append_text(sql, " GROUP BY usage_start, currency_code");
    append_keys(sql, table);
    buffer_append_text(sql, ") AS ids USING (usage_start, currency_code");
    append_keys(sql, table);
    buffer_append_text(sql, ")");
}

static const char *derive_sql(Arena *arena, const SummaryTable *table)
{
    Buffer *sql = buffer_new(arena);
    buffer_printf(sql,
                  "INSERT INTO %s (usage_start, usage_end, currency_code, source_uuid,"
                  " cost_entry_bill_id",
                  table->name);
    append_keys(sql, table);
    buffer_append_text(sql, has_accounts(table) ? ", account_alias_id" : "");
    append_amounts(sql, "", "");
    buffer_append_text(sql, table->usage ? ", usage_amount, unit" : "");
    buffer_append_text(sql, table->machines ? ", resource_ids, resource_count" : "");
    buffer_append_text(sql,
                       ") SELECT usage_start, usage_start, currency_code, $2::uuid, $1::bigint");
    append_keys(sql, table);
    buffer_append_text(sql, has_accounts(table) ? ", max(account_alias_id)" : "");
    append_amounts(sql, "sum(", ")");
    buffer_append_text(sql, table->usage ? ", sum(usage_amount), max(unit)" : "");
    buffer_append_text(sql,
                       table->machines ? ", ids.list, COALESCE(cardinality(ids.list), 0)" : "");
    buffer_append_text(sql, " FROM " AWS_DAILY_SUMMARY);
    if (table->machines) {
        append_machines(sql, table);
    }
    append_from(sql, table);
    buffer_append_text(sql, " GROUP BY usage_start, currency_code");
    append_keys(sql, table);
    buffer_append_text(sql, table->machines ? ", ids.list" : "");
    return sql->data;
}

static const char *values_sql(Arena *arena, const SummaryValues *values)
{
    const char *column = values->dimension == FOLD_TAGS ? "tags" : "cost_category";
    return arena_printf(arena,
                        "INSERT INTO %1$s (cost_entry_bill_id, usage_account_id, account_alias_id,"
                        "    key, \"values\")"
                        " SELECT $1::bigint, usage_account_id, account_alias_id, pair.key,"
                        "        array_agg(DISTINCT pair.value ORDER BY pair.value)"
                        "   FROM (SELECT DISTINCT usage_account_id, account_alias_id, %2$s"
                        "           FROM " AWS_DAILY_SUMMARY
                        "          WHERE cost_entry_bill_id = $1::bigint) AS seen,"
                        "        jsonb_each_text(%2$s) AS pair"
                        "  GROUP BY usage_account_id, account_alias_id, pair.key",
                        values->name, column);
}

static bool empty(JobRun *run, const char *table, const char *bill, Error *error)
{
    return DB_QUERY(run->db, run->arena, error,
                    arena_printf(run->arena, "DELETE FROM %s WHERE cost_entry_bill_id = $1", table),
                    bill) != NULL ||
           error_wrap(error, "table %s", table);
}

bool summaries_remove_derived(JobRun *run, const char *bill, Error *error)
{
    bool done = true;
    for (const SummaryTable *table = AWS_DERIVED_TABLES; done && table->name != NULL; table++) {
        done = empty(run, table->name, bill, error);
    }
    return done;
}

/* Those that have a row a month. */
static bool remove_monthly(JobRun *run, const char *bill, Error *error)
{
    bool done = empty(run, AWS_MACHINES, bill, error);
    for (const SummaryValues *table = AWS_VALUES_TABLES; done && table->name != NULL; table++) {
        done = empty(run, table->name, bill, error);
    }
    return done;
}

bool summaries_forget_days(JobRun *run, const char *bill, Error *error)
{
    return empty(run, "kontor_bill_day", bill, error);
}

bool summaries_remove(JobRun *run, const char *bill, Error *error)
{
    return summaries_forget_days(run, bill, error) && empty(run, AWS_DAILY_SUMMARY, bill, error) &&
           remove_monthly(run, bill, error) && summaries_remove_derived(run, bill, error);
}

static bool remove_days(JobRun *run, const char *table, const char *bill, const char *days,
                        Error *error)
{
    return DB_QUERY(
               run->db, run->arena, error,
               arena_printf(run->arena,
                            "DELETE FROM %s"
                            " WHERE cost_entry_bill_id = $1 AND usage_start = ANY ($2::date[])",
                            table),
               bill, days) != NULL ||
           error_wrap(error, "table %s", table);
}

bool summaries_remove_days(JobRun *run, const char *bill, const char *days, Error *error)
{
    bool done =
        remove_days(run, AWS_DAILY_SUMMARY, bill, days, error) && remove_monthly(run, bill, error);
    for (const SummaryTable *table = AWS_DERIVED_TABLES; done && table->name != NULL; table++) {
        done = remove_days(run, table->name, bill, days, error);
    }
    return done;
}

bool summaries_derive(JobRun *run, const char *provider_uuid, const char *bill, Error *error)
{
    bool done = true;
    for (const SummaryTable *table = AWS_DERIVED_TABLES; done && table->name != NULL; table++) {
        done = DB_QUERY(run->db, run->arena, error, derive_sql(run->arena, table), bill,
                        provider_uuid) != NULL ||
               error_wrap(error, "table %s", table->name);
    }
    return done;
}

bool summaries_list_values(JobRun *run, const char *bill, Error *error)
{
    bool done = true;
    for (const SummaryValues *table = AWS_VALUES_TABLES; done && table->name != NULL; table++) {
        done = DB_QUERY(run->db, run->arena, error, values_sql(run->arena, table), bill) != NULL ||
               error_wrap(error, "table %s", table->name);
    }
    return done;
}
