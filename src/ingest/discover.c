#include "ingest/discover.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/crypto.h"
#include "ingest/input.h"
#include "ingest/report_manifest.h"

enum {
    PERIOD_LENGTH = 17, /* "20261001-20261101" */
    MONTH_LENGTH = 7,   /* "2026-10" */
    MANIFEST_MAX = 8 * 1024 * 1024,
    REPORTS_SHOWN = 5,
};

/* An object in a period's folder. */
typedef struct Found {
    const char *key;
    const char *etag;
    uint64_t size;
    Timestamp modified;
    const char *report; /* the report's name */
    const char *rest;   /* the key below the period's folder */
    Day month;
} Found;

typedef struct Listing {
    Arena *arena;
    const char *prefix; /* "" or ends with '/' */
    const char *report; /* NULL: any */
    Found *found;
    int count;
    int capacity;
} Listing;

/* "20261001-20261031" and "20261001-20261101" are October. */
static bool parse_period(const char *text, Day *month)
{
    for (int i = 0; i < PERIOD_LENGTH; i++) {
        if (i == 8 ? text[i] != '-' : !isdigit((unsigned char)text[i])) {
            return false;
        }
    }
    Day start, end;
    if (!day_parse(text, 8, &start) || !day_parse(text + 9, 8, &end)) {
        return false;
    }
    Day next = day_month_start(start, 1);
    *month = start;
    return start == day_month_start(start, 0) && (end == next || end == next - 1);
}

/* How folders of a month are named below a report: each gives its length, 0 when `text` is none. */
static size_t period_folder(const char *text, const char *report, Day *month)
{
    (void)report;
    return strlen(text) > PERIOD_LENGTH && parse_period(text, month) ? PERIOD_LENGTH : 0;
}

/* Of Data Exports: "data/BILLING_PERIOD=2026-10", and "metadata/…" for the manifest. */
static size_t export_folder(const char *text, const char *report, Day *month)
{
    static const char NAME[] = "BILLING_PERIOD=";
    size_t name = sizeof NAME - 1;
    char day[] = "YYYY-MM-01";
    (void)report;
    size_t above = strncmp(text, "data/", 5) == 0 ? 5 : strncmp(text, "metadata/", 9) == 0 ? 9 : 0;
    if (above == 0 || strncasecmp(text + above, NAME, name) != 0 ||
        strlen(text + above + name) < MONTH_LENGTH) {
        return 0;
    }
    memcpy(day, text + above + name, MONTH_LENGTH);
    return day_parse(day, strlen(day), month) ? above + name + MONTH_LENGTH : 0;
}

/* Of Parquet files of a cost and usage report: "<report>/year=2026/month=10". */
static size_t athena_folder(const char *text, const char *report, Day *month)
{
    int year, number, length = 0;
    size_t name = strlen(report);
    if (strncmp(text, report, name) != 0 ||
        sscanf(text + name, "/year=%4d/month=%2d%n", &year, &number, &length) != 2 || year < 1 ||
        number < 1 || number > 12) {
        return 0;
    }
    *month = day_from_civil(year, number, 1);
    return name + (size_t)length;
}

static size_t (*const MONTH_FOLDERS[])(const char *text, const char *report,
                                       Day *month) = {period_folder, export_folder, athena_folder};

static bool month_folder(const char *text, const char *report, Day *month, size_t *length)
{
    for (size_t i = 0; i < sizeof MONTH_FOLDERS / sizeof *MONTH_FOLDERS; i++) {
        *length = MONTH_FOLDERS[i](text, report, month);
        if (*length > 0 && text[*length] == '/') {
            return true;
        }
    }
    return false;
}

/* Splits "<prefix><report>/<month's folder>/<rest>"; false for a key that is no part of a report.
 */
