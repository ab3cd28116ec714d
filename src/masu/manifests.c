/* manifests/: what was delivered, and how far it is. */
#include <string.h>

#include "cost_api/pages.h"
#include "ingest/manifests.h"
#include "masu/call.h"

enum { PAGE_DEFAULT = 10, PAGE_MOST = 1000 };

static const char *const NAMES[] = {"id",
                                    "assembly_id",
                                    "provider_uuid",
                                    "provider_name",
                                    "provider_type",
                                    "schema",
                                    "billing_period",
                                    "files",
                                    "files_done",
                                    "files_failed",
                                    "creation_datetime",
                                    "export_datetime",
                                    "completed_datetime"};

enum { NAME_COUNT = sizeof NAMES / sizeof *NAMES };

static void write_manifest(JsonWriter *json, const DbResult *rows, int row)
{
    json_begin_object(json);
    for (int i = 0; i < NAME_COUNT; i++) {
        bool number = i == 0 || (strncmp(NAMES[i], "files", 5) == 0);
        if (number) {
            json_member_int(json, NAMES[i], db_int(rows, row, i));
        } else {
            json_member_string(json, NAMES[i], db_text(rows, row, i));
        }
    }
    json_member_raw(json, "state", db_text(rows, row, MANIFEST_STATE));
    json_end(json);
}

static const char *filter_of(void *call, const char *name)
{
    return call_parameter(call, name);
}

static void answer_list(MasuCall *call)
{
    const HttpRequest *request = call->cost.request;
    Page page = page_of_query(call->cost.arena, request->query, PAGE_DEFAULT, PAGE_MOST);
    ManifestQuery query = {call->schema, filter_of, &call->cost, page.limit, page.offset};
    Error error = {0};
    DbResult *rows = manifests_list(call->cost.db, call->cost.arena, &query, &error);
    if (rows == NULL) {
        access_write_failure(call->cost.response, &error);
        return;
    }
    page.count = db_row_count(rows) > 0 ? db_int(rows, 0, MANIFEST_TOTAL) : 0;
    JsonWriter json = json_writer(call->cost.response->body);
    json_begin_object(&json);
    page_write_head(&json, call->cost.arena, &page, request->path, request->query);
    json_write_key(&json, "data");
    json_begin_array(&json);
    for (int i = 0; i < db_row_count(rows); i++) {
        write_manifest(&json, rows, i);
    }
    json_end(&json);
    json_end(&json);
}

/* The manifest of the path; NULL when the answer is written already. */
static DbResult *manifest_of_path(MasuCall *call)
{
    const char *id = call->cost.request->path_parameters[0];
    Error error = {0};
    bool number = *id != '\0' && strspn(id, "0123456789") == strlen(id) && strlen(id) < 19;
    DbResult *rows =
        number ? manifests_one(call->cost.db, call->cost.arena, call->schema, id, &error) : NULL;
    if (error.code != ERROR_NONE) {
        access_write_failure(call->cost.response, &error);
    } else if (rows == NULL || db_row_count(rows) == 0) {
        access_write_error(call->cost.response, 404, "detail", "Not found.");
        rows = NULL;
    }
    return rows;
}

static void answer_one(MasuCall *call)
{
    const DbResult *rows = manifest_of_path(call);
    if (rows != NULL) {
        JsonWriter json = json_writer(call->cost.response->body);
        write_manifest(&json, rows, 0);
    }
}

static void write_report(JsonWriter *json, const DbResult *rows, int row)
{
    static const char *const COUNTS[] = {"bytes", "lines", "faults"};
    json_member_int(json, "id", db_int(rows, row, 0));
    json_member_string(json, "report_name", db_text(rows, row, 1));
    json_member_string(json, "status", db_text(rows, row, 2));
    json_member_string(json, "started_datetime", db_text(rows, row, 3));
    json_member_string(json, "completed_datetime", db_text(rows, row, 4));
    for (int i = 0; i < 3; i++) {
        json_member_raw(json, COUNTS[i],
                        db_is_null(rows, row, 5 + i) ? "null" : db_text(rows, row, 5 + i));
    }
    json_member_string(json, "error", db_text(rows, row, 8));
}

static void answer_reports(MasuCall *call)
{
    const DbResult *manifest = manifest_of_path(call);
    Error error = {0};
    if (manifest == NULL) {
        return;
    }
    DbResult *rows =
        manifests_files(call->cost.db, call->cost.arena, db_text(manifest, 0, MANIFEST_ID), &error);
    if (rows == NULL) {
        access_write_failure(call->cost.response, &error);
    } else {
        call_answer_list(&call->cost, rows, write_report);
    }
}

MASU_HANDLER(get_list, answer_list)
MASU_HANDLER(get_one, answer_one)
MASU_HANDLER(get_reports, answer_reports)

const HttpRoute MASU_MANIFEST_ROUTES[] = {
    {"GET", COST_MANAGEMENT_API "/manifests", get_list},
    {"GET", COST_MANAGEMENT_API "/manifests/{manifest_id}", get_one},
    {"GET", COST_MANAGEMENT_API "/manifests/{manifest_id}/reports", get_reports},
    {NULL, NULL, NULL},
};
