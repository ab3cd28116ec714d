#include "reports/reports_api.h"

#include "base/json.h"
#include "cost_api/accept.h"
#include "cost_api/cached.h"
#include "cost_api/call.h"
#include "cost_api/pages.h"
#include "reports/answer.h"
#include "reports/describe.h"
#include "reports/forecasts.h"
#include "reports/grammar.h"
#include "reports/lists.h"
#include "reports/organizations.h"
#include "reports/planner.h"
#include "reports/rank.h"
#include "reports/resource_types.h"
#include "reports/tags.h"
#include "reports/tenant.h"
#include "settings/exchange.h"
#include "settings/settings.h"

static void get_status(void *context, HttpRequest *request, HttpResponse *response)
{
    (void)context;
    (void)request;
    JsonWriter json = json_writer(response->body);
    json_begin_object(&json);
    json_member_string(&json, "status", "OK");
    json_end(&json);
}

static const HttpRoute ROUTES[] = {
    {"GET", COST_MANAGEMENT_API "/status", get_status},
    {NULL, NULL, NULL},
};

/* The type whose path the request has. The router has seen that there is one. */
static const ReportType *type_of_path(const HttpRequest *request)
{
    const ReportType *type = REPORT_TYPES;
    while (!call_path_is(request, type->path)) {
        type++;
    }
    return type;
}

/* A tenant without tables: an organisation that has no source yet. */
static void answer_nothing(HttpRequest *request, HttpResponse *response)
{
    JsonWriter json = json_writer(response->body);
    json_begin_object(&json);
    json_write_key(&json, "meta");
    json_begin_object(&json);
    json_member_int(&json, "count", 0);
    json_end(&json);
    Page page = {.limit_name = "limit", .offset_name = "offset", .limit = REPORT_PAGE_DEFAULT};
    page_write_links(&json, request->arena, &page, request->path, request->query);
    json_write_key(&json, "data");
    json_begin_array(&json);
    json_end(&json);
    json_end(&json);
}

typedef struct Report {
    CostCall call;
    const ReportType *type;
    AnswerForm form;
} Report;

/* False when the answer is written already. */
static bool check(Report *report, ReportRequest *checked)
{
    GrammarSettings settings = {.today = clock_today(),
                                .group_by_most = report->call.context->config->group_by_max};
    Arena *arena = report->call.request->arena;
    const char *query = report->call.request->query, *errors;
    Error error = {0};
    KnownKey *keys;
    if (grammar_needs_keys(query) &&
        !tenant_known_keys(report->call.db, arena, report->type, report->call.caller.schema, &keys,
                           &settings.key_count, &error)) {
        access_write_failure(report->call.response, &error);
        return false;
    }
    settings.keys = keys;
    AccountSettings account;
    if (!account_settings_read(report->call.db, arena, report->call.caller.schema, &account,
                               &error)) {
        access_write_failure(report->call.response, &error);
        return false;
    }
    settings.retention_months = account_retention(report->call.context->config, &account);
    settings.currency = account.currency;
    settings.enabled_currencies = account.enabled_currencies;
    settings.cost_type = account.cost_type;
    if (grammar_parse(arena, report->type, &settings, query, checked, &errors)) {
        return true;
    }
    report->call.response->status = 400;
    if (report->form == FORM_JSON) {
        buffer_append_text(report->call.response->body, errors);
    }
    return false;
}

/* The smallest table of the report's rows that the caller may read. */
static const char *exchange_table(const Report *report, const ReportRequest *checked)
{
    ReportRequest whole = {.type = checked->type};
    return planner_table(&whole, report->call.tables.narrowed)->name;
}

/* Into the currency that was asked for, where rows have others. False when the answer is written
 * already: a rate is missing. */
static bool convert(Report *report, ReportRequest *checked)
{
    const TimeScope *time = &checked->time;
    bool known = exchange_read(&report->call, exchange_table(report, checked), checked->currency,
                               checked->delta ? time->previous_start : time->start, time->end,
                               &checked->exchange);
    checked->rate = checked->exchange.sql;
    if (!known && report->form == FORM_CSV) {
        buffer_clear(report->call.response->body);
    }
    return known;
}

static void write_answer(Report *report, const ReportRequest *checked, ReportRows *rows)
{
    HttpRequest *request = report->call.request;
    rank_arrange(request->arena, checked, rows);
    if (report->form == FORM_CSV) {
        answer_csv(request->arena, checked, rows, report->call.response->body);
    } else {
        answer_json(request->arena, checked, rows, request->path, request->query,
                    report->call.response->body);
    }
}

static void run(CostCall *call, void *context)
{
    (void)call;
    Report *report = context;
    Db *db = report->call.db;
    Arena *arena = report->call.request->arena;
    ReportRequest checked;
    if (!check(report, &checked) || !convert(report, &checked)) {
        return;
    }
    Error error = {0};
    ReportRows rows;
    ReportPlan plan = planner_plan(arena, &checked, &report->call.tables);
    if (rows_read(db, arena, &checked, &plan, &rows, &error)) {
        write_answer(report, &checked, &rows);
    } else if (error.code == ERROR_DATA || !tenant_is_missing(db)) {
        access_write_failure(report->call.response, &error);
    } else if (report->form == FORM_JSON) {
        answer_nothing(report->call.request, report->call.response);
    }
}

static void get_report(void *context, HttpRequest *request, HttpResponse *response)
{
    Report report = {.type = type_of_path(request),
                     .form = accept_form(http_request_header(request, "Accept"))};
    if (!call_begin(&report.call, context, request, response)) {
        return;
    }
    if (report.form == FORM_NONE) {
        access_write_error(response, 406, "detail", "Could not satisfy the request Accept header.");
    } else {
        if (report.form == FORM_CSV) {
            response->content_type = "text/csv; charset=utf-8";
        }
        cached_answer(&report.call, run, &report);
    }
    call_end(&report.call);
}

extern const char REPORTS_OPENAPI[]; /* openapi.json */

void reports_add(CostApi *api)
{
    for (const ReportType *type = REPORT_TYPES; type->path != NULL; type++) {
        cost_api_add(api, (const HttpRoute[]){{"GET", type->path, get_report}, {NULL, NULL, NULL}});
    }
    cost_api_add(api, ROUTES);
    lists_add(api);
    resource_types_add(api);
    cost_api_add(api, TAG_ROUTES);
    cost_api_add(api, FORECAST_ROUTES);
    cost_api_add(api, ORGANIZATION_ROUTES);
    cost_api_describe(api, REPORTS_OPENAPI);
    reports_describe(api);
}
