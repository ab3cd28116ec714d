#include "ingest/report_manifest.h"

#include <string.h>

#include "base/json.h"

static const char ENDING[] = "-Manifest.json";

bool report_manifest_is(const char *key)
{
    size_t length = strlen(key), ending = sizeof ENDING - 1;
    return length > ending && strcmp(key + length - ending, ENDING) == 0;
}

static bool read_keys(Arena *arena, const json_t *list, ReportManifest *manifest, Error *error)
{
    size_t count = json_array_size(list);
    if (count == 0) {
        return error_set(error, ERROR_DATA, "the manifest lists no report files (reportKeys)");
    }
    manifest->keys = arena_array(arena, count, sizeof *manifest->keys);
    for (size_t i = 0; i < count; i++) {
        const char *key = json_string_value(json_array_get(list, i));
        if (key == NULL) {
            return error_set(error, ERROR_DATA, "reportKeys[%zu] of the manifest is no text", i);
        }
        /* Keys of a report without prefix are written with a slash that the objects don't have. */
        manifest->keys[i] = key + strspn(key, "/");
    }
    manifest->key_count = (int)count;
    return true;
}

bool report_manifest_parse(Arena *arena, const char *text, size_t length, ReportManifest *manifest,
                           Error *error)
{
    *manifest = (ReportManifest){.content_type = ""};
    const json_t *root = json_parse(arena, text, length, error);
    if (root == NULL) {
        if (error != NULL) {
            error->code = ERROR_DATA;
        }
        return false;
    }
    manifest->assembly_id = json_get_string(root, "assemblyId");
    if (manifest->assembly_id == NULL || *manifest->assembly_id == '\0') {
        return error_set(error, ERROR_DATA, "the manifest has no assemblyId");
    }
    const char *start = json_get_string(json_object_get(root, "billingPeriod"), "start");
    if (start != NULL) {
        Day day;
        if (!day_parse(start, strlen(start), &day)) {
            return error_set(error, ERROR_DATA,
                             "billingPeriod.start of the manifest is no date: \"%.40s\"", start);
        }
        manifest->month = day_month_start(day, 0);
        manifest->has_month = true;
    }
    const char *content_type = json_get_string(root, "contentType");
    manifest->content_type = content_type != NULL ? content_type : "";
    return read_keys(arena, json_object_get(root, "reportKeys"), manifest, error);
}
