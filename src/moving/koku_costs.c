#include <string.h>

#include "base/log.h"
#include "db/copy.h"
#include "identity/identity.h"
#include "ingest/aws/aws_summaries.h"
#include "ingest/month/summary_sql.h"
#include "moving/koku.h"
#include "moving/settings_read.h"
#include "providers/retention.h"

/* A column of a summary table here, and what stands for it where Koku's table has none, or NULL. */
typedef struct Column {
    const char *name;
    const char *type;
    const char *otherwise; /* NULL: NULL */
} Column;

#define NUMBERS                                                                                    \
    {"usage_amount", "numeric", NULL}, {"normalization_factor", "numeric", NULL},                  \
        {"normalized_usage_amount", "numeric", NULL}, {"unblended_rate", "numeric", NULL},         \
        {"blended_rate", "numeric", NULL}, {"public_on_demand_cost", "numeric", NULL},             \
        {"public_on_demand_rate", "numeric", NULL}, {"unblended_cost", "numeric", "0"},            \
        {"blended_cost", "numeric", "0"}, {"savingsplan_effective_cost", "numeric", "0"},          \
        {"calculated_amortized_cost", "numeric", "0"}, {"markup_cost", "numeric", "0"},            \
        {"markup_cost_blended", "numeric", "0"}, {"markup_cost_savingsplan", "numeric", "0"},      \
        {"markup_cost_amortized", "numeric", "0"}, {"tax_type", "text", NULL},                     \
        {"tags", "jsonb", "'{}'"},                                                                 \
    {                                                                                              \
        "cost_category", "jsonb", "'{}'"                                                           \
    }

static const Column DAILY[] = {
    {"usage_start", "date", NULL},
    {"usage_end", "date", NULL},
    {"usage_account_id", "text", "''"},
    {"product_code", "text", "''"},
    {"product_family", "text", NULL},
    {"availability_zone", "text", NULL},
    {"region", "text", NULL},
    {"instance_type", "text", NULL},
    {"unit", "text", NULL},
    {"resource_ids", "text[]", NULL},
    {"resource_count", "integer", NULL},
    {"currency_code", "text", "'USD'"},
    NUMBERS,
    {0},
};

static const Column MACHINES[] = {
    {"usage_start", "date", NULL},
    {"usage_end", "date", NULL},
    {"usage_account_id", "text", "''"},
    {"resource_id", "text", "''"},
    {"instance_name", "text", NULL},
    {"instance_type", "text", NULL},
    {"operating_system", "text", NULL},
    {"region", "text", NULL},
    {"vcpu", "integer", NULL},
    {"memory", "text", NULL},
    {"unit", "text", NULL},
    {"currency_code", "text", "'USD'"},
    NUMBERS,
    {0},
};

static const char DAILY_TABLE[] = "reporting_awscostentrylineitem_daily_summary";
static const char MACHINES_TABLE[] = "reporting_awscostentrylineitem_summary_by_ec2_compute_p";

static const char *const SUMMED[] = {"unblended_cost",
                                     "blended_cost",
                                     "savingsplan_effective_cost",
                                     "calculated_amortized_cost",
                                     "markup_cost",
                                     "markup_cost_blended",
                                     "markup_cost_savingsplan",
                                     "markup_cost_amortized",
                                     "usage_amount",
                                     NULL};

/* One customer's costs on their way. */
typedef struct Copying {
    const MovingScope *scope;
    Arena *arena;
    Db *koku;
    Db *here;
    const char *from; /* schemas, quoted */
    const char *to;
    bool dry_run;
} Copying;

/* A month of a provider. */
typedef struct Month {
    const char *provider;
    const char *first; /* "2026-10-01" */
    const char *after;
} Month;

static bool has_column(Copying *copying, const char *table, const char *column, bool *has,
                       Error *error)
{
    DbResult *rows = DB_QUERY(copying->koku, copying->arena, error,
                              "SELECT FROM pg_attribute"
                              " WHERE attrelid = to_regclass($1) AND attname = $2"
                              "   AND NOT attisdropped",
                              arena_printf(copying->arena, "%s.%s", copying->from, table), column);
    *has = rows != NULL && db_row_count(rows) > 0;
    return rows != NULL;
}

