/* GET audit: who changed what, newest first, page by page. */
#include <stdlib.h>
#include <string.h>

#include "cost_api/audit_trail.h"
#include "web/kontor_api.h"

enum { LIMIT_DEFAULT = 50, LIMIT_MOST = 500 };

static void write_trail(WebCall *call, const AuditTrail *trail, int limit)
{
    JsonWriter *json = &call->json;
    json_begin_object(json);
    json_write_key(json, "meta");
    json_begin_object(json);
    json_member_int(json, "limit", limit);
    json_member_string(json, "next_before", trail->next_before);
    json_end(json);
    json_write_key(json, "data");
    json_begin_array(json);
    for (int i = 0; i < trail->count; i++) {
        json_begin_object(json);
        for (const AuditText *text = AUDIT_TEXTS; text->name != NULL; text++) {
            json_member_string(json, text->name, trail->entries[i][text->column]);
        }
        json_member_raw(json, "changes", trail->entries[i][AUDIT_CHANGES]);
        json_end(json);
    }
    json_end(json);
    json_end(json);
}

static bool read_limit(WebCall *call, int *limit)
{
    const char *text = web_call_parameter(call, "limit");
    bool digits = text == NULL || (*text != '\0' && strspn(text, "0123456789") == strlen(text));
    *limit = text == NULL ? LIMIT_DEFAULT : digits ? (int)strtol(text, NULL, 10) : 0;
    return (*limit >= 1 && *limit <= LIMIT_MOST) ||
           web_call_refuse(call, 400, "limit: a whole number, 1 to 500");
}

void web_get_audit(void *context, HttpRequest *request, HttpResponse *response)
{
    WebCall call;
    int limit;
    if (!web_call_begin(&call, context, request, response)) {
        return;
    }
    if (read_limit(&call, &limit)) {
        Error error = {0};
        AuditTrail trail;
        const AuditTrailQuery query = {.org_id = call.caller.identity.org_id,
                                       .schema = call.caller.schema,
                                       .resources = web_call_parameter(&call, "resource"),
                                       .resource_id = web_call_parameter(&call, "resource_id"),
                                       .actor = web_call_parameter(&call, "actor"),
                                       .since = web_call_parameter(&call, "since"),
                                       .before = web_call_parameter(&call, "before"),
                                       .limit = limit};
        if (audit_trail_read(call.api->database, call.arena, &query, &trail, &error)) {
            write_trail(&call, &trail, limit);
        } else {
            web_call_failed(&call, &error);
        }
    }
    web_call_end(&call);
}
