#include "reports/planner.h"

#include <stdio.h>
#include <string.h>

#include "db/db.h"
#include "reports/sql_text.h"

/* The alias that rows grouped by this group carry, or NULL. */
static const ReportAlias *group_alias(const ReportRequest *request, int group)
{
    const ReportAlias *alias = request->type->aliases;
    while (alias != NULL && alias->field != NULL &&
           strcmp(alias->field, request->groups[group].name) != 0) {
        alias++;
    }
    return alias != NULL && alias->field != NULL ? alias : NULL;
}

const ReportTable *planner_table(const ReportRequest *request, bool narrowed)
{
    static const char *const ACCOUNT[REPORT_COLUMNS_MAX] = {"usage_account_id"};
    const ReportTable *table = request->type->tables;
    bool finest = request->type->amounts_by_row && request->cost_type != request->type->cost_types;
    for (; table[1].name != NULL; table++) {
        bool enough = !finest && report_table_has(table, request->type->base_columns) &&
                      (!narrowed || report_table_has(table, ACCOUNT));
        for (int i = 0; i < request->group_count && enough; i++) {
            enough = report_table_has(table, request->groups[i].field->columns);
        }
        for (int i = 0; i < request->restriction_count && enough; i++) {
            enough = report_table_has(table, request->restrictions[i].field->columns);
        }
        if (enough) {
            break;
        }
    }
    return table;
}

/* "s0 + s2": the sums of an amount, of the rows called `row`. */
static void write_amount(SqlText *sql, const char *row, unsigned sums)
{
    const char *separator = "";
    for (int i = 0; i < REPORT_SUMS_MAX; i++) {
        if ((sums & (1u << i)) != 0) {
            sql_write(sql, "%s%s.s%d", separator, row, i);
            separator = " + ";
        }
    }
    if (separator[0] == '\0') {
        sql_write(sql, "0");
    }
}

/* The same, from the rows of the table themselves. */
static void write_raw_amount(SqlText *sql, const ReportType *type, unsigned sums)
{
    const char *separator = "";
    for (int i = 0; i < REPORT_SUMS_MAX; i++) {
        if ((sums & (1u << i)) != 0) {
            sql_write(sql, "%sCOALESCE(", separator);
            sql_expand(sql, type->sums[i], NULL, NULL);
            sql_write(sql, ", 0)");
            separator = " + ";
        }
    }
}

/* The bits of the sums whose change delta tells. */
static unsigned delta_sums(const ReportType *type)
{
    const ReportAmount *amount = report_amount_find(type, type->delta_amount);
    return amount != NULL ? amount->sums : type->usage;
}

/* The day a row counts for: one of the window before is moved into this one. */
static void write_bucket(SqlText *sql, const ReportRequest *request, const char *start)
{
    const TimeScope *time = &request->time;
    char day[160] = "r.usage_start";
    if (request->delta && time->shift > 0) {
        snprintf(
            day, sizeof day,
            "CASE WHEN r.usage_start < %s::date THEN r.usage_start + %d ELSE r.usage_start END",
            start, time->shift);
    } else if (request->delta) {
        snprintf(day, sizeof day,
                 "CASE WHEN r.usage_start < %s::date"
                 " THEN (r.usage_start + interval '1 month')::date ELSE r.usage_start END",
                 start);
    }
    sql_write(sql, time->monthly ? "date_trunc('month', (%s)::timestamp)::date" : "%s", day);
}

static const char *bind_day(SqlText *sql, Day day)
{
    char text[DATE_TEXT_SIZE];
    return sql_bind(sql, day_format(day, text));
}

static void write_window(SqlText *sql, const ReportRequest *request, const char *start)
{
    const TimeScope *time = &request->time;
    sql_write(sql, "(r.usage_start BETWEEN %s::date AND %s::date", start, bind_day(sql, time->end));
    if (request->delta) {
        sql_write(sql, " OR r.usage_start BETWEEN %s::date AND %s::date",
                  bind_day(sql, time->previous_start), bind_day(sql, time->previous_end));
    }
    sql_write(sql, ")");
}

static void write_value(SqlText *sql, const ReportGroup *group)
{
    sql_expand(sql, group->field->value, group->units != NULL ? group->units : group->key, NULL);
}

/* Costs of accounts outside the units that are grouped by are none of theirs. */
static void write_unit_conditions(SqlText *sql, const ReportRequest *request)
{
    for (int i = 0; i < request->group_count; i++) {
        if (request->groups[i].units != NULL) {
            sql_write(sql, "\n   AND ");
            write_value(sql, &request->groups[i]);
            sql_write(sql, " IS NOT NULL");
        }
    }
}

/* The table's rows of both windows, summed up by bucket, groups and source: small already, so that
 * what follows may be written for clarity. */
