#include "ingest/sample_report.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/crypto.h"
#include "base/gzip.h"
#include "base/json.h"

typedef struct Sample {
    const SampleReport *report;
    Arena *arena;
    const char *root; /* the directory that is the bucket */
    SampleFile *each;
    void *context;
} Sample;

static bool write_whole(const Sample *sample, const char *key, const char *bytes, size_t length,
                        Error *error)
{
    char *path = arena_printf(sample->arena, "%s/%s", sample->root, key);
    for (char *slash = strchr(path + 1, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        if (mkdir(path, 0755) != 0 && errno != EEXIST) {
            return error_set(error, ERROR_UNAVAILABLE, "directory %s: %s", path, strerror(errno));
        }
        *slash = '/';
    }
    int file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    bool written = file >= 0 && write(file, bytes, length) == (ssize_t)length;
    int cause = errno;
    if (file >= 0) {
        close(file);
    }
    if (written && sample->each != NULL) {
        sample->each(sample->context, path, length);
    }
    return written || error_set(error, ERROR_UNAVAILABLE, "file %s: %s", path, strerror(cause));
}

static const char *compact_day(Arena *arena, Day day)
{
    int year, month, day_of_month;
    day_to_civil(day, &year, &month, &day_of_month);
    return arena_printf(arena, "%04d%02d%02d", year, month, day_of_month);
}

/* An id that is the same for the same content. */
static const char *assembly_of(Arena *arena, const Buffer *csv)
{
    char hex[SHA256_HEX_SIZE];
    sha256_hex(csv->data, csv->length, hex);
    return arena_printf(arena, "%.8s-%.4s-4%.3s-8%.3s-%.12s", hex, hex + 8, hex + 12, hex + 15,
                        hex + 18);
}

static Buffer *manifest_of(const Sample *sample, Day month, const char *assembly, const char *key)
{
    Arena *arena = sample->arena;
    Buffer *text = buffer_new(arena);
    JsonWriter json = json_writer(text);
    json_begin_object(&json);
    json_member_string(&json, "assemblyId", assembly);
    json_member_string(&json, "account", "111111111111");
    json_write_key(&json, "columns");
    Buffer *columns = buffer_new(arena);
    sample_columns_json(columns);
    json_write_raw(&json, columns->data);
    json_member_string(&json, "charset", "UTF-8");
    json_member_string(&json, "compression", "GZIP");
    json_member_string(&json, "contentType", "text/csv");
    json_member_string(&json, "reportName", sample->report->name);
    json_write_key(&json, "billingPeriod");
    json_begin_object(&json);
    json_member_string(&json, "start",
                       arena_printf(arena, "%sT000000.000Z", compact_day(arena, month)));
    json_member_string(
        &json, "end",
        arena_printf(arena, "%sT000000.000Z", compact_day(arena, day_month_start(month, 1))));
    json_end(&json);
    json_member_string(&json, "bucket", sample->report->bucket);
    json_write_key(&json, "reportKeys");
    json_begin_array(&json);
    json_write_string(&json, key);
    json_end(&json);
    json_end(&json);
    return text;
}

/* A month's report and its two manifests, as AWS lays them out. The manifest that points at the
 * report comes last, so that whoever looks meanwhile finds the old state whole. */
static bool write_month(const Sample *sample, Day month, Day last, int *lines, Error *error)
{
    Arena *arena = sample->arena;
    Buffer *csv = buffer_new(arena);
    *lines += sample_month(csv, month, last);
    const char *assembly = assembly_of(arena, csv);
    const char *folder =
        arena_printf(arena, "%s%s%s/%s-%s", sample->report->prefix,
                     *sample->report->prefix != '\0' ? "/" : "", sample->report->name,
                     compact_day(arena, month), compact_day(arena, day_month_start(month, 1)));
    const char *key =
        arena_printf(arena, "%s/%s/%s-00001.csv.gz", folder, assembly, sample->report->name);
    Buffer *packed = gzip_compress(arena, csv->data, csv->length);
    Buffer *manifest = manifest_of(sample, month, assembly, key);
    const char *inner =
        arena_printf(arena, "%s/%s/%s-Manifest.json", folder, assembly, sample->report->name);
    const char *outer = arena_printf(arena, "%s/%s-Manifest.json", folder, sample->report->name);
    return write_whole(sample, key, packed->data, packed->length, error) &&
           write_whole(sample, inner, manifest->data, manifest->length, error) &&
           write_whole(sample, outer, manifest->data, manifest->length, error);
}

bool sample_report_write(Arena *arena, const char *directory, const SampleReport *report,
                         SampleFile *each, void *context, int *lines, Error *error)
{
    Sample sample = {.report = report,
                     .arena = arena,
                     .root = arena_printf(arena, "%s/%s", directory, report->bucket),
                     .each = each,
                     .context = context};
    Day today = clock_today();
    *lines = 0;
    return write_month(&sample, day_month_start(today, -1), today, lines, error) &&
           write_month(&sample, day_month_start(today, 0), today, lines, error);
}
