#include "cost_api/call.h"

#include <string.h>

#include "base/json.h"

bool tenant_is_missing(const Db *db)
{
    static const char INVALID_SCHEMA[] = "3F000", UNDEFINED_TABLE[] = "42P01";
    return strcmp(db_sqlstate(db), INVALID_SCHEMA) == 0 ||
           strcmp(db_sqlstate(db), UNDEFINED_TABLE) == 0;
}

bool call_begin(CostCall *call, void *context, HttpRequest *request, HttpResponse *response)
{
    *call = (CostCall){
        .context = context, .request = request, .response = response, .arena = request->arena};
    if (!access_read_costs(request, response, &call->caller)) {
        return false;
    }
    call->schema = db_identifier(call->arena, call->caller.schema);
    Error error = {0};
    call->db = db_pool_take(call->context->koku, &error);
    if (call->db == NULL) {
        access_write_failure(response, &error);
    }
    return call->db != NULL;
}

void call_end(CostCall *call)
{
    db_pool_give(call->context->koku, call->db);
    call->db = NULL;
}

DbResult *call_query(CostCall *call, bool *missing, const char *sql, int count,
                     const char *const *parameters)
{
    static const char SCHEMA[] = "{schema}";
    Buffer *text = buffer_new(call->arena);
    for (const char *mark; (mark = strstr(sql, SCHEMA)) != NULL; sql = mark + sizeof SCHEMA - 1) {
        buffer_append(text, sql, (size_t)(mark - sql));
        buffer_append_text(text, call->schema);
    }
    buffer_append_text(text, sql);
    Error error = {0};
    DbResult *rows = db_query(call->db, call->arena, &error, text->data, count, parameters);
    bool absent = rows == NULL && tenant_is_missing(call->db);
    if (missing != NULL) {
        *missing = absent;
    }
    if (rows == NULL && (missing == NULL || !absent)) {
        access_write_failure(call->response, &error);
    }
    return rows;
}

const char *call_parameter(const CostCall *call, const char *name)
{
    const char *value = NULL;
    int count;
    HttpQueryItem *items = http_query_parse(call->arena, call->request->query, &count);
    for (int i = 0; i < count; i++) {
        if (strcmp(items[i].name, name) == 0) {
            value = items[i].value;
        }
    }
    return value;
}

bool call_path_is(const HttpRequest *request, const char *route)
{
    size_t length = strlen(route);
    return strncmp(request->path, route, length) == 0 &&
           request->path[length + strspn(request->path + length, "/")] == '\0';
}

void call_refuse(CostCall *call, const char *name, const char *reason)
{
    call->response->status = 400;
    JsonWriter json = json_writer(call->response->body);
    json_begin_object(&json);
    json_write_key(&json, name);
    json_begin_array(&json);
    json_write_string(&json, reason);
    json_end(&json);
    json_end(&json);
}
