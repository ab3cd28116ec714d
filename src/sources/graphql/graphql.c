/* POST /graphql: {"query", "operationName"?, "variables"?}. */
#include <string.h>

#include "base/json.h"
#include "sources/graphql/query.h"
#include "sources/handlers.h"

static void write_fault(JsonWriter *json, const char *code, const GraphqlFault *fault)
{
    json_begin_object(json);
    json_member_string(json, "message", fault->message);
    if (fault->path != NULL) {
        json_write_key(json, "path");
        json_begin_array(json);
        json_write_raw(json, fault->path);
        json_end(json);
    }
    if (fault->place.line > 0) {
        json_write_key(json, "locations");
        json_begin_array(json);
        json_begin_object(json);
        json_member_int(json, "line", fault->place.line);
        json_member_int(json, "column", fault->place.column);
        json_end(json);
        json_end(json);
    }
    if (code != NULL) {
        json_write_key(json, "extensions");
        json_begin_object(json);
        json_member_string(json, "code", code);
        json_end(json);
    }
    json_end(json);
}

/* As the original's library tells of them. */
static void write_faults(Call *call, int status, const char *code, const GraphqlFault *fault)
{
    JsonWriter json = json_writer(call->response->body);
    json_begin_object(&json);
    json_write_key(&json, "errors");
    json_begin_array(&json);
    for (; fault != NULL && fault->message != NULL; fault = fault->next) {
        write_fault(&json, code, fault);
    }
    json_end(&json);
    json_member_raw(&json, "data", "null");
    json_end(&json);
    call->response->status = status;
}

static void refuse_body(Call *call, const char *why)
{
    GraphqlFault fault = {
        .message = arena_printf(call->arena, "json request body could not be decoded: %s", why)};
    write_faults(call, 400, NULL, &fault);
}

static bool fits(const json_t *value, bool text)
{
    return value == NULL || json_is_null(value) ||
           (text ? json_is_string(value) : json_is_object(value));
}

void graphql_answer(Call *call)
{
    const HttpRequest *request = call->request;
    Error error = {0};
    json_t *body = json_parse(call->arena, request->body, request->body_length, &error);
    if (!json_is_object(body)) {
        refuse_body(call, body == NULL ? error.message : "the body is no object");
        return;
    }
    const json_t *text = json_object_get(body, "query");
    const json_t *name = json_object_get(body, "operationName");
    const json_t *variables = json_object_get(body, "variables");
    if (!fits(text, true) || !fits(name, true) || !fits(variables, false)) {
        refuse_body(call, "query and operationName must be strings, variables an object");
        return;
    }
    GraphqlQuery query = {.arena = call->arena, .variables = variables};
    query.document = graphql_parse(
        call->arena, text != NULL && json_is_string(text) ? json_string_value(text) : "",
        &query.fault);
    if (query.document == NULL && query.fault.message != NULL) {
        write_faults(call, 422, "GRAPHQL_PARSE_FAILED", &query.fault);
    } else if (!graphql_validate(&query, json_string_value(name))) {
        write_faults(call, 422, "GRAPHQL_VALIDATION_FAILED", &query.fault);
    } else {
        graphql_execute(call, &query);
    }
}
