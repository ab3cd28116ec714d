/* POST bucket-check: a look into a bucket before a source is saved. */
#include <string.h>

#include "ingest/discover.h"
#include "ingest/progress.h"
#include "ingest/sample_report.h"
#include "providers/provider.h"
#include "web/kontor_api.h"
#include "web/report_path.h"

enum { CANDIDATES_MOST = 20, OBJECTS_MOST = 100000 };

/* A folder of the bucket that looks like a report: its months lie below it. */
typedef struct Candidate {
    const char *path; /* "<prefix>/<report>" */
    int64_t objects;
    uint64_t bytes;
} Candidate;

typedef struct Look {
    Arena *arena;
    Candidate candidates[CANDIDATES_MOST];
    int candidate_count;
    int64_t objects;
} Look;

static bool see_object(void *context, const StorageObject *object, Error *error)
{
    Look *look = context;
    size_t length = report_path_length(object->key);
    if (++look->objects > OBJECTS_MOST) {
        return error_set(error, ERROR_CANCELLED, "enough seen");
    }
    if (length == 0) {
        return true;
    }
    Candidate *candidate = look->candidates;
    Candidate *end = candidate + look->candidate_count;
    while (candidate < end && (strncmp(candidate->path, object->key, length) != 0 ||
                               candidate->path[length] != '\0')) {
        candidate++;
    }
    if (candidate == end) {
        if (look->candidate_count == CANDIDATES_MOST) {
            return true;
        }
        candidate->path = arena_strndup(look->arena, object->key, length);
        look->candidate_count++;
    }
    candidate->objects++;
    candidate->bytes += object->size;
    return true;
}

static void write_candidates(JsonWriter *json, const Look *look)
{
    json_write_key(json, "reports");
    json_begin_array(json);
    for (int i = 0; i < look->candidate_count; i++) {
        const Candidate *candidate = &look->candidates[i];
        const char *slash = strrchr(candidate->path, '/');
        json_begin_object(json);
        json_member_string(json, "report_name", slash != NULL ? slash + 1 : candidate->path);
        json_write_key(json, "report_prefix");
        json_write_string_length(json, candidate->path,
                                 slash != NULL ? (size_t)(slash - candidate->path) : 0);
        json_member_int(json, "objects", candidate->objects);
        json_member_int(json, "bytes", (int64_t)candidate->bytes);
        json_end(json);
    }
    json_end(json);
}

static const char *kind_of(const ReportMonth *month)
{
    if (month->file_count == 0) {
        return NULL;
    }
    const char *name = strrchr(month->files[0].key, '/');
    const char *dot = strchr(name != NULL ? name : month->files[0].key, '.');
    return dot != NULL ? dot + 1 : NULL;
}

static void write_months(JsonWriter *json, const ReportMonth *months, int count)
{
    json_write_key(json, "months");
    json_begin_array(json);
    for (int i = 0; i < count; i++) {
        char day[DATE_TEXT_SIZE], when[TIMESTAMP_TEXT_SIZE];
        json_begin_object(json);
        json_write_key(json, "month");
        json_write_string_length(json, day_format(months[i].month, day), strlen("2026-11"));
        json_member_int(json, "files", months[i].file_count);
        json_member_int(json, "bytes", (int64_t)months[i].bytes);
        json_member_string(json, "kind", kind_of(&months[i]));
        json_member_bool(json, "manifest", months[i].manifest_key != NULL);
        json_member_string(json, "written", timestamp_format(months[i].exported, false, when));
        json_member_string(json, "problem", months[i].problem);
        json_end(json);
    }
    json_end(json);
}

static void write_fault(JsonWriter *json, const char *step, const char *message)
{
    json_member_bool(json, "ok", false);
    json_member_string(json, "step", step);
    json_member_string(json, "message", message);
}

