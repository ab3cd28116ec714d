#include "sources/change.h"

#include <stdio.h>
#include <string.h>

#include "net/router.h"
#include "sources/call.h"
#include "sources/handlers.h"

#define PREFIX "/api/sources"
#define VERSION PREFIX "/v3.1"

static const char BAD_REQUEST[] = "bad request: ";

struct SourcesChange {
    struct SourcesApi api; /* the API, joined to the change's transaction */
    SourcesApi *whole;
    const HttpRequest *request;
    Arena *arena;
    Db *db;
    bool failed;
};

SourcesChange *sources_change_begin(SourcesApi *api, const HttpRequest *request, Error *error)
{
    SourcesChange *change = arena_alloc(request->arena, sizeof *change);
    *change =
        (SourcesChange){.api = *api, .whole = api, .request = request, .arena = request->arena};
    change->db = db_pool_take(api->pool, error);
    if (change->db == NULL || !db_begin(change->db, error)) {
        db_pool_give(api->pool, change->db);
        return NULL;
    }
    change->api.joined = change->db;
    return change;
}

static void read_answer(SourcesChange *change, const HttpResponse *response, SourcesAnswer *answer)
{
    Error ignored = {0};
    *answer = (SourcesAnswer){.status = response->status};
    if (response->body->length > 0) {
        answer->body =
            json_parse(change->arena, response->body->data, response->body->length, &ignored);
    }
    const json_t *first = json_array_get(json_object_get(answer->body, "errors"), 0);
    const char *detail = json_get_string(first, "detail");
    if (response->status >= 400) {
        size_t prefix = sizeof BAD_REQUEST - 1;
        detail = detail != NULL ? detail : "the Sources API refused it";
        answer->detail = strncmp(detail, BAD_REQUEST, prefix) == 0 ? detail + prefix : detail;
    }
}

bool sources_change_do(SourcesChange *change, const char *method, const char *path,
                       const json_t *body, SourcesAnswer *answer)
{
    static const char NOTHING[] = "";
    const RouterMount mount = {.prefix = PREFIX, .routes = sources_api_routes()};
    HttpRequest request = *change->request;
    HttpResponse response = {.arena = change->arena,
                             .status = 200,
                             .content_type = "application/json",
                             .body = buffer_new(change->arena)};
    const char *whole = arena_printf(change->arena, "%s%s", VERSION, path);
    request.method = method;
    request.query = NOTHING;
    request.body = body != NULL ? json_text(change->arena, body) : NOTHING;
    request.body_length = strlen(request.body);
    RouterMatch match = router_match(&mount, method, whole, &request);
    if (match.route == NULL) {
        *answer = (SourcesAnswer){.status = 404, .detail = "there is no such request"};
    } else {
        match.route->handler(&change->api, &request, &response);
        read_answer(change, &response, answer);
    }
    change->failed = change->failed || answer->status >= 400;
    return answer->status < 400;
}

bool sources_change_end(SourcesChange *change, bool keep, Error *error)
{
    bool kept = keep && !change->failed && db_commit(change->db, error);
    if (!kept) {
        db_rollback(change->db);
    }
    db_pool_give(change->whole->pool, change->db);
    return kept;
}