static bool parse_key(const Listing *listing, const char *key, Found *found)
{
    size_t prefix = strlen(listing->prefix);
    if (strncmp(key, listing->prefix, prefix) != 0) {
        return false;
    }
    /* Below the prefix the report may lie deeper when its name is not known. */
    for (const char *at = key + prefix; (at = strchr(at, '/')) != NULL;) {
        const char *slash = at++;
        const char *name = slash;
        while (name > key && name[-1] != '/') {
            name--;
        }
        size_t length = (size_t)(slash - name), folder;
        found->report = arena_strndup(listing->arena, name, length);
        if (!month_folder(at, found->report, &found->month, &folder)) {
            continue;
        }
        found->rest = at + folder + 1;
        return length > 0 &&
               (listing->report == NULL ||
                (name == key + prefix && strcmp(found->report, listing->report) == 0));
    }
    return false;
}

static bool see_object(void *context, const StorageObject *object, Error *error)
{
    Listing *listing = context;
    (void)error;
    size_t length = strlen(object->key);
    if (object->size == 0 || length == 0 || object->key[length - 1] == '/') {
        return true;
    }
    Found found = {.key = arena_strdup(listing->arena, object->key)};
    if (!parse_key(listing, found.key, &found)) {
        return true;
    }
    found.etag = arena_strdup(listing->arena, object->etag != NULL ? object->etag : "");
    found.size = object->size;
    found.modified = object->last_modified;
    if (listing->count == listing->capacity) {
        int capacity = listing->capacity == 0 ? 64 : listing->capacity * 2;
        Found *grown = arena_array(listing->arena, (size_t)capacity, sizeof *grown);
        if (listing->count > 0) {
            memcpy(grown, listing->found, (size_t)listing->count * sizeof *grown);
        }
        listing->found = grown;
        listing->capacity = capacity;
    }
    listing->found[listing->count++] = found;
    return true;
}

static const char *folder_of(Arena *arena, const char *prefix)
{
    prefix += strspn(prefix, "/");
    size_t length = strlen(prefix);
    while (length > 0 && prefix[length - 1] == '/') {
        length--;
    }
    return length == 0 ? "" : arena_printf(arena, "%.*s/", (int)length, prefix);
}

/* A month's folder is asked for by itself where report and months are known: a bucket may hold
 * years of them. */
static bool list_objects(Storage *storage, const DiscoverScope *scope, Listing *listing,
                         Error *error)
{
    if (listing->report == NULL || scope->months == NULL) {
        const char *below =
            listing->report == NULL
                ? listing->prefix
                : arena_printf(listing->arena, "%s%s/", listing->prefix, listing->report);
        return storage_list(storage, below, see_object, listing, error);
    }
    for (int i = 0; i < scope->month_count; i++) {
        int year, month, day;
        day_to_civil(scope->months[i], &year, &month, &day);
        const char *const folders[] = {
            arena_printf(listing->arena, "%04d%02d01-", year, month),
            arena_printf(listing->arena, "data/BILLING_PERIOD=%04d-%02d/", year, month),
            arena_printf(listing->arena, "metadata/BILLING_PERIOD=%04d-%02d/", year, month),
            arena_printf(listing->arena, "data/billing_period=%04d-%02d/", year, month),
            arena_printf(listing->arena, "metadata/billing_period=%04d-%02d/", year, month),
            arena_printf(listing->arena, "%s/year=%04d/month=%d/", listing->report, year, month),
        };
        for (size_t j = 0; j < sizeof folders / sizeof *folders; j++) {
            const char *below = arena_printf(listing->arena, "%s%s/%s", listing->prefix,
                                             listing->report, folders[j]);
            if (!storage_list(storage, below, see_object, listing, error)) {
                return false;
            }
        }
    }
    return true;
}

static int compare_found(const void *left, const void *right)
{
    const Found *a = left, *b = right;
    int order = (a->month > b->month) - (a->month < b->month);
    return order != 0 ? order : strcmp(a->key, b->key);
}

static bool in_scope(const DiscoverScope *scope, Day month)
{
    for (int i = 0; scope->months != NULL && i < scope->month_count; i++) {
        if (scope->months[i] == month) {
            return true;
        }
    }
    return scope->months == NULL;
}

