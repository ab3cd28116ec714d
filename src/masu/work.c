/* download/ and report_data/: work for the queue. */
#include <string.h>

#include "ingest/manifests.h"
#include "ingest/month/days.h"
#include "ingest/queue.h"
#include "masu/call.h"

enum { MONTHS_MOST = 120 };

/* Queues a job and says which. False when the answer is written already. */
static bool queue(MasuCall *call, JobKind kind, const Provider *provider, const char *month,
                  int64_t manifest, const char **id)
{
    Error error = {0};
    Db *db = call->cost.db;
    Arena *arena = call->cost.arena;
    *id = queue_add(db, arena, kind, provider->uuid, month, manifest, NULL, &error)
              ? queue_open_job(db, arena, kind, provider->uuid, month, &error)
              : NULL;
    if (error.code != ERROR_NONE) {
        access_write_failure(call->cost.response, &error);
    }
    return error.code == ERROR_NONE;
}

/* Looks at the buckets of the providers now, or of one month there. */
static void answer_download(MasuCall *call)
{
    Buffer *ids = buffer_new(call->cost.arena);
    char day[DATE_TEXT_SIZE];
    Day month = 0;
    bool given;
    int count;
    const Provider *providers =
        masu_month(call, "bill_date", &month, &given) ? masu_providers(call, &count) : NULL;
    for (int i = 0; providers != NULL && i < count; i++) {
        const char *id;
        if (!providers[i].active || providers[i].paused || !providers[i].has_billing_source) {
            continue;
        }
        if (!queue(call, JOB_DISCOVER, &providers[i], given ? day_format(month, day) : NULL, 0,
                   &id)) {
            return;
        }
        buffer_printf(ids, "%s%s", ids->length > 0 ? "," : "", id != NULL ? id : "");
    }
    if (providers != NULL) {
        JsonWriter json = json_writer(call->cost.response->body);
        json_begin_object(&json);
        json_member_string(&json, "Download Request Task ID", ids->data);
        json_end(&json);
    }
}

/* Reads one month's reports again, and replaces it whole. False when the answer is written already.
 */
static bool summarize_month(MasuCall *call, JsonWriter *json, const Provider *provider, Day month)
{
    char first[DATE_TEXT_SIZE], last[DATE_TEXT_SIZE];
    Error error = {0};
    const char *id = NULL;
    day_format(month, first);
    day_format(day_month_start(month, 1) - 1, last);
    int64_t manifest;
    if (!manifests_newest(call->cost.db, call->cost.arena, provider->uuid, first, &manifest,
                          &error)) {
        access_write_failure(call->cost.response, &error);
        return false;
    }
    if (manifest == 0) {
        return true;
    }
    if (!month_days_forget(call->cost.db, call->cost.arena, provider, first, &error)) {
        access_write_failure(call->cost.response, &error);
        return false;
    }
    if (!queue(call, JOB_INGEST, provider, first, manifest, &id)) {
        return false;
    }
    json_begin_object(json);
    json_member_string(json, arena_printf(call->cost.arena, "(%s, %s)", first, last), id);
    json_end(json);
    return true;
}

/* Makes the summaries of the months between the dates anew, from the files. */
static void answer_report_data(MasuCall *call)
{
    static const char *const NEEDED[] = {"provider_uuid", "schema", "start_date"};
    Day first, last = clock_today();
    bool given;
    int count;
    for (size_t i = 0; i < sizeof NEEDED / sizeof *NEEDED; i++) {
        if (call_parameter(&call->cost, NEEDED[i]) == NULL) {
            masu_refuse(call, "%s is needed as a parameter", NEEDED[i]);
            return;
        }
    }
    const Provider *providers = masu_month(call, "start_date", &first, &given) &&
                                        masu_month(call, "end_date", &last, &given)
                                    ? masu_providers(call, &count)
                                    : NULL;
    last = day_month_start(last, 0);
    if (providers == NULL) {
        return;
    }
    if (first > last || first < day_month_start(last, -MONTHS_MOST)) {
        masu_refuse(call, "start_date must be before end_date, by %d months at most", MONTHS_MOST);
        return;
    }
    Buffer *list = buffer_new(call->cost.arena);
    JsonWriter json = json_writer(list);
    json_begin_array(&json);
    for (Day month = first; month <= last; month = day_month_start(month, 1)) {
        if (!summarize_month(call, &json, &providers[0], month)) {
            return;
        }
    }
    json_end(&json);
    json = json_writer(call->cost.response->body);
    json_begin_object(&json);
    json_member_raw(&json, "Report Data Task IDs", list->data);
    json_end(&json);
}

MASU_HANDLER(get_download, answer_download)
MASU_HANDLER(get_report_data, answer_report_data)

const HttpRoute MASU_WORK_ROUTES[] = {
    {"GET", COST_MANAGEMENT_API "/download", get_download},
    {"GET", COST_MANAGEMENT_API "/report_data", get_report_data},
    {NULL, NULL, NULL},
};
