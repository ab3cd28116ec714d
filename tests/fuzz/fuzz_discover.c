/* Which months of reports a bucket holds. The input's lines are its keys, up to an empty line; what
 * follows is what each of its manifests says. */
#include "base/buffer.h"
#include "fuzz.h"
#include "ingest/discover.h"

bool __wrap_storage_list(Storage *storage, const char *prefix, StorageEach *each, void *context,
                         Error *error);
Buffer *__wrap_storage_get(Storage *storage, Arena *arena, const char *key, size_t most,
                           Error *error);

static const char *keys, *keys_end, *manifest, *manifest_end;

bool __wrap_storage_list(Storage *storage, const char *prefix, StorageEach *each, void *context,
                         Error *error)
{
    Arena *arena = arena_new();
    bool done = true;
    (void)storage;
    for (const char *at = keys, *end; done && at < keys_end; at = end + 1) {
        end = memchr(at, '\n', (size_t)(keys_end - at));
        end = end != NULL ? end : keys_end;
        size_t length = (size_t)(end - at);
        StorageObject object = {.key = arena_strndup(arena, at, length),
                                .size = length % 7,
                                .etag = arena_printf(arena, "%zx", length),
                                .last_modified = (Timestamp)length * 1000000};
        if (strncmp(object.key, prefix, strlen(prefix)) == 0) {
            done = each(context, &object, error);
        }
    }
    arena_free(arena); /* whoever needs a key longer has a copy */
    return done;
}

Buffer *__wrap_storage_get(Storage *storage, Arena *arena, const char *key, size_t most,
                           Error *error)
{
    Buffer *text = buffer_new(arena);
    size_t length = (size_t)(manifest_end - manifest);
    (void)storage;
    (void)key;
    if (length == 0) {
        error_set(error, ERROR_NOT_FOUND, "there is no manifest");
        return NULL;
    }
    buffer_append(text, manifest, length < most ? length : most);
    return text;
}

static void check_month(const ReportMonth *month)
{
    FUZZ_CHECK(month->month == day_month_start(month->month, 0));
    FUZZ_CHECK(month->report_name != NULL && month->report_name[0] != '\0');
    FUZZ_CHECK(month->problem != NULL || month->file_count > 0);
    FUZZ_CHECK(month->problem != NULL || month->assembly_id != NULL);
    for (int i = 0; i < month->file_count; i++) {
        const ReportFile *file = &month->files[i];
        FUZZ_CHECK(file->key != NULL && file->etag != NULL && file->size > 0);
        FUZZ_CHECK(i == 0 || strcmp(month->files[i - 1].key, file->key) <= 0);
    }
}

static void discover(const DiscoverScope *scope)
{
    Arena *arena = arena_new();
    ReportMonth *months;
    int count;
    Error error = {0};
    if (discover_months(NULL, arena, scope, &months, &count, &error)) {
        for (int i = 0; i < count; i++) {
            check_month(&months[i]);
            FUZZ_CHECK(i == 0 || months[i - 1].month < months[i].month);
        }
    } else {
        FUZZ_CHECK(error.code == ERROR_INVALID || error.code == ERROR_NOT_FOUND);
        FUZZ_CHECK(error.message[0] != '\0');
    }
    arena_free(arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    const char *split = size > 0 ? memmem(bytes, size, "\n\n", 2) : NULL;
    keys = (const char *)bytes;
    keys_end = split != NULL ? split : keys + size;
    manifest = split != NULL ? split + 2 : keys_end;
    manifest_end = keys + size;
    const Day months[] = {day_from_civil(2026, 10, 1), day_from_civil(2026, 11, 1)};
    discover(&(DiscoverScope){.prefix = "", .report_name = ""});
    discover(&(DiscoverScope){.prefix = "/reports/", .report_name = ""});
    discover(&(DiscoverScope){
        .prefix = "reports", .report_name = "cost", .months = months, .month_count = 2});
    return 0;
}
