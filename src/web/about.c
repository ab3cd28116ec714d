/* GET about, system: what the interface has to know before anything else, and of the server. */
#include <string.h>

#include "base/date.h"
#include "web/kontor_api.h"

static void write_now(JsonWriter *json)
{
    char now[TIMESTAMP_TEXT_SIZE], today[DATE_TEXT_SIZE];
    json_member_string(json, "version", KONTOR_VERSION);
    json_member_string(json, "now", timestamp_format(clock_now(), false, now));
    json_member_string(json, "today", day_format(clock_today(), today));
}

/* Answers without identity too: it stands before the sign-in. */
void web_get_about(void *context, HttpRequest *request, HttpResponse *response)
{
    const KontorApi *api = context;
    (void)request;
    http_response_header(response, "Cache-Control", "no-store");
    JsonWriter json = json_writer(response->body);
    json_begin_object(&json);
    write_now(&json);
    json_member_int(&json, "retention_months", api->config->retention_months);
    json_member_int(&json, "group_by_max", api->config->group_by_max);
    json_end(&json);
}

void web_get_system(void *context, HttpRequest *request, HttpResponse *response)
{
    WebCall call;
    if (!web_call_begin(&call, context, request, response)) {
        return;
    }
    Error error = {0};
    DbResult *row =
        DB_QUERY(call.koku, call.arena, &error,
                 "SELECT pg_database_size(current_database()), current_setting('server_version'),"
                 "       (SELECT count(*) FROM kontor_job WHERE state = 'queued'),"
                 "       (SELECT count(*) FROM kontor_job WHERE state = 'running'),"
                 "       (SELECT count(*) FROM kontor_job"
                 "         WHERE state = 'failed' AND finished_at > now() - interval '1 day')");
    if (row == NULL) {
        web_call_failed(&call, &error);
    } else {
        json_begin_object(&call.json);
        write_now(&call.json);
        json_member_int(&call.json, "uptime_seconds",
                        (int64_t)(clock_monotonic() - call.api->started));
        json_member_int(&call.json, "database_bytes", db_int(row, 0, 0));
        json_member_string(&call.json, "database_version", db_text(row, 0, 1));
        json_member_int(&call.json, "jobs_queued", db_int(row, 0, 2));
        json_member_int(&call.json, "jobs_running", db_int(row, 0, 3));
        json_member_int(&call.json, "jobs_failed_today", db_int(row, 0, 4));
        json_member_int(&call.json, "poll_interval_seconds", call.api->config->poll_interval);
        json_end(&call.json);
    }
    web_call_end(&call);
}
