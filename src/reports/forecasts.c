#include "reports/forecasts.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "cost_api/cached.h"
#include "cost_api/call.h"
#include "cost_api/pages.h"
#include "reports/answer.h"
#include "reports/catalogue_aws.h"
#include "reports/forecast.h"
#include "reports/grammar.h"
#include "reports/planner.h"
#include "reports/sql_text.h"
#include "settings/exchange.h"
#include "settings/settings.h"

#define FORECASTS_PATH COST_MANAGEMENT_API "/forecasts/aws/costs"

enum { DAYS_BACK = 31, SERIES_COUNT = 3 };

static const ReportField NO_FIELDS[] = {{.name = NULL}};
static const char *const NO_DELTAS[] = {NULL};
static const char *const REFUSED[] = {"start_date", "end_date", "category", "delta",    "filter",
                                      "group_by",   "order_by", "exclude",  "key_only", NULL};

static const ReportType FORECASTS = {
    .path = FORECASTS_PATH,
    .fields = NO_FIELDS,
    .cost_types = AWS_COST_TYPES,
    .tables = AWS_COST_TABLES,
    .sums = {"{cost}{rate}", "{markup}{rate}"},
    .amounts = AWS_AMOUNTS,
    .default_order = "cost_total",
    .deltas = NO_DELTAS,
    .refused = REFUSED,
    .limit_least = 1,
};

/* The amounts whose future is told, in the order of the answer. */
static const struct {
    const char *name;
    const char *amount;
} SERIES[SERIES_COUNT] = {
    {"infrastructure", "infra_total"},
    {"supplementary", "sup_total"},
    {"cost", "cost_total"},
};

typedef struct ForecastCall {
    CostCall call;
    ReportRequest request;
    Day today;
    ForecastLine lines[SERIES_COUNT];
} ForecastCall;

/* False when the answer is written already. */
static bool parse(ForecastCall *forecast)
{
    CostCall *call = &forecast->call;
    Error error = {0};
    AccountSettings account;
    const char *errors;
    if (!account_settings_read(call->db, call->arena, call->caller.schema, &account, &error)) {
        access_write_failure(call->response, &error);
        return false;
    }
    GrammarSettings settings = {.today = forecast->today,
                                .retention_months =
                                    account_retention(call->context->config, &account),
                                .currency = account.currency,
                                .enabled_currencies = account.enabled_currencies,
                                .cost_type = account.cost_type};
    if (!grammar_parse(call->arena, &FORECASTS, &settings, call->request->query, &forecast->request,
                       &errors)) {
        call->response->status = 400;
        buffer_append_text(call->response->body, errors);
        return false;
    }
    Exchange exchange;
    const ReportTable *table = planner_table(&forecast->request, call->tables.narrowed);
    if (!exchange_read(call, table->name, forecast->request.currency, forecast->today - DAYS_BACK,
                       forecast->today, &exchange)) {
        return false;
    }
    forecast->request.rate = exchange.sql;
    return true;
}

static DbResult *ask(ForecastCall *forecast, bool *missing)
{
    SqlText sql =
        sql_new(forecast->call.arena, &forecast->call.tables, forecast->request.cost_type);
    sql.rate = forecast->request.rate;
    char first[DATE_TEXT_SIZE], last[DATE_TEXT_SIZE];
    day_format(forecast->today - DAYS_BACK, first);
    day_format(forecast->today - 1, last);
    sql_write(&sql, "SELECT r.usage_start");
    for (int i = 0; FORECASTS.sums[i] != NULL; i++) {
        sql_write(&sql, ", COALESCE(SUM(");
        sql_expand(&sql, FORECASTS.sums[i], NULL, NULL);
        sql_write(&sql, "), 0)");
    }
    sql_write(&sql, "\n  FROM {schema}.%s r",
              planner_table(&forecast->request, sql.tables->narrowed)->name);
    sql_write(&sql, "\n WHERE r.usage_start >= %s::date", sql_bind(&sql, first));
    sql_write(&sql,
              "\n   AND r.usage_start <= %s::date"
              "\n GROUP BY r.usage_start"
              "\n ORDER BY r.usage_start",
              sql_bind(&sql, last));
    return call_query(&forecast->call, missing, sql.text->data, sql.parameter_count,
                      sql.parameters);
}