/* Without a name given, all that was found must be of one report. */
static bool one_report(const Listing *listing, Error *error)
{
    Buffer *names = buffer_new(listing->arena);
    int count = 0;
    for (int i = 0; i < listing->count; i++) {
        bool seen = false;
        for (int j = 0; j < i && !seen; j++) {
            seen = strcmp(listing->found[i].report, listing->found[j].report) == 0;
        }
        if (!seen && ++count <= REPORTS_SHOWN) {
            buffer_printf(names, "%s%s", count > 1 ? ", " : "", listing->found[i].report);
        }
    }
    return count <= 1 ||
           error_set(error, ERROR_INVALID,
                     "the bucket holds several reports (%s%s): say which one with report_name",
                     names->data, count > REPORTS_SHOWN ? ", …" : "");
}

static int depth_of(const Found *found)
{
    int depth = 0;
    for (const char *at = found->rest; (at = strchr(at, '/')) != NULL; at++) {
        depth++;
    }
    return depth;
}

/* The manifest that decides, or NULL. At the top it is replaced with every delivery; below, each
 * assembly keeps its own. */
static const Found *choose_manifest(const Found *found, int count)
{
    const Found *chosen = NULL;
    for (int i = 0; i < count; i++) {
        const Found *candidate = &found[i];
        int depth = depth_of(candidate);
        if (!report_manifest_is(candidate->key) || depth > 1) {
            continue;
        }
        bool better = chosen == NULL || depth < depth_of(chosen) ||
                      (depth == depth_of(chosen) && candidate->modified > chosen->modified);
        chosen = better ? candidate : chosen;
    }
    return chosen;
}

static const char *base_of(const char *key)
{
    const char *slash = strrchr(key, '/');
    return slash != NULL ? slash + 1 : key;
}

/* The object of a manifest's key. A report that was copied to another place still names the old
 * one: then the name below the manifest's own folder is meant, or the same name anywhere in the
 * month when there is only one. */
static const Found *find_object(const Found *found, int count, const char *key)
{
    const Found *same_name = NULL;
    int same_names = 0;
    for (int i = 0; i < count; i++) {
        if (strcmp(found[i].key, key) == 0) {
            return &found[i];
        }
        if (strcmp(base_of(found[i].key), base_of(key)) == 0) {
            same_name = &found[i];
            same_names++;
        }
    }
    return same_names == 1 ? same_name : NULL;
}

static void add_file(ReportMonth *month, const Found *object)
{
    month->files[month->file_count++] =
        (ReportFile){.key = object->key, .etag = object->etag, .size = object->size};
    month->bytes += object->size;
    month->exported = object->modified > month->exported ? object->modified : month->exported;
}

static int compare_files(const void *left, const void *right)
{
    return strcmp(((const ReportFile *)left)->key, ((const ReportFile *)right)->key);
}

static void take_manifest_files(Arena *arena, ReportMonth *month, const ReportManifest *manifest,
                                const Found *found, int count)
{
    month->files = arena_array(arena, (size_t)manifest->key_count, sizeof *month->files);
    for (int i = 0; i < manifest->key_count && month->problem == NULL; i++) {
        const Found *object = find_object(found, count, manifest->keys[i]);
        if (object == NULL) {
            month->problem = arena_printf(arena, "%s, which %s lists, is not in the bucket (yet)",
                                          manifest->keys[i], month->manifest_key);
            return;
        }
        add_file(month, object);
    }
}

/* An id for files that come without one. */
static const char *assembly_of_files(Arena *arena, const ReportMonth *month)
{
    Buffer *text = buffer_new(arena);
    char hex[SHA256_HEX_SIZE];
    for (int i = 0; i < month->file_count; i++) {
        const ReportFile *file = &month->files[i];
        buffer_printf(text, "%s\t%s\t%llu\n", file->key, file->etag,
                      (unsigned long long)file->size);
    }
    sha256_hex(text->data, text->length, hex);
    return arena_printf(arena, "files-%.32s", hex);
}