/* The columns as Koku has them: "COALESCE(d.tags, '{}')::jsonb, …". */
static const char *select_columns(Copying *copying, const char *table, const Column *columns,
                                  Error *error)
{
    Buffer *text = buffer_new(copying->arena);
    for (const Column *column = columns; column->name != NULL; column++) {
        bool has;
        const char *otherwise = column->otherwise != NULL ? column->otherwise : "NULL";
        if (!has_column(copying, table, column->name, &has, error)) {
            return NULL;
        }
        buffer_append_text(text, column == columns ? "" : ", ");
        if (has) {
            buffer_printf(text, "COALESCE(d.%s::%s, %s)", column->name, column->type, otherwise);
        } else {
            buffer_printf(text, "(%s)::%s", otherwise, column->type);
        }
    }
    return text->data;
}

static const char *name_columns(Arena *arena, const Column *columns)
{
    Buffer *text = buffer_new(arena);
    for (const Column *column = columns; column->name != NULL; column++) {
        buffer_printf(text, "%s%s", column == columns ? "" : ", ", column->name);
    }
    return text->data;
}

/* COPY takes no parameters. The texts are a UUID and days that the database gave. */
static const char *condition(Arena *arena, const Month *month)
{
    return arena_printf(arena,
                        "d.source_uuid = '%s' AND d.usage_start >= '%s'"
                        " AND d.usage_start < '%s'",
                        month->provider, month->first, month->after);
}

/* Rows and sums of a month in one text, the same on both sides when the rows say the same. */
static const char *sums(Copying *copying, Db *db, const char *schema, const Month *month,
                        Error *error)
{
    Buffer *sql = buffer_new(copying->arena);
    buffer_append_text(sql, "SELECT concat_ws(' ', count(*)");
    for (const char *const *name = SUMMED; *name != NULL; name++) {
        bool has = true;
        if (db == copying->koku && !has_column(copying, DAILY_TABLE, *name, &has, error)) {
            return NULL;
        }
        buffer_printf(sql, has ? ", trim_scale(COALESCE(sum(d.%s), 0))" : ", 0", *name);
    }
    buffer_printf(sql, ") FROM %s.%s d WHERE %s", schema, DAILY_TABLE,
                  condition(copying->arena, month));
    DbResult *rows = db_query(db, copying->arena, error, sql->data, 0, NULL);
    return rows != NULL ? db_text(rows, 0, 0) : NULL;
}

/* A text as an SQL literal. */
static void append_literal(Buffer *sql, const char *text)
{
    buffer_append_char(sql, '\'');
    for (; *text != '\0'; text++) {
        if (*text == '\'') {
            buffer_append_char(sql, '\'');
        }
        buffer_append_char(sql, *text);
    }
    buffer_append_char(sql, '\'');
}

/* The accounts of the month with the ids of their aliases here, as VALUES. */
static const char *list_aliases(Copying *copying, const Month *month, Error *error)
{
    Buffer *values = buffer_new(copying->arena);
    DbResult *accounts = db_query(
        copying->koku, copying->arena, error,
        arena_printf(copying->arena, "SELECT DISTINCT usage_account_id FROM %s.%s d WHERE %s",
                     copying->from, DAILY_TABLE, condition(copying->arena, month)),
        0, NULL);
    buffer_append_text(values, "VALUES (NULL::text, NULL::integer)");
    for (int i = 0; accounts != NULL && i < db_row_count(accounts); i++) {
        const char *account = db_text(accounts, i, 0);
        if (DB_QUERY(copying->here, copying->arena, error,
                     "INSERT INTO reporting_awsaccountalias (account_id, account_alias)"
                     " VALUES ($1, $1) ON CONFLICT (account_id) DO NOTHING",
                     account) == NULL) {
            return NULL;
        }
        DbResult *id =
            DB_QUERY(copying->here, copying->arena, error,
                     "SELECT id FROM reporting_awsaccountalias WHERE account_id = $1", account);
        if (id == NULL) {
            return NULL;
        }
        buffer_append_text(values, ", (");
        append_literal(values, account);
        buffer_printf(values, ", %s)", db_text(id, 0, 0));
    }
    return accounts != NULL ? values->data : NULL;
}