/* Draws the line of each series. False when the answer is written already. */
static bool fit(ForecastCall *forecast, const DbResult *rows)
{
    ForecastPoint points[DAYS_BACK];
    int count = db_row_count(rows);
    for (int s = 0; s < SERIES_COUNT; s++) {
        unsigned sums = report_amount_find(&FORECASTS, SERIES[s].amount)->sums;
        for (int i = 0; i < count && i < DAYS_BACK; i++) {
            const char *day = db_text(rows, i, 0);
            points[i].cost = 0;
            day_parse(day, strlen(day), &points[i].day);
            for (int sum = 0; FORECASTS.sums[sum] != NULL; sum++) {
                const char *text = db_text(rows, i, sum + 1);
                Decimal value = 0;
                if ((sums & (1u << sum)) != 0 && (!decimal_parse(text, strlen(text), &value) ||
                                                  !decimal_add(&points[i].cost, value))) {
                    Error error = {0};
                    error_set(&error, ERROR_DATA, "the cost of %s is beyond what can be told", day);
                    access_write_failure(forecast->call.response, &error);
                    return false;
                }
            }
        }
        forecast->lines[s] = forecast_fit(points, forecast_drop_outliers(points, count));
    }
    return true;
}

static void write_number(JsonWriter *json, const char *name, double value, const char *units)
{
    char text[64];
    snprintf(text, sizeof text, "%.3f", value);
    json_write_key(json, name);
    json_begin_object(json);
    json_member_raw(json, "value", text);
    json_member_string(json, "units", units);
    json_end(json);
}

/* "0.86715787", or "nan". */
static const char *ratio_text(Arena *arena, double value)
{
    return isnan(value) ? "nan" : arena_printf(arena, "%.8f", value);
}

static void write_series(ForecastCall *forecast, JsonWriter *json, int series, Day day)
{
    const ForecastLine *line = &forecast->lines[series];
    const char *units = forecast->request.currency;
    Arena *arena = forecast->call.arena;
    ForecastValue value = line->fits ? forecast_at(line, day) : (ForecastValue){0};
    json_write_key(json, SERIES[series].name);
    json_begin_object(json);
    write_number(json, "total", value.value, units);
    write_number(json, "confidence_max", value.most, units);
    write_number(json, "confidence_min", value.least, units);
    json_write_key(json, "rsquared");
    json_begin_object(json);
    json_member_string(json, "value", ratio_text(arena, line->r_squared));
    json_member_string(json, "units", NULL);
    json_end(json);
    json_write_key(json, "pvalues");
    json_begin_object(json);
    json_write_key(json, "value");
    json_begin_array(json);
    if (line->fits) {
        json_write_string(json, ratio_text(arena, line->intercept_p));
        json_write_string(json, ratio_text(arena, line->slope_p));
    } else {
        json_write_int(json, 0);
    }
    json_end(json);
    json_member_string(json, "units", NULL);
    json_end(json);
    json_end(json);
}

/* The days that are told of: from today to the end of the month. */
static int count_days(const ForecastCall *forecast)
{
    bool any = false;
    for (int i = 0; i < SERIES_COUNT; i++) {
        any |= forecast->lines[i].fits;
    }
    return any ? (int)(day_month_start(forecast->today, 1) - forecast->today) : 0;
}

static void write_answer(ForecastCall *forecast)
{
    CostCall *call = &forecast->call;
    Page page = answer_list_page(&forecast->request, count_days(forecast));
    int64_t first, last;
    page_range(&page, &first, &last);
    JsonWriter json = json_writer(call->response->body);
    json_begin_object(&json);
    page_begin_meta(&json, &page);
    json_member_string(&json, "cost_type", forecast->request.cost_type->name);
    json_end(&json);
    page_write_links(&json, call->arena, &page, call->request->path, call->request->query);
    json_write_key(&json, "data");
    json_begin_array(&json);
    for (int64_t i = first; i < last; i++) {
        char date[DATE_TEXT_SIZE];
        day_format(forecast->today + (Day)i, date);
        json_begin_object(&json);
        json_member_string(&json, "date", date);
        json_write_key(&json, "values");
        json_begin_array(&json);
        json_begin_object(&json);
        json_member_string(&json, "date", date);
        for (int series = 0; series < SERIES_COUNT; series++) {
            write_series(forecast, &json, series, forecast->today + (Day)i);
        }
        json_end(&json);
        json_end(&json);
        json_end(&json);
    }
    json_end(&json);
    json_end(&json);
}

static void answer(CostCall *call, void *context)
{
    (void)call;
    ForecastCall *forecast = context;
    bool missing = false;
    DbResult *rows = parse(forecast) ? ask(forecast, &missing) : NULL;
    if (missing || (rows != NULL && fit(forecast, rows))) {
        write_answer(forecast);
    }
}

static void get_forecast(void *context, HttpRequest *request, HttpResponse *response)
{
    ForecastCall forecast = {.today = clock_today()};
    if (call_begin(&forecast.call, context, request, response)) {
        cached_answer(&forecast.call, answer, &forecast);
        call_end(&forecast.call);
    }
}

const HttpRoute FORECAST_ROUTES[] = {
    {"GET", FORECASTS_PATH, get_forecast},
    {NULL, NULL, NULL},
};
