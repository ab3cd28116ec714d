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

/* An amount from the rows of the table themselves. */
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

/* Are rows summed up by the database? Two columns of a table that was made for them tell most of
 * its rows apart: to read these and add them up takes less than a hash table there. Tags do not.
 * Amounts that are changed into another currency are summed up before they are rounded. */
static bool folds(const ReportRequest *request)
{
    bool few = request->group_count < 2 || request->time.monthly;
    for (int i = 0; i < request->group_count && !few; i++) {
        few = request->groups[i].key != NULL;
    }
    return few || request->rate != NULL || request->type->details != NULL;
}

static void write_group_columns(SqlText *sql, const ReportRequest *request, bool fold)
{
    for (int i = 0; i < request->group_count; i++) {
        sql_write(sql, ", COALESCE(");
        write_value(sql, &request->groups[i]);
        sql_write(sql, ", '') AS g%d", i);
    }
    for (int i = 0; i < request->group_count; i++) {
        const ReportAlias *alias = group_alias(request, i);
        if (alias != NULL) {
            sql_write(sql, fold ? ", MAX(%s) AS a%d" : ", %s AS a%d", alias->sql, i);
        }
    }
}

/* Around an amount: its sum, or the row's own, of rows that fulfil `condition` (NULL: of all). */
static void open_sum(SqlText *sql, bool fold, const char *condition)
{
    if (fold) {
        sql_write(sql, ", COALESCE(SUM(");
    } else if (condition != NULL) {
        sql_write(sql, ", COALESCE(CASE WHEN %s THEN (", condition);
    } else {
        sql_write(sql, ", COALESCE((");
    }
}

static void close_sum(SqlText *sql, bool fold, const char *condition)
{
    if (fold && condition != NULL) {
        sql_write(sql, ") FILTER (WHERE %s), 0)", condition);
    } else {
        sql_write(sql, condition != NULL ? ") END, 0)" : "), 0)");
    }
}

static void write_amount_columns(SqlText *sql, const ReportRequest *request, const char *start,
                                 bool fold)
{
    const ReportType *type = request->type;
    const char *now = arena_printf(sql->arena, "r.usage_start >= %s::date", start);
    const char *before = arena_printf(sql->arena, "r.usage_start < %s::date", start);
    for (int i = 0; i < REPORT_SUMS_MAX && type->sums[i] != NULL; i++) {
        open_sum(sql, fold, request->delta ? now : NULL);
        sql_expand(sql, type->sums[i], NULL, NULL);
        close_sum(sql, fold, request->delta ? now : NULL);
        sql_write(sql, " AS s%d", i);
    }
    if (request->delta) {
        sql_write(sql, fold ? ", bool_or(%s) AS current" : ", (%s) AS current", now);
        open_sum(sql, fold, before);
        write_raw_amount(sql, type, delta_sums(type));
        close_sum(sql, fold, before);
        sql_write(sql, " AS previous");
    }
    if (type->unit != NULL) {
        sql_write(sql, fold ? ", MAX(%s) AS unit" : ", %s AS unit", type->unit);
    }
}

/* The table's rows of both windows; summed up (`fold`), or as they are. */
static void write_fine(SqlText *sql, const ReportRequest *request, bool fold)
{
    const ReportType *type = request->type;
    const char *start = bind_day(sql, request->time.start);
    sql_write(sql, "\n  FROM (\nSELECT ");
    write_bucket(sql, request, start);
    sql_write(sql, " AS bucket, r.source_uuid AS source");
    write_group_columns(sql, request, fold);
    for (int i = 0; type->details != NULL && type->details[i].name != NULL; i++) {
        sql_write(sql, ", ");
        sql_expand(sql, type->details[i].sql, NULL, NULL);
        sql_write(sql, " AS d%d", i);
    }
    write_amount_columns(sql, request, start, fold);
    sql_write(sql, "\n  FROM {schema}.%s r\n WHERE ",
              planner_table(request, sql->tables->narrowed)->name);
    write_window(sql, request, start);
    sql_write_conditions(sql, request);
    write_unit_conditions(sql, request);
    if (fold) {
        sql_write(sql, "\n GROUP BY 1, 2");
        for (int i = 0; i < request->group_count; i++) {
            sql_write(sql, ", %d", i + 3);
        }
    }
    sql_write(sql, ") AS f");
}

/* Begins one more of the chosen columns; returns its place. */
static PlanColumn choose(SqlText *sql, PlanColumn *count)
{
    sql_write(sql, *count == 0 ? "SELECT " : ", ");
    return (*count)++;
}

