/* GET audit: who changed what, newest first, page by page. */
#include <stdlib.h>
#include <string.h>

#include "sources/audit.h"
#include "web/kontor_api.h"

enum { LIMIT_DEFAULT = 50, LIMIT_MOST = 500 };

static const struct {
    const char *name;
    int column;
} TEXTS[] = {
    {"id", AUDIT_ID},
    {"at", AUDIT_AT},
    {"actor", AUDIT_ACTOR},
    {"remote_address", AUDIT_REMOTE_ADDRESS},
    {"forwarded_for", AUDIT_FORWARDED_FOR},
    {"request_id", AUDIT_REQUEST_ID},
    {"action", AUDIT_ACTION},
    {"resource", AUDIT_RESOURCE},
    {"resource_id", AUDIT_RESOURCE_ID},
};

static void write_rows(WebCall *call, const DbResult *rows, int limit)
{
    int count = db_row_count(rows) < limit ? db_row_count(rows) : limit;
    bool more = db_row_count(rows) > limit;
    JsonWriter *json = &call->json;
    json_begin_object(json);
    json_write_key(json, "meta");
    json_begin_object(json);
    json_member_int(json, "limit", limit);
    json_member_string(json, "next_before", more ? db_text(rows, count - 1, AUDIT_ID) : NULL);
    json_end(json);
    json_write_key(json, "data");
    json_begin_array(json);
    for (int row = 0; row < count; row++) {
        json_begin_object(json);
        for (size_t i = 0; i < sizeof TEXTS / sizeof *TEXTS; i++) {
            json_member_string(json, TEXTS[i].name, db_text(rows, row, TEXTS[i].column));
        }
        json_member_raw(json, "changes", db_text(rows, row, AUDIT_CHANGES));
        json_end(json);
    }
    json_end(json);
    json_end(json);
}

static bool digits(const char *text)
{
    return text == NULL || (*text != '\0' && strspn(text, "0123456789") == strlen(text));
}

static bool read_query(WebCall *call, AuditQuery *query)
{
    const char *limit = web_call_parameter(call, "limit");
    *query = (AuditQuery){.org_id = call->caller.identity.org_id,
                          .resource = web_call_parameter(call, "resource"),
                          .resource_id = web_call_parameter(call, "resource_id"),
                          .before = web_call_parameter(call, "before"),
                          .since = web_call_parameter(call, "since"),
                          .limit = LIMIT_DEFAULT};
    if (!digits(query->resource_id) || !digits(query->before) || !digits(limit)) {
        return web_call_refuse(call, 400, "resource_id, before and limit are whole numbers");
    }
    if (limit != NULL) {
        query->limit = (int)strtol(limit, NULL, 10);
    }
    if (query->limit < 1 || query->limit > LIMIT_MOST) {
        return web_call_refuse(call, 400, "limit: 1 to 500");
    }
    return true;
}

void web_get_audit(void *context, HttpRequest *request, HttpResponse *response)
{
    WebCall call;
    AuditQuery query;
    if (!web_call_begin(&call, context, request, response)) {
        return;
    }
    if (read_query(&call, &query)) {
        Error error = {0};
        int limit = query.limit++; /* one more, to know whether there is more */
        Db *db = db_pool_take(database_sources(call.api->database), &error);
        DbResult *rows = db != NULL ? audit_read(db, call.arena, &query, &error) : NULL;
        if (rows != NULL) {
            write_rows(&call, rows, limit);
        } else {
            web_call_failed(&call, &error);
        }
        db_pool_give(database_sources(call.api->database), db);
    }
    web_call_end(&call);
}
