#include "cmd/health.h"

#include "base/json.h"

static void answer_live(void *context, HttpRequest *request, HttpResponse *response)
{
    (void)context;
    (void)request;
    JsonWriter writer = json_writer(response->body);
    json_begin_object(&writer);
    json_member_string(&writer, "status", "ok");
    json_member_string(&writer, "version", KONTOR_VERSION);
    json_end(&writer);
}

/* Asks one database; writes "ok" or what is wrong under its name. */
static bool check_database(JsonWriter *writer, Arena *arena, DbPool *pool, const char *name)
{
    Error error = {0};
    Db *db = db_pool_take(pool, &error);
    bool answers = db != NULL && DB_QUERY(db, arena, &error, "SELECT 1") != NULL;
    db_pool_give(pool, db);
    json_member_string(writer, name, answers ? "ok" : error.message);
    return answers;
}

static void answer_ready(void *context, HttpRequest *request, HttpResponse *response)
{
    Database *database = context;
    JsonWriter writer = json_writer(response->body);
    json_begin_object(&writer);
    bool koku = check_database(&writer, request->arena, database_koku(database), "koku");
    bool sources = check_database(&writer, request->arena, database_sources(database), "sources");
    json_member_string(&writer, "status", koku && sources ? "ok" : "unavailable");
    json_member_string(&writer, "version", KONTOR_VERSION);
    json_end(&writer);
    response->status = koku && sources ? 200 : 503;
}

/* As the Sources API's probes know it: "OK", or what is wrong. */
static void answer_health(void *context, HttpRequest *request, HttpResponse *response)
{
    answer_ready(context, request, response);
    if (response->status == 200) {
        buffer_clear(response->body);
        buffer_append_text(response->body, "OK");
        response->content_type = "text/plain; charset=UTF-8";
    }
}

static void write_error(const HttpRequest *request, HttpResponse *response, int status,
                        const char *message)
{
    (void)request;
    (void)status;
    JsonWriter writer = json_writer(response->body);
    json_begin_object(&writer);
    json_member_string(&writer, "error", message);
    json_end(&writer);
}

void health_mount(HttpServer *server, Database *database)
{
    static const HttpRoute ROUTES[] = {
        {"GET", "/livez", answer_live},
        {"GET", "/readyz", answer_ready},
        {"GET", "/health", answer_health},
        {NULL, NULL, NULL},
    };
    for (const HttpRoute *route = ROUTES; route->method != NULL; route++) {
        http_server_mount(server, route->pattern, ROUTES, write_error, database);
    }
}