static PlanColumn choose_text(SqlText *sql, PlanColumn *count, const char *column)
{
    PlanColumn chosen = choose(sql, count);
    sql_write(sql, "%s", column);
    return chosen;
}

static void choose_groups(SqlText *sql, const ReportRequest *request, PlanColumn *count,
                          ReportPlan *plan)
{
    plan->groups = *count;
    for (int i = 0; i < request->group_count; i++) {
        choose_text(sql, count, arena_printf(sql->arena, "f.g%d", i));
    }
    for (int i = 0; i < request->group_count; i++) {
        const ReportAlias *alias = group_alias(request, i);
        const char *value = arena_printf(sql->arena, plan->parts ? "f.a%d" : "MAX(f.a%d)", i);
        plan->aliases[i] = alias != NULL ? choose(sql, count) : -1;
        if (alias != NULL && alias->lookup != NULL && plan->parts) {
            sql_write(sql, "l%d.alias", i);
        } else if (alias != NULL && alias->lookup != NULL) {
            sql_expand(sql, alias->lookup, NULL, value);
        } else if (alias != NULL) {
            sql_write(sql, "%s", value);
        }
    }
}

static void choose_amounts(SqlText *sql, const ReportType *type, PlanColumn *count,
                           ReportPlan *plan)
{
    plan->sums = *count;
    plan->sum_count = (int)report_sum_count(type);
    for (int i = 0; i < plan->sum_count; i++) {
        choose(sql, count);
        sql_write(sql, plan->parts ? "f.s%d" : "SUM(f.s%d)", i);
    }
    plan->details = *count;
    for (; type->details != NULL && type->details[plan->detail_count].name != NULL;
         plan->detail_count++) {
        const ReportDetail *detail = &type->details[plan->detail_count];
        choose_text(sql, count, "(");
        sql_expand(sql, detail->merge != NULL ? detail->merge : "MAX({value})", NULL,
                   arena_printf(sql->arena, "f.d%d", plan->detail_count));
        sql_write(sql, ")::text");
    }
}

static void choose_columns(SqlText *sql, const ReportRequest *request, ReportPlan *plan)
{
    PlanColumn count = 0;
    bool parts = plan->parts;
    plan->bucket = choose_text(sql, &count, "f.bucket");
    plan->source =
        choose_text(sql, &count, parts ? "f.source" : "array_agg(DISTINCT f.source)::text");
    plan->current = plan->previous = plan->unit = -1;
    if (request->delta) {
        plan->current = choose_text(sql, &count, parts ? "f.current" : "bool_or(f.current)");
        plan->previous = choose_text(sql, &count, parts ? "f.previous" : "SUM(f.previous)");
    }
    if (request->type->unit != NULL) {
        plan->unit = choose_text(sql, &count, parts ? "f.unit" : "MAX(f.unit)");
    }
    choose_groups(sql, request, &count, plan);
    choose_amounts(sql, request->type, &count, plan);
}

/* Readable names of groups, looked up once a part. */
static void write_lookups(SqlText *sql, const ReportRequest *request)
{
    for (int i = 0; i < request->group_count; i++) {
        const ReportAlias *alias = group_alias(request, i);
        if (alias != NULL && alias->lookup != NULL) {
            sql_write(sql, "\n  LEFT JOIN LATERAL ");
            sql_expand(sql, alias->lookup, NULL, arena_printf(sql->arena, "f.a%d", i));
            sql_write(sql, " AS l%d (alias) ON true", i);
        }
    }
}

static void write_grouping(SqlText *sql, const ReportRequest *request)
{
    sql_write(sql, "\n GROUP BY f.bucket");
    for (int i = 0; i < request->group_count; i++) {
        sql_write(sql, ", f.g%d", i);
    }
}

ReportPlan planner_plan(Arena *arena, const ReportRequest *request, const TenantSql *tables)
{
    SqlText sql = sql_new(arena, tables, request->cost_type);
    sql.rate = request->rate;
    ReportPlan plan = {.parts = request->type->details == NULL};
    choose_columns(&sql, request, &plan);
    write_fine(&sql, request, folds(request));
    if (plan.parts) {
        write_lookups(&sql, request);
    } else {
        write_grouping(&sql, request);
    }
    plan.sql = sql.text->data;
    plan.parameters = sql.parameters;
    plan.parameter_count = sql.parameter_count;
    return plan;
}
