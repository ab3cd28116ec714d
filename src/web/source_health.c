/* GET explain, ingest: how the providers of an organisation do. */
#include "ingest/explain.h"
#include "ingest/progress.h"
#include "web/kontor_api.h"

static void write_check(void *context, const ExplainCheck *check)
{
    static const char *const ANSWERS[] = {
        [EXPLAIN_YES] = "yes", [EXPLAIN_NO] = "no", [EXPLAIN_NOTE] = "note"};
    JsonWriter *json = context;
    json_begin_object(json);
    json_member_string(json, "answer", ANSWERS[check->answer]);
    json_member_string(json, "question", check->question);
    json_member_string(json, "text", check->text);
    json_member_string(json, "remedy", check->remedy);
    json_end(json);
}

/* A source that nothing is known of here: it is new, or of no use, or another's. */
static void write_absence(WebCall *call, const char *id)
{
    const ExplainCheck check = {EXPLAIN_NO, "provider",
                                arena_printf(call->arena, "there is none of source %s", id),
                                "a source becomes one, within seconds, with an application of type "
                                "/insights/platform/cost-management"};
    write_check(&call->json, &check);
}

static void write_checks(WebCall *call, const char *id, Error *error)
{
    const char *uuid = NULL;
    bool found =
        progress_find_provider(call->koku, call->arena, call->caller.schema, id, &uuid, error);
    if (!found && error->code != ERROR_NOT_FOUND) {
        return;
    }
    error_clear(error);
    json_begin_object(&call->json);
    json_member_string(&call->json, "provider_uuid", uuid);
    json_write_key(&call->json, "data");
    json_begin_array(&call->json);
    if (!found) {
        write_absence(call, id);
    } else {
        explain_provider(call->api->config, call->koku, call->arena, uuid, write_check, &call->json,
                         error);
    }
    json_end(&call->json);
    json_end(&call->json);
}

static void explain(void *context, HttpRequest *request, HttpResponse *response)
{
    WebCall call;
    if (!web_call_begin(&call, context, request, response)) {
        return;
    }
    const char *id = web_call_parameter(&call, "source_id");
    Error error = {0};
    if (id == NULL) {
        web_call_refuse(&call, 400, "source_id is missing: name the source");
    } else {
        write_checks(&call, id, &error);
        if (error.code != ERROR_NONE) {
            web_call_failed(&call, &error);
        }
    }
    web_call_end(&call);
}

/* The checks of `kontor explain` for ?source_id=, which may also be the UUID of a provider; some
 * ask the object storage. */
void web_get_explain(void *context, HttpRequest *request, HttpResponse *response)
{
    (void)context;
    (void)request;
    response->apart = explain;
}

void web_get_ingest(void *context, HttpRequest *request, HttpResponse *response)
{
    WebCall call;
    if (!web_call_begin(&call, context, request, response)) {
        return;
    }
    Error error = {0};
    json_begin_object(&call.json);
    json_write_key(&call.json, "data");
    if (progress_write(call.koku, call.arena, call.caller.schema, &call.json, &error)) {
        json_end(&call.json);
    } else {
        web_call_failed(&call, &error);
    }
    web_call_end(&call);
}