static bool copy_table(Copying *copying, const Month *month, const char *table,
                       const Column *columns, const char *bill, const char *aliases, Error *error)
{
    Arena *arena = copying->arena;
    bool exists;
    if (!settings_table_exists(copying->koku, arena,
                               arena_printf(arena, "%s.%s", copying->from, table), &exists,
                               error) ||
        !exists) {
        return error->code == ERROR_NONE;
    }
    const char *chosen = select_columns(copying, table, columns, error);
    if (chosen == NULL) {
        return false;
    }
    const char *out = arena_printf(
        arena,
        "COPY (SELECT %s, '%s'::uuid, %s::bigint, v.alias"
        "        FROM %s.%s d"
        "        LEFT JOIN (%s) AS v (account, alias) ON v.account = d.usage_account_id"
        "       WHERE %s) TO STDOUT",
        chosen, month->provider, bill, copying->from, table, aliases, condition(arena, month));
    const char *in = arena_printf(
        arena, "COPY %s (%s, source_uuid, cost_entry_bill_id, account_alias_id) FROM STDIN", table,
        name_columns(arena, columns));
    return db_copy_across(copying->koku, out, copying->here, in, error);
}

static const char *put_bill(Copying *copying, const Month *month, Error *error)
{
    DbResult *rows =
        DB_QUERY(copying->here, copying->arena, error,
                 "INSERT INTO reporting_awscostentrybill AS bill"
                 "    (provider_id, billing_period_start, billing_period_end,"
                 "     summary_data_creation_datetime, summary_data_updated_datetime)"
                 " VALUES ($1, $2::date::timestamp AT TIME ZONE 'UTC',"
                 "         $3::date::timestamp AT TIME ZONE 'UTC', now(), now())"
                 " ON CONFLICT (provider_id, billing_period_start) DO UPDATE"
                 " SET summary_data_updated_datetime = EXCLUDED.summary_data_updated_datetime"
                 " RETURNING id",
                 month->provider, month->first, month->after);
    return rows != NULL ? db_text(rows, 0, 0) : NULL;
}

static bool mark_provider(Copying *copying, const Month *month, Error *error)
{
    return DB_QUERY(copying->here, copying->arena, error,
                    "UPDATE public.api_provider"
                    "   SET setup_complete = true,"
                    "       data_updated_timestamp = COALESCE(data_updated_timestamp, now())"
                    " WHERE uuid = $1",
                    month->provider) != NULL;
}

/* Inside a transaction. The sums decide whether it is kept. */
static bool replace(Copying *copying, const Month *month, const char *wanted, Error *error)
{
    JobRun run = {.db = copying->here, .arena = copying->arena};
    const char *bill = put_bill(copying, month, error);
    const char *aliases = bill != NULL ? list_aliases(copying, month, error) : NULL;
    if (aliases == NULL || !summaries_remove(&run, bill, error) ||
        !copy_table(copying, month, DAILY_TABLE, DAILY, bill, aliases, error) ||
        !copy_table(copying, month, MACHINES_TABLE, MACHINES, bill, aliases, error)) {
        return false;
    }
    const char *is = sums(copying, copying->here, copying->to, month, error);
    if (is != NULL && strcmp(is, wanted) != 0) {
        return error_set(error, ERROR_DATA, "the sums here (%s) are not Koku's (%s)", is, wanted);
    }
    return is != NULL && summaries_derive(&run, month->provider, bill, error) &&
           summaries_list_values(&run, bill, error) && mark_provider(copying, month, error);
}

static bool copy_month(Copying *copying, const Month *month, const char *wanted, Error *error)
{
    bool done = DB_QUERY(copying->here, copying->arena, error, "SELECT ensure_month_partition($1)",
                         month->first) != NULL &&
                db_begin(copying->here, error) && replace(copying, month, wanted, error) &&
                db_commit(copying->here, error);
    if (!done) {
        db_rollback(copying->here);
        error_wrap(error, "provider %s, month %.7s", month->provider, month->first);
    }
    return done;
}

/* Why the month is not copied: NULL when it is to be. *known is false on failure. */
static const char *reason_against(Copying *copying, const Month *month, const char *wanted,
                                  const char *oldest, bool *known, Error *error)
{
    *known = true;
    if (strcmp(month->first, oldest) < 0) {
        return "is older than is kept here (data retention)";
    }
    DbResult *rows = DB_QUERY(copying->here, copying->arena, error,
                              "SELECT (SELECT count(*) FROM public.api_provider"
                              "         WHERE uuid = $1),"
                              "       (SELECT count(*)"
                              "          FROM public.reporting_common_costusagereportmanifest"
                              "         WHERE provider_id = $1"
                              "           AND billing_period_start_datetime::date = $2::date"
                              "           AND completed_datetime IS NOT NULL)",
                              month->provider, month->first);
    *known = rows != NULL;
    if (rows == NULL) {
        return NULL;
    }
    if (db_int(rows, 0, 0) == 0) {
        return copying->dry_run ? NULL : "belongs to no provider that is here";
    }
    if (db_int(rows, 0, 1) > 0) {
        return "was read from its bucket by Kontor itself";
    }
    const char *is = sums(copying, copying->here, copying->to, month, error);
    *known = is != NULL;
    return is != NULL && strcmp(is, wanted) == 0 ? "" : NULL;
}

