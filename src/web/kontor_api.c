#include "web/kontor_api.h"

#include <string.h>

#include "base/log.h"

static const HttpRoute ROUTES[] = {
    {"GET", KONTOR_API "/about", web_get_about},
    {"GET", KONTOR_API "/explain", web_get_explain},
    {"GET", KONTOR_API "/ingest", web_get_ingest},
    {"GET", KONTOR_API "/audit", web_get_audit},
    {"GET", KONTOR_API "/system", web_get_system},
    {"POST", KONTOR_API "/bucket-check", web_post_bucket_check},
    {"POST", KONTOR_API "/sample-data", web_post_sample_data},
    {NULL, NULL, NULL},
};

static void write_error(const HttpRequest *request, HttpResponse *response, int status,
                        const char *message)
{
    (void)request;
    access_write_error(response, status, NULL, message);
}

void kontor_api_mount(HttpServer *server, const KontorApi *api)
{
    http_server_mount(server, KONTOR_API, ROUTES, write_error, (void *)api);
}

bool web_call_begin(WebCall *call, void *context, HttpRequest *request, HttpResponse *response)
{
    *call = (WebCall){
        .api = context, .request = request, .response = response, .arena = request->arena};
    http_response_header(response, "Cache-Control", "no-store");
    if (!access_read_costs(request, response, &call->caller)) {
        return false;
    }
    Error error = {0};
    call->koku = db_pool_take(database_koku(call->api->database), &error);
    call->json = json_writer(response->body);
    return call->koku != NULL || web_call_failed(call, &error);
}

void web_call_end(WebCall *call)
{
    db_pool_give(database_koku(call->api->database), call->koku);
    call->koku = NULL;
}

const char *web_call_parameter(const WebCall *call, const char *name)
{
    int count;
    HttpQueryItem *items = http_query_parse(call->arena, call->request->query, &count);
    const char *value = NULL;
    for (int i = 0; i < count; i++) {
        if (strcmp(items[i].name, name) == 0) {
            value = items[i].value;
        }
    }
    return value;
}

bool web_call_refuse(WebCall *call, int status, const char *detail)
{
    access_write_error(call->response, status, NULL, detail);
    return false;
}

bool web_call_failed(WebCall *call, const Error *error)
{
    switch (error->code) {
    case ERROR_INVALID:
        return web_call_refuse(call, 400, error->message);
    case ERROR_DENIED:
        return web_call_refuse(call, 403, error->message);
    case ERROR_NOT_FOUND:
        return web_call_refuse(call, 404, error->message);
    default:
        access_write_failure(call->response, error);
        return false;
    }
}

json_t *web_call_body(WebCall *call)
{
    Error error = {0};
    json_t *body = json_parse(call->arena, call->request->body, call->request->body_length, &error);
    if (body == NULL || !json_is_object(body)) {
        web_call_refuse(call, 400,
                        body == NULL ? arena_printf(call->arena, "the body: %s", error.message)
                                     : "the body is no JSON object");
        return NULL;
    }
    return body;
}