static void look(WebCall *call, const Provider *provider, const StorageConfig *config)
{
    JsonWriter *json = &call->json;
    Error error = {0};
    Look seen = {.arena = call->arena};
    Storage *storage = storage_open(config, provider->bucket, &error);
    bool reachable = storage != NULL && storage_check(storage, &error);
    bool listed =
        reachable && (storage_list(storage, provider->report_prefix, see_object, &seen, &error) ||
                      error.code == ERROR_CANCELLED);
    if (!listed) {
        write_fault(json, reachable ? "list" : "reach", error.message);
        storage_close(storage);
        return;
    }
    const char *name = provider->report_name, *prefix = provider->report_prefix;
    if (*name == '\0' && seen.candidate_count == 1) {
        const char *path = seen.candidates[0].path, *slash = strrchr(path, '/');
        name = slash != NULL ? slash + 1 : path;
        prefix = slash != NULL ? arena_strndup(call->arena, path, (size_t)(slash - path)) : "";
    }
    ReportMonth *months = NULL;
    int count = 0;
    DiscoverScope scope = {.prefix = prefix, .report_name = name};
    error_clear(&error);
    bool found = (*name != '\0' || seen.candidate_count == 0) &&
                 discover_months(storage, call->arena, &scope, &months, &count, &error);
    if (found && count > 0) {
        json_member_bool(json, "ok", true);
        json_member_string(json, "report_name", name);
        json_member_string(json, "report_prefix", prefix);
    } else {
        write_fault(json, "reports",
                    error.code != ERROR_NONE ? error.message
                    : seen.candidate_count > 1
                        ? "the bucket holds several reports: say which one"
                        : "the bucket can be read, but no report lies there: "
                          "REPORT/YYYYMMDD-YYYYMMDD/ is looked for");
    }
    json_member_int(json, "objects", seen.objects);
    write_candidates(json, &seen);
    write_months(json, months, count);
    storage_close(storage);
}

static const char *text_at(const json_t *body, const char *name)
{
    const char *text = json_get_string(body, name);
    return text != NULL ? text : "";
}

/* What the body says of the data source, and of the keys to it; what it leaves out of these is the
 * stored provider's, when it names one. */
static bool read_wish(WebCall *call, json_t *body, Provider *provider, Error *error)
{
    static const char *const KEYS[] = {"access_key", "secret_key", "session_token"};
    const char *source_id = json_get_string(body, "source_id"), *uuid = NULL;
    bool own_keys = *text_at(body, "access_key") != '\0';
    *provider = (Provider){.credentials = "{}"};
    if (source_id != NULL && !own_keys &&
        (!progress_find_provider(call->koku, call->arena, call->caller.schema, source_id, &uuid,
                                 error) ||
         !provider_load(call->koku, call->arena, uuid, provider, error))) {
        if (error->code != ERROR_NOT_FOUND) {
            return false;
        }
        error_clear(error);
        *provider = (Provider){.credentials = "{}"};
    }
    if (own_keys) {
        json_t *credentials = json_object();
        for (size_t i = 0; i < sizeof KEYS / sizeof *KEYS; i++) {
            json_object_set(credentials, KEYS[i], json_object_get(body, KEYS[i]));
        }
        provider->credentials = json_text(call->arena, credentials);
        json_decref(credentials);
    }
    for (size_t i = 0; i < sizeof KEYS / sizeof *KEYS; i++) {
        json_object_del(body, KEYS[i]);
    }
    provider->data_source = json_text(call->arena, body);
    provider->bucket = json_get_string(body, "bucket");
    provider->report_name = text_at(body, "report_name");
    provider->report_prefix = text_at(body, "report_prefix");
    return true;
}

static void check_bucket(void *context, HttpRequest *request, HttpResponse *response)
{
    WebCall call;
    if (!web_call_begin(&call, context, request, response)) {
        return;
    }
    Error error = {0};
    Provider provider;
    StorageConfig storage;
    json_t *body = web_call_body(&call);
    if (body != NULL && *text_at(body, "bucket") == '\0') {
        web_call_refuse(&call, 400, "bucket is missing: name the bucket");
    } else if (body != NULL && !read_wish(&call, body, &provider, &error)) {
        web_call_failed(&call, &error);
    } else if (body != NULL) {
        json_begin_object(&call.json);
        if (provider_storage(call.api->config, call.arena, &provider, &storage, &error)) {
            look(&call, &provider, &storage);
        } else {
            write_fault(&call.json, "reach", error.message);
        }
        json_end(&call.json);
    }
    web_call_end(&call);
}

void web_post_bucket_check(void *context, HttpRequest *request, HttpResponse *response)
{
    (void)context;
    (void)request;
    response->apart = check_bucket;
}