static bool take_month(Copying *copying, const Month *month, const char *oldest, Error *error)
{
    MovingReport *report = copying->scope->report;
    const char *wanted = sums(copying, copying->koku, copying->from, month, error);
    bool known = wanted != NULL;
    const char *reason =
        known ? reason_against(copying, month, wanted, oldest, &known, error) : NULL;
    if (!known || reason != NULL) {
        if (known && *reason != '\0') {
            moving_report(report, MOVING_NOTE, "provider %s: month %.7s is left out: it %s",
                          month->provider, month->first, reason);
        }
        return known;
    }
    if (!copying->dry_run && !copy_month(copying, month, wanted, error)) {
        return false;
    }
    moving_report(report, MOVING_MADE, "provider %s: month %.7s, %.*s rows", month->provider,
                  month->first, (int)strcspn(wanted, " "), wanted);
    return true;
}

/* Newest first: what is looked at most is there soonest. */
static bool take_months(Copying *copying, const char *oldest, Error *error)
{
    DbResult *rows =
        db_query(copying->koku, copying->arena, error,
                 arena_printf(copying->arena,
                              "SELECT source_uuid, month::date,"
                              "       (month + interval '1 month')::date"
                              "  FROM (SELECT DISTINCT source_uuid,"
                              "               date_trunc('month', usage_start::timestamp) AS month"
                              "          FROM %s.%s"
                              "         WHERE source_uuid IS NOT NULL) AS months"
                              " ORDER BY month DESC, source_uuid",
                              copying->from, DAILY_TABLE),
                 0, NULL);
    for (int i = 0; rows != NULL && i < db_row_count(rows); i++) {
        const Month month = {db_text(rows, i, 0), db_text(rows, i, 1), db_text(rows, i, 2)};
        if (!take_month(copying, &month, oldest, error)) {
            return false;
        }
    }
    return rows != NULL;
}

/* In a dry run nothing has made the organisation's tables yet: then there is nothing to compare. */
static bool go(Copying *copying, const char *to, Error *error)
{
    int months;
    bool exists;
    char oldest[DATE_TEXT_SIZE];
    if (!retention_read(copying->here, copying->arena, copying->scope->config, to, &months,
                        error) ||
        !settings_table_exists(copying->here, copying->arena,
                               arena_printf(copying->arena, "%s.%s", copying->to, DAILY_TABLE),
                               &exists, error)) {
        return false;
    }
    if (!exists) {
        moving_report(copying->scope->report, MOVING_NOTE,
                      "costs can be told once sources and settings are here");
        return true;
    }
    day_format(day_month_start(clock_today(), 1 - months), oldest);
    return db_script(copying->here,
                     arena_printf(copying->arena, "SET search_path TO %s, public", copying->to),
                     error) &&
           take_months(copying, oldest, error);
}

bool koku_copy_costs(const MovingScope *scope, Db *koku, const char *schema, const char *org_id,
                     bool dry_run, Error *error)
{
    Arena *arena = arena_new();
    const char *to = identity_schema(arena, org_id);
    Copying copying = {.scope = scope,
                       .arena = arena,
                       .koku = koku,
                       .from = db_identifier(arena, schema),
                       .to = db_identifier(arena, to),
                       .dry_run = dry_run};
    bool exists;
    bool done = settings_table_exists(
        koku, arena, arena_printf(arena, "%s.%s", copying.from, DAILY_TABLE), &exists, error);
    if (done && exists) {
        copying.here = db_connect(database_conninfo(scope->database, "koku"), error);
        done = copying.here != NULL && go(&copying, to, error);
        db_close(copying.here);
    } else if (done) {
        moving_report(scope->report, MOVING_NOTE, "there is no table %s.%s: no costs of AWS",
                      schema, DAILY_TABLE);
    }
    arena_free(arena);
    return done;
}
