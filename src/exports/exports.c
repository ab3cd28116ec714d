#include "exports/exports.h"

#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "cost_api/call.h"
#include "cost_api/faults.h"
#include "exports/focus.h"

#define FOCUS_PATH COST_MANAGEMENT_API "/exports/focus"

enum { EXPORTS_MAX = 4 }; /* at a time, of all servers: each holds a connection to the database */

extern const char EXPORTS_OPENAPI[]; /* openapi.json */

/* An export on its way to a client. */
typedef struct Download {
    FocusExport *export;
    Arena *arena;
    Buffer *rows; /* those that were read */
    size_t sent;  /* of their bytes */
} Download;

static ssize_t read_download(void *context, char *bytes, size_t size)
{
    Download *download = context;
    if (download->sent == download->rows->length) {
        Error error = {0};
        bool more;
        download->sent = 0;
        if (!focus_read(download->export, download->rows, &more, &error)) {
            log_error("exports", "an export ends early: %s", error.message);
            return -1;
        }
        if (!more) {
            return 0;
        }
    }
    size_t left = download->rows->length - download->sent;
    size_t length = left < size ? left : size;
    memcpy(bytes, download->rows->data + download->sent, length);
    download->sent += length;
    return (ssize_t)length;
}

static void close_download(void *context)
{
    Download *download = context;
    focus_close(download->export);
    arena_free(download->arena);
    free(download);
}

/* A day of the query string; `otherwise` without. */
static void read_day(CostCall *call, Faults *faults, const char *name, Day otherwise, Day *day)
{
    const char *text = call_parameter(call, name);
    char back[DATE_TEXT_SIZE];
    *day = otherwise;
    if (text != NULL &&
        (!day_parse(text, strlen(text), day) || strcmp(day_format(*day, back), text) != 0)) {
        faults_add(faults, name,
                   "Date has wrong format. Use one of these formats instead: YYYY-MM-DD.");
        *day = otherwise;
    }
}

/* All values of a filter, with commas between them or in several parameters, as a PostgreSQL
 * array; NULL without any. */
static const char *read_filter(CostCall *call, const char *name)
{
    int count;
    HttpQueryItem *items = http_query_parse(call->arena, call->request->query, &count);
    Buffer *array = buffer_new(call->arena);
    for (int i = 0; i < count; i++) {
        const char *value = strcmp(items[i].name, name) == 0 ? items[i].value : "";
        while (*value != '\0') {
            buffer_append_text(array, array->length == 0 ? "{\"" : ",\"");
            for (; *value != '\0' && *value != ','; value++) {
                if (*value == '"' || *value == '\\') {
                    buffer_append_char(array, '\\');
                }
                buffer_append_char(array, *value);
            }
            buffer_append_char(array, '"');
            value += *value == ',';
        }
    }
    if (array->length == 0) {
        return NULL;
    }
    buffer_append_char(array, '}');
    return array->data;
}

static void check_names(CostCall *call, Faults *faults)
{
    static const char *const KNOWN[] = {"start_date", "end_date", "filter[account]",
                                        "filter[service]", "filter[region]"};
    int count;
    HttpQueryItem *items = http_query_parse(call->arena, call->request->query, &count);
    for (int i = 0; i < count; i++) {
        size_t known = 0;
        while (known < sizeof KNOWN / sizeof *KNOWN && strcmp(KNOWN[known], items[i].name) != 0) {
            known++;
        }
        if (known == sizeof KNOWN / sizeof *KNOWN) {
            faults_add(faults, items[i].name, "Unsupported parameter or invalid value");
        }
    }
}

/* This month when no days are named. False when the answer is written already. */
static bool read_query(CostCall *call, FocusQuery *query)
{
    Faults *faults = faults_new(call->arena);
    Day today = clock_today();
    check_names(call, faults);
    read_day(call, faults, "end_date", today, &query->end);
    read_day(call, faults, "start_date", day_month_start(query->end, 0), &query->start);
    if (query->start > query->end) {
        faults_add(faults, "start_date", "start_date must be a date that is before end_date.");
    }
    query->accounts = read_filter(call, "filter[account]");
    query->services = read_filter(call, "filter[service]");
    query->regions = read_filter(call, "filter[region]");
    if (faults_any(faults)) {
        faults_answer(faults, call->response);
    }
    return !faults_any(faults);
}

/* A connection of the export's own, which is one of a few; NULL when the answer is written
 * already. */
static Db *connect(CostCall *call, TenantSql *tables)
{
    Error error = {0};
    Db *db = db_connect(db_pool_conninfo(call->context->koku), &error);
    DbResult *places = db == NULL
                           ? NULL
                           : DB_QUERY(db, call->arena, &error,
                                      "SELECT place"
                                      "  FROM generate_series(1, $1::integer) AS place"
                                      " WHERE pg_try_advisory_lock(hashtext('export'), place)"
                                      " LIMIT 1",
                                      arena_printf(call->arena, "%d", EXPORTS_MAX));
    if (places != NULL && db_row_count(places) == 1 &&
        tenant_sql_begin(tables, call->arena, db, &call->caller, &error)) {
        return db;
    }
    if (places != NULL && db_row_count(places) == 0) {
        http_response_header(call->response, "Retry-After", "30");
        access_write_error(call->response, 503, "detail",
                           "other exports are under way; try again in a moment");
    } else {
        access_write_failure(call->response, &error);
    }
    db_close(db);
    return NULL;
}

static void start(CostCall *call, FocusExport *export, const FocusQuery *query)
{
    char first[DATE_TEXT_SIZE], last[DATE_TEXT_SIZE];
    Download *download = calloc(1, sizeof *download);
    if (download == NULL) {
        abort();
    }
    download->export = export;
    download->arena = arena_new();
    download->rows = buffer_new(download->arena);
    call->response->stream = (HttpStream){read_download, close_download, download};
    call->response->content_type = "text/csv; charset=utf-8";
    http_response_header(call->response, "Content-Disposition",
                         arena_printf(call->arena, "attachment; filename=\"focus_%s_%s.csv\"",
                                      day_format(query->start, first),
                                      day_format(query->end, last)));
}

static void answer_focus(CostCall *call)
{
    FocusQuery query;
    TenantSql tables;
    Error error = {0};
    Db *db = read_query(call, &query) ? connect(call, &tables) : NULL;
    if (db == NULL) {
        return;
    }
    FocusExport *export = focus_open(db, &tables, &query, &error);
    if (export == NULL) {
        access_write_failure(call->response, &error);
    } else {
        start(call, export, &query);
    }
}

CALL_HANDLER(handle_focus, answer_focus)

static const HttpRoute EXPORT_ROUTES[] = {
    {"GET", FOCUS_PATH, handle_focus},
    {NULL, NULL, NULL},
};

void exports_add(CostApi *api)
{
    cost_api_add(api, EXPORT_ROUTES);
    cost_api_describe(api, EXPORTS_OPENAPI);
}
