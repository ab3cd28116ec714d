#include "reports/reports_api.h"

#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "reports/accept.h"
#include "reports/access.h"
#include "reports/answer.h"
#include "reports/grammar.h"
#include "reports/pages.h"
#include "reports/planner.h"
#include "reports/rank.h"
#include "reports/tenant.h"

enum { GROUP_BY_MOST = 2, ROUTES_MOST = 64 };

struct ReportsApi {
    DbPool *koku;
    const Config *config;
    HttpRoute routes[ROUTES_MOST]; /* ends with a NULL method */
    int route_count;
};

static void get_status(void *context, HttpRequest *request, HttpResponse *response)
{
    (void)context;
    (void)request;
    JsonWriter json = json_writer(response->body);
    json_begin_object(&json);
    json_member_string(&json, "status", "OK");
    json_end(&json);
}

/* The type whose path the request has; slashes at its end do not matter. The router has seen that
 * there is one. */
static const ReportType *type_of_path(const char *path)
{
    const ReportType *type = REPORT_TYPES;
    size_t length = strlen(type->path);
    while (strncmp(type->path, path, length) != 0 ||
           strspn(path + length, "/") != strlen(path + length)) {
        type++;
        length = strlen(type->path);
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
    ReportsApi *api;
    HttpRequest *request;
    HttpResponse *response;
    const ReportType *type;
    AnswerForm form;
    Caller caller;
} Report;

/* False when the answer is written already. */
static bool check(Report *report, Db *db, ReportRequest *checked)
{
    GrammarSettings settings = {.today = clock_today(),
                                .retention_months = report->api->config->retention_months,
                                .group_by_most = GROUP_BY_MOST};
    Arena *arena = report->request->arena;
    const char *query = report->request->query, *errors;
    Error error = {0};
    KnownKey *keys;
    if (grammar_needs_keys(query) &&
        !tenant_known_keys(db, arena, report->type, report->caller.schema, &keys,
                           &settings.key_count, &error)) {
        access_write_failure(report->response, &error);
        return false;
    }
    settings.keys = keys;
    if (grammar_parse(arena, report->type, &settings, query, checked, &errors)) {
        return true;
    }
    report->response->status = 400;
    if (report->form == FORM_JSON) {
        buffer_append_text(report->response->body, errors);
    }
    return false;
}

static void write_answer(Report *report, const ReportRequest *checked, ReportRows *rows)
{
    HttpRequest *request = report->request;
    rank_arrange(request->arena, checked, rows);
    if (report->form == FORM_CSV) {
        answer_csv(request->arena, checked, rows, report->response->body);
    } else {
        answer_json(request->arena, checked, rows, request->path, request->query,
                    report->response->body);
    }
}

static void run(Report *report, Db *db)
{
    Arena *arena = report->request->arena;
    ReportRequest checked;
    if (!check(report, db, &checked)) {
        return;
    }
    Error error = {0};
    ReportRows rows;
    ReportPlan plan = planner_plan(arena, &checked, report->caller.schema);
    DbResult *result = db_query(db, arena, &error, plan.sql, plan.parameter_count, plan.parameters);
    if (result == NULL && tenant_is_missing(db)) {
        if (report->form == FORM_JSON) {
            answer_nothing(report->request, report->response);
        }
    } else if (result == NULL || !rows_read(arena, &checked, &plan, result, &rows, &error)) {
        access_write_failure(report->response, &error);
    } else {
        write_answer(report, &checked, &rows);
    }
}

static void get_report(void *context, HttpRequest *request, HttpResponse *response)
{
    Report report = {.api = context,
                     .request = request,
                     .response = response,
                     .type = type_of_path(request->path),
                     .form = accept_form(http_request_header(request, "Accept"))};
    if (!access_read_costs(request, response, &report.caller)) {
        return;
    }
    if (report.form == FORM_NONE) {
        access_write_error(response, 406, "detail", "Could not satisfy the request Accept header.");
        return;
    }
    if (report.form == FORM_CSV) {
        response->content_type = "text/csv; charset=utf-8";
    }
    Error error = {0};
    Db *db = db_pool_take(report.api->koku, &error);
    if (db == NULL) {
        access_write_failure(response, &error);
        return;
    }
    run(&report, db);
    db_pool_give(report.api->koku, db);
}

static void write_error(HttpResponse *response, int status, const char *message)
{
    access_write_error(response, status, "detail", message);
}

static void add_route(ReportsApi *api, const char *path, HttpHandler *handler)
{
    api->routes[api->route_count++] = (HttpRoute){"GET", path, handler};
}

ReportsApi *reports_api_new(DbPool *koku, const Config *config, Error *error)
{
    ReportsApi *api = calloc(1, sizeof *api);
    if (api == NULL) {
        error_set(error, ERROR_INTERNAL, "out of memory");
        return NULL;
    }
    api->koku = koku;
    api->config = config;
    add_route(api, COST_MANAGEMENT_API "/status", get_status);
    for (const ReportType *type = REPORT_TYPES; type->path != NULL; type++) {
        add_route(api, type->path, get_report);
    }
    return api;
}

void reports_api_free(ReportsApi *api)
{
    free(api);
}

void reports_api_mount(HttpServer *server, ReportsApi *api)
{
    http_server_mount(server, COST_MANAGEMENT_API, api->routes, write_error, api);
}
