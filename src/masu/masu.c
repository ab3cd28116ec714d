#include "masu/masu.h"

#include "masu/call.h"

extern const char MASU_OPENAPI[]; /* openapi.json */

/* Where this stands alone: is it alive, and what is there to do? */
static void get_status(void *context, HttpRequest *request, HttpResponse *response)
{
    const CostContext *cost = context;
    char now[TIMESTAMP_TEXT_SIZE];
    Error error = {0};
    Db *db = db_pool_take(cost->koku, &error);
    DbResult *rows = db == NULL ? NULL
                                : DB_QUERY(db, request->arena, &error,
                                           "SELECT count(*) FILTER (WHERE state = 'queued'),"
                                           "       count(*) FILTER (WHERE state = 'running')"
                                           "  FROM kontor_job");
    db_pool_give(cost->koku, db);
    JsonWriter json = json_writer(response->body);
    json_begin_object(&json);
    json_member_bool(&json, "alive", true);
    json_member_int(&json, "api_version", 1);
    json_member_string(&json, "version", KONTOR_VERSION);
    json_member_string(&json, "current_datetime", timestamp_format(clock_now(), false, now));
    json_member_string(&json, "database_status", rows != NULL ? "ok" : error.message);
    if (rows != NULL) {
        json_member_int(&json, "jobs_queued", db_int(rows, 0, 0));
        json_member_int(&json, "jobs_running", db_int(rows, 0, 1));
    }
    json_end(&json);
}

static const HttpRoute STATUS_ROUTES[] = {
    {"GET", COST_MANAGEMENT_API "/status", get_status},
    {NULL, NULL, NULL},
};

static void add_routes(CostApi *api)
{
    cost_api_add(api, MASU_WORK_ROUTES);
    cost_api_add(api, MASU_MANIFEST_ROUTES);
    cost_api_add(api, MASU_EXPIRED_ROUTES);
}

void masu_add(CostApi *api)
{
    add_routes(api);
    cost_api_describe(api, MASU_OPENAPI);
}

void masu_mount_alone(HttpServer *server, CostApi *api)
{
    static const char *const PATHS[] = {
        COST_MANAGEMENT_API "/status", COST_MANAGEMENT_API "/download",
        COST_MANAGEMENT_API "/report_data", COST_MANAGEMENT_API "/manifests",
        COST_MANAGEMENT_API "/expired_data"};
    add_routes(api);
    cost_api_add(api, STATUS_ROUTES);
    for (size_t i = 0; i < sizeof PATHS / sizeof *PATHS; i++) {
        cost_api_mount_below(server, api, PATHS[i]);
    }
}