static void write_fine(SqlText *sql, const ReportRequest *request)
{
    const ReportType *type = request->type;
    const char *start = bind_day(sql, request->time.start);
    const char *current = request->delta ? " FILTER (WHERE r.usage_start >= %s::date)" : "";
    sql_write(sql, "WITH fine AS (\nSELECT ");
    write_bucket(sql, request, start);
    sql_write(sql, " AS bucket, r.source_uuid AS source");
    for (int i = 0; i < request->group_count; i++) {
        sql_write(sql, ", COALESCE(");
        write_value(sql, &request->groups[i]);
        sql_write(sql, ", '') AS g%d", i);
    }
    for (int i = 0; i < request->group_count; i++) {
        const ReportAlias *alias = group_alias(request, i);
        if (alias != NULL) {
            sql_write(sql, ", %s AS a%d", alias->sql, i);
        }
    }
    for (int i = 0; type->details != NULL && type->details[i].name != NULL; i++) {
        sql_write(sql, ", ");
        sql_expand(sql, type->details[i].sql, NULL, NULL);
        sql_write(sql, " AS d%d", i);
    }
    for (int i = 0; i < REPORT_SUMS_MAX && type->sums[i] != NULL; i++) {
        sql_write(sql, ", COALESCE(SUM(");
        sql_expand(sql, type->sums[i], NULL, NULL);
        sql_write(sql, ")");
        sql_write(sql, current, start);
        sql_write(sql, ", 0) AS s%d", i);
    }
    if (request->delta) {
        sql_write(sql, ", bool_or(r.usage_start >= %s::date) AS current, COALESCE(SUM(", start);
        write_raw_amount(sql, type, delta_sums(type));
        sql_write(sql, ") FILTER (WHERE r.usage_start < %s::date), 0) AS previous", start);
    }
    sql_write(sql, ", %s AS unit\n  FROM {schema}.%s r\n WHERE ",
              type->unit != NULL ? "MAX(r.unit)" : "NULL::text",
              planner_table(request, sql->tables->narrowed)->name);
    write_window(sql, request, start);
    sql_write_conditions(sql, request);
    write_unit_conditions(sql, request);
    sql_write(sql, "\n GROUP BY 1, 2");
    for (int i = 0; i < request->group_count; i++) {
        sql_write(sql, ", %d", i + 3);
    }
    sql_write(sql, ")");
}

/* ", row.g0, row.g1" */
static void write_groups(SqlText *sql, const ReportRequest *request, const char *row)
{
    for (int i = 0; i < request->group_count; i++) {
        sql_write(sql, ", %s.g%d", row, i);
    }
}

/* What groups are ranked by: an amount; a text only where pages are asked for. */
static void write_rank_order(SqlText *sql, const ReportRequest *request)
{
    const ReportType *type = request->type;
    const ReportOrder *order = &request->order;
    const ReportAmount *amount = order->amount;
    bool text = (order->kind == ORDER_GROUP || order->kind == ORDER_ALIAS) && order->given &&
                request->has_rank_offset;
    const char *direction = order->descending ? "DESC" : "ASC";
    if (text) {
        const ReportAlias *alias =
            order->kind == ORDER_ALIAS ? group_alias(request, order->group) : NULL;
        sql_write(sql, "lower(COALESCE(");
        if (alias != NULL && alias->lookup != NULL) {
            sql_expand(sql, alias->lookup, NULL,
                       arena_printf(sql->arena, "MAX(f.a%d)", order->group));
            sql_write(sql, ", ");
        }
        sql_write(sql, "NULLIF(f.g%d, ''), 'No-')) COLLATE \"C\" %s", order->group, direction);
        return;
    }
    if (order->kind != ORDER_AMOUNT && order->kind != ORDER_USAGE) {
        amount = report_amount_find(type, type->default_order);
        direction = order->kind == ORDER_DELTA ? direction : "DESC";
    }
    sql_write(sql, "SUM(");
    write_amount(sql, "f", amount != NULL ? amount->sums : type->usage);
    sql_write(sql, ") %s", direction);
}

/* All groups of the window in their order, and those of them that are kept. */
static void write_ranking(SqlText *sql, const ReportRequest *request)
{
    sql_write(sql, ",\nranked AS (\nSELECT ROW_NUMBER() OVER (ORDER BY ");
    write_rank_order(sql, request);
    for (int i = 0; i < request->group_count; i++) {
        sql_write(sql, ", f.g%d COLLATE \"C\"", i);
    }
    sql_write(sql, ") AS rank");
    write_groups(sql, request, "f");
    sql_write(sql, "\n  FROM fine f%s\n GROUP BY ", request->delta ? "\n WHERE f.current" : "");
    for (int i = 0; i < request->group_count; i++) {
        sql_write(sql, "%sf.g%d", i > 0 ? ", " : "", i);
    }
    char offset[24], limit[24];
    snprintf(offset, sizeof offset, "%lld", (long long)request->rank_offset);
    snprintf(limit, sizeof limit, "%lld", (long long)request->rank_limit);
    const char *first = sql_bind(sql, offset);
    sql_write(sql,
              "),\nkept AS (\nSELECT *\n  FROM ranked\n WHERE rank > %s::bigint"
              " AND rank - %s::bigint <= %s::bigint)",
              first, first, sql_bind(sql, limit));
}

