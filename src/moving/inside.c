#include "moving/inside.h"

#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "cost_api/cost_api.h"
#include "cost_models/cost_models.h"
#include "identity/identity.h"
#include "moving/document.h"
#include "net/http_server.h"
#include "settings/settings.h"
#include "sources/audit.h"
#include "sources/sources_api.h"

struct Inside {
    Arena *arena;
    const char *actor;
    DbPool *koku_pool, *sources_pool; /* of one connection each */
    SourcesApi *sources_api;
    CostApi *cost_api;
    HttpServer *http;
    Db *koku, *sources; /* held; NULL: not begun */
    const char *identity;
};

Inside *inside_new(const Config *config, Database *database, const char *actor, Error *error)
{
    Arena *arena = arena_new();
    Inside *inside = arena_alloc(arena, sizeof *inside);
    *inside = (Inside){.arena = arena, .actor = actor};
    inside->koku_pool = db_pool_new(database_conninfo(database, "koku"), 1);
    inside->sources_pool = db_pool_new(database_conninfo(database, "sources"), 1);
    inside->cost_api = cost_api_new(inside->koku_pool, config);
    settings_add(inside->cost_api);
    cost_models_add(inside->cost_api);
    inside->sources_api = sources_api_new(inside->sources_pool, config, error);
    inside->http = inside->sources_api != NULL ? http_server_new("127.0.0.1:0", 1, 1, error) : NULL;
    if (inside->http == NULL) {
        inside_free(inside);
        return NULL;
    }
    sources_api_keep_uids(inside->sources_api);
    cost_api_keep_uuids(inside->cost_api);
    sources_api_mount(inside->http, inside->sources_api);
    cost_api_mount(inside->http, inside->cost_api);
    return inside;
}

void inside_free(Inside *inside)
{
    if (inside == NULL) {
        return;
    }
    inside_end(inside, false, NULL);
    http_server_stop(inside->http);
    sources_api_free(inside->sources_api);
    cost_api_free(inside->cost_api);
    db_pool_free(inside->sources_pool);
    db_pool_free(inside->koku_pool);
    arena_free(inside->arena);
}

/* Handlers take the same connection from the pool, and give it back. */
static Db *hold(DbPool *pool, Error *error)
{
    Db *db = db_pool_take(pool, error);
    if (db != NULL && !db_hold(db, error)) {
        db_pool_give(pool, db);
        return NULL;
    }
    db_pool_give(pool, db);
    return db;
}

bool inside_begin(Inside *inside, const char *org_id, const char *account, Error *error)
{
    const IdentityUser user = {.org_id = org_id,
                               .account_number = account,
                               .username = inside->actor,
                               .email = "",
                               .is_org_admin = true,
                               .method = IDENTITY_PASSWORD};
    const Identity identity = identity_of_user(&user);
    inside->identity = identity_header(inside->arena, &identity);
    inside->koku = hold(inside->koku_pool, error);
    inside->sources = inside->koku != NULL ? hold(inside->sources_pool, error) : NULL;
    /* Settings are written past the API, too. */
    const AuditActor actor = {inside->actor, "", "", ""};
    return inside->sources != NULL && audit_begin(inside->koku, &actor, error);
}

bool inside_end(Inside *inside, bool keep, Error *error)
{
    bool first = inside->sources == NULL || db_end_hold(inside->sources, keep, error);
    bool second = inside->koku == NULL || db_end_hold(inside->koku, keep && first, error);
    inside->sources = inside->koku = NULL;
    if (first && !second) {
        error_wrap(error, "sources were kept, settings were not (do it again, that brings them)");
    }
    return first && second;
}

Db *inside_koku(Inside *inside)
{
    return inside->koku;
}

Db *inside_sources(Inside *inside)
{
    return inside->sources;
}

/* What an answer says of what went wrong: the details of its errors, or all of it. */
static const char *fault_text(Arena *arena, const json_t *answer)
{
    const json_t *errors = json_object_get(answer, "errors");
    Buffer *text = buffer_new(arena);
    for (size_t i = 0; i < json_array_size(errors); i++) {
        const json_t *one = json_array_get(errors, i);
        const char *detail = json_get_string(one, "detail");
        const char *source = json_get_string(one, "source");
        buffer_printf(text, "%s%s%s%s", text->length > 0 ? "; " : "", source != NULL ? source : "",
                      source != NULL ? ": " : "", detail != NULL ? detail : "");
    }
    return text->length > 0 ? text->data : document_text(arena, answer, false);
}

json_t *inside_ask(Inside *inside, Arena *arena, const char *method, const char *path,
                   const json_t *body, Error *error)
{
    const char *const headers[][2] = {{"x-rh-identity", inside->identity}, {NULL, NULL}};
    const char *text = body != NULL ? document_text(arena, body, false) : "";
    HttpRequest request = {.arena = arena,
                           .method = method,
                           .query = "",
                           .body = text,
                           .body_length = strlen(text),
                           .remote_address = "",
                           .headers = headers};
    HttpResponse response;
    http_server_ask(inside->http, &request, path, &response);
    json_t *answer = response.body->length > 0
                         ? json_parse(arena, response.body->data, response.body->length, NULL)
                         : json_null();
    if (response.status >= 200 && response.status < 300 && answer != NULL) {
        return answer;
    }
    error_set(error,
              response.status == 503 || response.status == 424 ? ERROR_UNAVAILABLE : ERROR_INVALID,
              "%s", answer != NULL ? fault_text(arena, answer) : "the API gave no answer");
    return NULL;
}
