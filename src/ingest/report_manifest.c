#include "ingest/report_manifest.h"

#include <string.h>

#include "base/json.h"

static const char ENDING[] = "-Manifest.json";

bool report_manifest_is(const char *key)
{
    size_t length = strlen(key), ending = sizeof ENDING - 1;
    return length > ending && strcmp(key + length - ending, ENDING) == 0;
}

/* A file's key, from a key or an s3:// address. Keys of a report without prefix are written with a
 * slash that the objects don't have. */
static const char *key_of(const char *text)
{
    static const char SCHEME[] = "s3://";
    if (strncmp(text, SCHEME, sizeof SCHEME - 1) == 0) {
        text += sizeof SCHEME - 1;
        text += strcspn(text, "/");
    }
    return text + strspn(text, "/");
}

/* The text of an entry of the list, which may be an object that names the file. */
static const char *entry_text(const json_t *entry)
{
    static const char *const MEMBERS[] = {"key", "path", "uri", "s3Uri"};
    const char *text = json_string_value(entry);
    for (size_t i = 0; text == NULL && i < sizeof MEMBERS / sizeof *MEMBERS; i++) {
        text = json_get_string(entry, MEMBERS[i]);
    }
    return text;
}

static bool read_keys(Arena *arena, const json_t *root, ReportManifest *manifest, Error *error)
{
    bool export = json_object_get(root, "dataFiles") != NULL;
    const char *name = export ? "dataFiles" : "reportKeys";
    const json_t *list = json_object_get(root, name);
    size_t count = json_array_size(list);
    if (count == 0) {
        return error_set(error, ERROR_DATA, "the manifest lists no report files (%s)", name);
    }
    manifest->keys = arena_array(arena, count, sizeof *manifest->keys);
    for (size_t i = 0; i < count; i++) {
        const char *text = entry_text(json_array_get(list, i));
        const char *key = text != NULL ? key_of(text) : "";
        if (*key == '\0') {
            return error_set(error, ERROR_DATA, "%s[%zu] of the manifest names no file", name, i);
        }
        manifest->keys[i] = key;
    }
    manifest->key_count = (int)count;
    return true;
}

/* The billing period is an object with its start, or its month alone ("2026-10"). */
static bool read_period(const json_t *root, ReportManifest *manifest, Error *error)
{
    const json_t *period = json_object_get(root, "billingPeriod");
    const char *start = json_get_string(period, "start");
    start = start != NULL ? start : json_string_value(period);
    if (start == NULL) {
        return true;
    }
    Day day;
    char whole[] = "YYYY-MM-01";
    if (strlen(start) == 7) {
        memcpy(whole, start, 7);
    }
    if (!day_parse(start, strlen(start), &day) && !day_parse(whole, strlen(whole), &day)) {
        return error_set(error, ERROR_DATA,
                         "the billing period of the manifest is no date: \"%.40s\"", start);
    }
    manifest->month = day_month_start(day, 0);
    manifest->has_month = true;
    return true;
}

bool report_manifest_parse(Arena *arena, const char *text, size_t length, ReportManifest *manifest,
                           Error *error)
{
    *manifest = (ReportManifest){0};
    const json_t *root = json_parse(arena, text, length, error);
    if (root == NULL) {
        if (error != NULL) {
            error->code = ERROR_DATA;
        }
        return false;
    }
    const char *id = json_get_string(root, "assemblyId");
    id = id != NULL ? id : json_get_string(root, "executionId");
    manifest->assembly_id = id != NULL && *id != '\0' ? id : NULL;
    if (manifest->assembly_id == NULL && json_object_get(root, "dataFiles") == NULL) {
        return error_set(error, ERROR_DATA, "the manifest has no assemblyId");
    }
    return read_period(root, manifest, error) && read_keys(arena, root, manifest, error);
}
