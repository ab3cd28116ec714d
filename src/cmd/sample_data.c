#include "cmd/sample_data.h"

#include <errno.h>
#include <fcntl.h>
#include <isa-l.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/crypto.h"
#include "base/json.h"
#include "cmd/verb.h"

typedef struct Sample {
    Arena *arena;
    const char *root; /* the directory that is the bucket */
    const char *prefix;
    const char *report;
    const char *bucket;
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
    if (written) {
        printf("%s (%zu bytes)\n", path, length);
    }
    return written || error_set(error, ERROR_UNAVAILABLE, "file %s: %s", path, strerror(cause));
}

/* The bytes as one gzip member, the same for the same bytes. */
static Buffer *compress_gzip(Arena *arena, const Buffer *plain)
{
    struct isal_zstream stream;
    isal_deflate_init(&stream);
    stream.end_of_stream = 1;
    stream.flush = NO_FLUSH;
    stream.level = 1;
    stream.level_buf = arena_alloc(arena, ISAL_DEF_LVL1_DEFAULT);
    stream.level_buf_size = ISAL_DEF_LVL1_DEFAULT;
    stream.gzip_flag = IGZIP_GZIP;
    stream.next_in = (uint8_t *)plain->data;
    stream.avail_in = (uint32_t)plain->length;
    Buffer *packed = buffer_new(arena);
    size_t room = plain->length + 1024;
    stream.next_out = (uint8_t *)buffer_reserve(packed, room);
    stream.avail_out = (uint32_t)room;
    if (isal_deflate(&stream) != COMP_OK) {
        abort();
    }
    buffer_grew(packed, room - stream.avail_out);
    return packed;
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
    json_member_string(&json, "reportName", sample->report);
    json_write_key(&json, "billingPeriod");
    json_begin_object(&json);
    json_member_string(&json, "start",
                       arena_printf(arena, "%sT000000.000Z", compact_day(arena, month)));
    json_member_string(
        &json, "end",
        arena_printf(arena, "%sT000000.000Z", compact_day(arena, day_month_start(month, 1))));
    json_end(&json);
    json_member_string(&json, "bucket", sample->bucket);
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
    const char *folder = arena_printf(
        arena, "%s%s%s/%s-%s", sample->prefix, *sample->prefix != '\0' ? "/" : "", sample->report,
        compact_day(arena, month), compact_day(arena, day_month_start(month, 1)));
    const char *key =
        arena_printf(arena, "%s/%s/%s-00001.csv.gz", folder, assembly, sample->report);
    Buffer *packed = compress_gzip(arena, csv);
    Buffer *manifest = manifest_of(sample, month, assembly, key);
    const char *inner =
        arena_printf(arena, "%s/%s/%s-Manifest.json", folder, assembly, sample->report);
    const char *outer = arena_printf(arena, "%s/%s-Manifest.json", folder, sample->report);
    return write_whole(sample, key, packed->data, packed->length, error) &&
           write_whole(sample, inner, manifest->data, manifest->length, error) &&
           write_whole(sample, outer, manifest->data, manifest->length, error);
}

int cmd_sample_data(Config *config, int argc, char **argv)
{
    const char *bucket = "cost-data", *report = "my-cost-report", *prefix = "";
    const Option options[] = {
        {"bucket", OPTION_TEXT, &bucket, "NAME", "directory below DIR that stands for the bucket"},
        {"report-name", OPTION_TEXT, &report, "NAME", "name of the report"},
        {"report-prefix", OPTION_TEXT, &prefix, "PREFIX", "folder in the bucket before the report"},
        {0},
    };
    const VerbUsage usage = {
        "kontor sample-data DIR [--bucket NAME] [--report-name NAME] [--report-prefix PREFIX]",
        "Writes an AWS cost and usage report of this month (to today) and the last, as AWS lays "
        "it\n"
        "out in a bucket. The same days give the same bytes. Read it with the endpoint file://DIR.",
        options};
    int exit_code;
    if (!verb_options(&usage, config, false, &argc, argv, &exit_code)) {
        return exit_code;
    }
    if (argc != 2) {
        fprintf(stderr, "kontor sample-data: name the directory; --help tells more\n");
        return EXIT_USAGE;
    }
    Error error = {0};
    Sample sample = {.arena = arena_new(), .prefix = prefix, .report = report, .bucket = bucket};
    sample.root = arena_printf(sample.arena, "%s/%s", argv[1], bucket);
    Day today = clock_today(), month = day_month_start(today, 0);
    int lines = 0;
    bool done = write_month(&sample, day_month_start(today, -1), today, &lines, &error) &&
                write_month(&sample, month, today, &lines, &error);
    if (done) {
        printf("%d lines in bucket %s, report %s\n", lines, bucket, report);
    }
    arena_free(sample.arena);
    return done ? EXIT_OK : verb_failed("sample-data", &error);
}
