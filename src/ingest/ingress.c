#include "ingest/ingress.h"

#include <stdlib.h>
#include <string.h>

#include "base/crypto.h"
#include "base/json.h"
#include "ingest/queue.h"
#include "ingest/record.h"

static const char REPORT_NAME[] = "ingress";

/* A look for one key. */
typedef struct Search {
    Arena *arena;
    const char *key;
    ReportFile *found;
} Search;

static bool see(void *context, const StorageObject *object, Error *error)
{
    Search *search = context;
    (void)error;
    if (strcmp(object->key, search->key) != 0) {
        return false; /* keys come in order: the one that is looked for would have been first */
    }
    *search->found = (ReportFile){.key = arena_strdup(search->arena, object->key),
                                  .etag = arena_strdup(search->arena, object->etag),
                                  .size = object->size};
    return false;
}

static bool find_file(Storage *storage, Arena *arena, const char *key, ReportFile *file,
                      Error *error)
{
    Search search = {arena, key, file};
    Error fault = {0};
    *file = (ReportFile){0};
    if (!storage_list(storage, key, see, &search, &fault) && fault.code != ERROR_NONE) {
        return error_set(error, fault.code, "%s", fault.message);
    }
    return file->key != NULL ||
           error_set(error, ERROR_NOT_FOUND, "there is no file %s in the bucket", key);
}

/* "bucket/key" as the key. */
static const char *without_bucket(const char *key, const char *bucket)
{
    size_t length = strlen(bucket);
    key += strspn(key, "/");
    return strncmp(key, bucket, length) == 0 && key[length] == '/' ? key + length + 1 : key;
}

static bool find_files(const Config *config, Arena *arena, const Provider *provider,
                       const char *const *keys, ReportMonth *month, Error *error)
{
    StorageConfig where;
    Storage *storage = provider_storage(config, arena, provider, &where, error)
                           ? storage_open(&where, provider->bucket, error)
                           : NULL;
    bool done = storage != NULL;
    for (int i = 0; done && i < month->file_count; i++) {
        const char *key = without_bucket(keys[i], provider->bucket);
        done = find_file(storage, arena, key, &month->files[i], error);
        month->bytes += month->files[i].size;
    }
    storage_close(storage);
    return done;
}

static int compare_files(const void *left, const void *right)
{
    return strcmp(((const ReportFile *)left)->key, ((const ReportFile *)right)->key);
}

static const char *keys_json(Arena *arena, const char *const *keys, int count)
{
    Buffer *text = buffer_new(arena);
    JsonWriter json = json_writer(text);
    json_begin_array(&json);
    for (int i = 0; i < count; i++) {
        json_write_string(&json, keys[i]);
    }
    json_end(&json);
    return text->data;
}

static bool mark(Db *db, Arena *arena, int64_t manifest, const char *keys, Error *error)
{
    return DB_QUERY(db, arena, error,
                    "UPDATE reporting_common_costusagereportmanifest"
                    "   SET report_tracker = COALESCE(report_tracker, '{}')"
                    "                        || jsonb_build_object('ingress', $2::jsonb)"
                    " WHERE id = $1",
                    arena_printf(arena, "%lld", (long long)manifest), keys) != NULL;
}

bool ingress_submit(const Config *config, Db *db, Arena *arena, const Provider *provider, Day month,
                    const char *const *keys, int count, const char **uuid, Error *error)
{
    char *made = arena_alloc(arena, UUID_TEXT_SIZE), day[DATE_TEXT_SIZE];
    ReportMonth wanted = {.month = month,
                          .report_name = REPORT_NAME,
                          .assembly_id = made,
                          .exported = clock_now(),
                          .files = arena_array(arena, (size_t)count, sizeof(ReportFile)),
                          .file_count = count};
    int64_t manifest;
    RecordState state;
    uuid_generate(made);
    *uuid = made;
    if (!find_files(config, arena, provider, keys, &wanted, error)) {
        return false;
    }
    qsort(wanted.files, (size_t)count, sizeof *wanted.files, compare_files);
    return record_month(db, arena, provider->uuid, &wanted, &manifest, &state, error) &&
           mark(db, arena, manifest, keys_json(arena, keys, count), error) &&
           queue_add(db, arena, JOB_INGEST, provider->uuid, day_format(month, day), manifest, NULL,
                     error);
}

DbResult *ingress_list(Db *db, Arena *arena, const char *schema, const char *provider_uuid,
                       const char *uuid, Error *error)
{
    return DB_QUERY(db, arena, error,
                    "SELECT m.assembly_id,"
                    "       to_char(m.creation_datetime, 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"'),"
                    "       to_char(m.completed_datetime, 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"'),"
                    "       m.report_tracker->'ingress', m.provider_id,"
                    "       to_char(m.billing_period_start_datetime, 'YYYY'),"
                    "       to_char(m.billing_period_start_datetime, 'MM'),"
                    "       CASE WHEN m.completed_datetime IS NOT NULL THEN 'Completed'"
                    "            ELSE COALESCE((SELECT 'failed: ' || s.error"
                    "                             FROM reporting_common_costusagereportstatus s"
                    "                            WHERE s.manifest_id = m.id AND s.status = 2"
                    "                            ORDER BY s.id LIMIT 1), 'pending') END"
                    "  FROM reporting_common_costusagereportmanifest m"
                    "  JOIN api_provider p ON p.uuid = m.provider_id"
                    "  JOIN api_customer c ON c.id = p.customer_id"
                    " WHERE m.report_tracker ? 'ingress'"
                    "   AND c.schema_name = $1"
                    "   AND ($2::uuid IS NULL OR m.provider_id = $2)"
                    "   AND ($3::text IS NULL OR m.assembly_id = $3)"
                    " ORDER BY m.id DESC",
                    schema, provider_uuid, uuid);
}