/* The readable name of a group, looked up once a row of the answer. */
static void write_alias(SqlText *sql, const ReportRequest *request, int group)
{
    const ReportAlias *alias = group_alias(request, group);
    char value[24];
    snprintf(value, sizeof value, "MAX(f.a%d)", group);
    sql_write(sql, ", ");
    if (alias == NULL) {
        sql_write(sql, "NULL::text");
    } else if (alias->lookup == NULL) {
        sql_write(sql, "%s", value);
    } else {
        sql_expand(sql, alias->lookup, NULL, value);
    }
}

static void write_details(SqlText *sql, const ReportType *type)
{
    for (int i = 0; type->details != NULL && type->details[i].name != NULL; i++) {
        char value[24];
        snprintf(value, sizeof value, "f.d%d", i);
        sql_write(sql, ", ");
        sql_expand(sql, type->details[i].merge != NULL ? type->details[i].merge : "MAX({value})",
                   NULL, value);
    }
}

static void write_answer(SqlText *sql, const ReportRequest *request, bool ranks)
{
    const char *row = ranks ? "k" : "f";
    sql_write(sql, "\nSELECT f.bucket, %s, %s, %s, %s, MAX(f.unit), array_agg(DISTINCT f.source)%s",
              ranks ? "k.rank" : "NULL::bigint", ranks ? "(SELECT COUNT(*) FROM ranked)" : "0",
              request->delta ? "bool_or(f.current)" : "true",
              request->delta ? "SUM(f.previous)" : "0",
              request->delta ? " FILTER (WHERE f.current)" : "");
    write_groups(sql, request, row);
    for (int i = 0; i < request->group_count; i++) {
        write_alias(sql, request, i);
    }
    for (int i = 0; i < REPORT_SUMS_MAX && request->type->sums[i] != NULL; i++) {
        sql_write(sql, ", SUM(f.s%d)", i);
    }
    write_details(sql, request->type);
    sql_write(sql, "\n  FROM fine f");
    for (int i = 0; i < request->group_count && ranks; i++) {
        sql_write(sql, "%s k.g%d = f.g%d", i == 0 ? "\n  LEFT JOIN kept k\n    ON" : " AND", i, i);
    }
    sql_write(sql, "\n GROUP BY f.bucket%s", ranks ? ", k.rank" : "");
    write_groups(sql, request, row);
}

/* The rows as they are, one a source: whoever reads them adds up what belongs together. That is
 * less than what a second grouping takes. */
static void write_parts(SqlText *sql, const ReportRequest *request)
{
    sql_write(sql, "\nSELECT f.bucket, NULL::bigint, 0, %s, %s, f.unit, f.source",
              request->delta ? "f.current" : "true", request->delta ? "f.previous" : "0");
    write_groups(sql, request, "f");
    for (int i = 0; i < request->group_count; i++) {
        const ReportAlias *alias = group_alias(request, i);
        if (alias == NULL) {
            sql_write(sql, ", NULL::text");
        } else {
            sql_write(sql, alias->lookup != NULL ? ", l%d.alias" : ", f.a%d", i);
        }
    }
    for (int i = 0; i < REPORT_SUMS_MAX && request->type->sums[i] != NULL; i++) {
        sql_write(sql, ", f.s%d", i);
    }
    sql_write(sql, "\n  FROM fine f");
    for (int i = 0; i < request->group_count; i++) {
        const ReportAlias *alias = group_alias(request, i);
        if (alias != NULL && alias->lookup != NULL) {
            char value[24];
            snprintf(value, sizeof value, "f.a%d", i);
            sql_write(sql, "\n  LEFT JOIN LATERAL ");
            sql_expand(sql, alias->lookup, NULL, value);
            sql_write(sql, " AS l%d (alias) ON true", i);
        }
    }
}

ReportPlan planner_plan(Arena *arena, const ReportRequest *request, const TenantSql *tables)
{
    SqlText sql = sql_new(arena, tables, request->cost_type);
    sql.rate = request->rate;
    bool ranks = request->rank_limit > 0 && request->group_count > 0;
    bool parts = !ranks && request->type->details == NULL;
    write_fine(&sql, request);
    if (ranks) {
        write_ranking(&sql, request);
    }
    if (parts) {
        write_parts(&sql, request);
    } else {
        write_answer(&sql, request, ranks);
    }
    ReportPlan plan = {.sql = sql.text->data,
                       .parameters = sql.parameters,
                       .parameter_count = sql.parameter_count,
                       .parts = parts};
    while (plan.sum_count < REPORT_SUMS_MAX && request->type->sums[plan.sum_count] != NULL) {
        plan.sum_count++;
    }
    while (request->type->details != NULL &&
           request->type->details[plan.detail_count].name != NULL) {
        plan.detail_count++;
    }
    return plan;
}