/* False only when the storage fails. */
static bool read_manifest(Storage *storage, Arena *arena, const Found *chosen, const Found *found,
                          int count, ReportMonth *month, Error *error)
{
    month->manifest_key = chosen->key;
    month->exported = chosen->modified;
    Buffer *text = storage_get(storage, arena, chosen->key, MANIFEST_MAX, error);
    if (text == NULL) {
        return error_wrap(error, "manifest %s", chosen->key);
    }
    ReportManifest manifest;
    Error fault = {0};
    if (!report_manifest_parse(arena, text->data, text->length, &manifest, &fault)) {
        month->problem = arena_printf(arena, "%s: %s", chosen->key, fault.message);
    } else if (manifest.has_month && manifest.month != month->month) {
        month->problem = arena_printf(arena, "%s is the manifest of another month", chosen->key);
    } else {
        take_manifest_files(arena, month, &manifest, found, count);
        month->assembly_id =
            manifest.assembly_id != NULL ? manifest.assembly_id : assembly_of_files(arena, month);
    }
    return true;
}

/* Is the object in the same folder (of the month) as the other? */
static bool same_folder(const Found *left, const Found *right)
{
    size_t length = (size_t)(base_of(left->rest) - left->rest);
    return length == (size_t)(base_of(right->rest) - right->rest) &&
           strncmp(left->rest, right->rest, length) == 0;
}

static void take_loose_files(Arena *arena, const Found *found, int count, ReportMonth *month)
{
    const Found *last = NULL; /* written last of those that lie deepest in question */
    for (int i = 0; i < count; i++) {
        if (!input_is_report(found[i].key)) {
            continue;
        }
        bool top = depth_of(&found[i]) == 0;
        if (last == NULL || (top && depth_of(last) > 0) ||
            (top == (depth_of(last) == 0) && found[i].modified > last->modified)) {
            last = &found[i];
        }
    }
    if (last == NULL) {
        month->problem = arena_printf(arena,
                                      "there is neither a manifest nor a report (" INPUT_ENDINGS
                                      "), but for example %s",
                                      found[0].key);
        return;
    }
    month->files = arena_array(arena, (size_t)count, sizeof *month->files);
    for (int i = 0; i < count; i++) {
        if (input_is_report(found[i].key) && same_folder(&found[i], last)) {
            add_file(month, &found[i]);
        }
    }
    month->assembly_id = assembly_of_files(arena, month);
}

static bool read_month(Storage *storage, Arena *arena, const Found *found, int count,
                       ReportMonth *month, Error *error)
{
    *month = (ReportMonth){.month = found->month, .report_name = found->report};
    const Found *manifest = choose_manifest(found, count);
    if (manifest != NULL) {
        if (!read_manifest(storage, arena, manifest, found, count, month, error)) {
            return false;
        }
        if (month->file_count > 0) {
            qsort(month->files, (size_t)month->file_count, sizeof *month->files, compare_files);
        }
    } else {
        take_loose_files(arena, found, count, month);
    }
    return true;
}

bool discover_months(Storage *storage, Arena *arena, const DiscoverScope *scope,
                     ReportMonth **months, int *count, Error *error)
{
    Listing listing = {.arena = arena,
                       .prefix = folder_of(arena, scope->prefix),
                       .report = *scope->report_name != '\0' ? scope->report_name : NULL};
    *count = 0;
    if (!list_objects(storage, scope, &listing, error) || !one_report(&listing, error)) {
        return false;
    }
    if (listing.count == 0) {
        *months = NULL;
        return true;
    }
    qsort(listing.found, (size_t)listing.count, sizeof *listing.found, compare_found);
    *months = arena_array(arena, (size_t)listing.count, sizeof **months);
    for (int start = 0, end; start < listing.count; start = end) {
        end = start + 1;
        while (end < listing.count && listing.found[end].month == listing.found[start].month) {
            end++;
        }
        if (!in_scope(scope, listing.found[start].month)) {
            continue;
        }
        if (!read_month(storage, arena, &listing.found[start], end - start, &(*months)[*count],
                        error)) {
            return false;
        }
        (*count)++;
    }
    return true;
}
