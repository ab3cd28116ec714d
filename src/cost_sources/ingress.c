/* ingress/reports/: reports named file by file (koku-api.md §1.12, masu.md §B.6). */
#include "ingest/ingress.h"

#include <string.h>

#include "base/crypto.h"
#include "cost_api/pages.h"
#include "cost_sources/cost_sources.h"
#include "cost_sources/item.h"

static void write_error(CostCall *call, int status, const char *message)
{
    call->response->status = status;
    JsonWriter json = json_writer(call->response->body);
    json_begin_object(&json);
    json_member_string(&json, "Error", message);
    json_end(&json);
}

static void write_members(JsonWriter *json, const DbResult *rows, int row)
{
    static const char *const NAMES[] = {"ingress_report_uuid",
                                        "created_timestamp",
                                        "completed_timestamp",
                                        NULL,
                                        "source",
                                        "bill_year",
                                        "bill_month",
                                        "status"};
    for (int i = 0; i < (int)(sizeof NAMES / sizeof *NAMES); i++) {
        if (NAMES[i] == NULL) {
            json_member_raw(json, "reports_list", db_text(rows, row, i));
        } else {
            json_member_string(json, NAMES[i], db_text(rows, row, i));
        }
    }
}

static DbResult *read_reports(CostCall *call, const char *source, const char *uuid)
{
    Error error = {0};
    DbResult *rows = ingress_list(call->db, call->arena, call->caller.schema, source, uuid, &error);
    if (rows == NULL) {
        access_write_failure(call->response, &error);
    }
    return rows;
}

static void answer_all(CostCall *call)
{
    DbResult *rows = read_reports(call, NULL, NULL);
    if (rows != NULL) {
        call_answer_list(call, rows, write_members);
    }
}

static void answer_of_source(CostCall *call)
{
    const char *uuid = call->request->path_parameters[0];
    SourceItem *items;
    int count;
    if (!uuid_valid(uuid)) {
        write_error(call, 400, "Invalid request.");
        return;
    }
    if (!items_read(call, uuid, &items, &count)) {
        return;
    }
    if (count == 0) {
        write_error(call, 404, "Source not found.");
        return;
    }
    DbResult *rows = read_reports(call, items[0].row.uid, NULL);
    if (rows != NULL) {
        call_answer_list(call, rows, write_members);
    }
}

/* What a body asks for. */
typedef struct Wanted {
    const SourceItem *source;
    const char **keys;
    int count;
    Day month;
} Wanted;

static void read_keys(const Fields *body, Wanted *wanted)
{
    const json_t *list = fields_list(body, "reports_list", FIELD_REQUIRED);
    size_t index, size = json_array_size(list);
    json_t *entry;
    if (list != NULL && (size == 0 || size > INGRESS_FILES_MOST)) {
        fields_fault(body, "reports_list", "This list must have 1 to %d entries.",
                     INGRESS_FILES_MOST);
        return;
    }
    wanted->keys = arena_array(body->arena, size + 1, sizeof *wanted->keys);
    json_array_foreach (list, index, entry) {
        const char *key = json_string_value(entry);
        if (key == NULL || *key == '\0' || strlen(key) > 1024) {
            fields_fault(body, "reports_list", "Entries must be keys of files.");
            return;
        }
        for (int i = 0; i < wanted->count; i++) {
            if (strcmp(wanted->keys[i], key) == 0) {
                fields_fault(body, "reports_list", "\"%.200s\" is there twice.", key);
                return;
            }
        }
        wanted->keys[wanted->count++] = key;
    }
}

/* This month or the last. */
static void read_month(const Fields *body, Wanted *wanted)
{
    const char *year = fields_text(body, "bill_year", 4, FIELD_REQUIRED);
    const char *month = fields_text(body, "bill_month", 2, FIELD_REQUIRED);
    Day this_month = day_month_start(clock_today(), 0);
    if (year == NULL || month == NULL) {
        return;
    }
    const char *text =
        arena_printf(body->arena, "%s-%s%s-01", year, month[1] == '\0' ? "0" : "", month);
    if (strlen(text) != 10 || !day_parse(text, 10, &wanted->month) ||
        (wanted->month != this_month && wanted->month != day_month_start(this_month, -1))) {
        fields_fault(body, "bill_month", "The bill must be that of this month or of the last.");
    }
}

/* False when the answer is written already. */
static bool read_source(CostCall *call, const Fields *body, Wanted *wanted)
{
    const json_t *given = json_object_get(body->object, "source");
    const char *key = json_is_integer(given)
                          ? arena_printf(call->arena, "%lld", (long long)json_integer_value(given))
                          : json_string_value(given);
    SourceItem *items = NULL;
    int count = 0;
    if (key != NULL && !items_read(call, key, &items, &count)) {
        return false;
    }
    if (count == 0) {
        write_error(call, 400, "Invalid request.");
        return false;
    }
    wanted->source = &items[0];
    if (strcmp(items[0].kind->name, "AWS") != 0) {
        fields_fault(body, "source", "Reports of %s sources can't be given this way.",
                     items[0].kind->name);
    } else if (items[0].state == NULL) {
        fields_fault(body, "source", "The source is not linked to cost management yet.");
    }
    return true;
}

static void submit(CostCall *call, const Wanted *wanted)
{
    Error error = {0};
    Provider provider;
    const char *uuid;
    if (!provider_load(call->db, call->arena, wanted->source->row.uid, &provider, &error)) {
        access_write_failure(call->response, &error);
        return;
    }
    if (!ingress_submit(call->context->config, call->db, call->arena, &provider, wanted->month,
                        wanted->keys, wanted->count, &uuid, &error)) {
        access_write_error(call->response, 400, "reports_list", error.message);
        return;
    }
    DbResult *rows = read_reports(call, provider.uuid, uuid);
    if (rows == NULL) {
        return;
    }
    JsonWriter json = json_writer(call->response->body);
    json_begin_object(&json);
    json_write_key(&json, "data");
    json_begin_object(&json);
    if (db_row_count(rows) > 0) {
        write_members(&json, rows, 0);
    }
    json_end(&json);
    json_end(&json);
}

static void answer_submission(CostCall *call)
{
    json_t *document = call_body(call);
    if (document == NULL) {
        return;
    }
    Faults *faults = faults_new(call->arena);
    Fields body = {call->arena, faults, document, ""};
    Wanted wanted = {0};
    if (!read_source(call, &body, &wanted)) {
        return;
    }
    read_keys(&body, &wanted);
    read_month(&body, &wanted);
    if (faults_any(faults)) {
        faults_answer(faults, call->response);
    } else {
        submit(call, &wanted);
    }
}

CALL_HANDLER(get_all, answer_all)
CALL_HANDLER(get_of_source, answer_of_source)
CALL_HANDLER(take_report, answer_submission)

/* The object storage is asked for the files. */
static void post_report(void *context, HttpRequest *request, HttpResponse *response)
{
    (void)context;
    (void)request;
    response->apart = take_report;
}

const HttpRoute INGRESS_ROUTES[] = {
    {"GET", COST_MANAGEMENT_API "/ingress/reports", get_all},
    {"GET", COST_MANAGEMENT_API "/ingress/reports/{source_uuid}", get_of_source},
    {"POST", COST_MANAGEMENT_API "/ingress/reports", post_report},
    {NULL, NULL, NULL},
};
