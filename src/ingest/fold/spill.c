#include "ingest/fold/spill.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buffer.h"

/* A record on disk: its length, then
 *   day, dimensions (length and bytes each)          the key
 *   lines, first and last day, measures, currency, resources             the rest
 * Runs are sorted by the key's bytes. They are unlinked as soon as they are open, so that nothing
 * is left of a program that dies. */

enum { FILE_BUFFER = 256 * 1024 };

typedef struct Run {
    FILE *file;
    char *buffer;
    Buffer *record; /* the current record, without its length */
    Arena *arena;
    uint32_t key_length;
    bool ended;
} Run;

struct Spill {
    const char *directory;
    Run *runs;
    int count, capacity;
};

const char *spill_directory(const char *directory)
{
    const char *usual = getenv("TMPDIR");
    return directory != NULL ? directory : usual != NULL ? usual : "/tmp";
}

Spill *spill_new(const char *directory)
{
    Spill *spill = calloc(1, sizeof *spill);
    if (spill == NULL) {
        abort();
    }
    spill->directory = spill_directory(directory);
    return spill;
}

static void close_run(Run *run)
{
    if (run->file != NULL) {
        fclose(run->file);
    }
    free(run->buffer);
    arena_free(run->arena);
    *run = (Run){0};
}

void spill_free(Spill *spill)
{
    if (spill != NULL) {
        for (int i = 0; i < spill->count; i++) {
            close_run(&spill->runs[i]);
        }
        free(spill->runs);
        free(spill);
    }
}

int spill_run_count(const Spill *spill)
{
    return spill->count;
}

static Run *add_run(Spill *spill)
{
    if (spill->count == spill->capacity) {
        spill->capacity = spill->capacity == 0 ? 8 : spill->capacity * 2;
        spill->runs = realloc(spill->runs, (size_t)spill->capacity * sizeof *spill->runs);
        if (spill->runs == NULL) {
            abort();
        }
    }
    Run *run = &spill->runs[spill->count++];
    *run = (Run){0};
    return run;
}

void spill_take(Spill *spill, Spill *from)
{
    for (int i = 0; i < from->count; i++) {
        *add_run(spill) = from->runs[i];
    }
    from->count = 0;
}

static void put(Buffer *record, const void *bytes, size_t length)
{
    buffer_append(record, bytes, length);
}

static void put_text(Buffer *record, FoldText text)
{
    put(record, &text.length, sizeof text.length);
    put(record, text.bytes, text.length);
}

static void put_key(Buffer *record, const FoldGroup *group)
{
    put(record, &group->usage_start, sizeof group->usage_start);
    for (int i = 0; i < FOLD_DIMENSION_COUNT; i++) {
        put_text(record, group->dimensions[i]);
    }
}

static void put_rest(Buffer *record, const FoldGroup *group)
{
    put(record, &group->lines, sizeof group->lines);
    put(record, &group->first_day, sizeof group->first_day);
    put(record, &group->last_day, sizeof group->last_day);
    put(record, group->measures, sizeof group->measures);
    put_text(record, group->currency);
    put(record, &group->resource_count, sizeof group->resource_count);
    for (uint32_t i = 0; i < group->resource_count; i++) {
        put_text(record, group->resources[i]);
    }
}

/* A text as put_text writes it, by its bytes. */
static int compare_put_texts(FoldText left, FoldText right)
{
    int order = memcmp(&left.length, &right.length, sizeof left.length);
    return order != 0 ? order : left.length == 0 ? 0 : memcmp(left.bytes, right.bytes, left.length);
}

/* As the bytes of the keys compare, without writing them: these would be as large as the groups. */
static int compare_groups(const void *left, const void *right, void *context)
{
    const Group *a = *(Group *const *)left, *b = *(Group *const *)right;
    const Groups *groups = context;
    const uint32_t *left_ids = groups_ids(groups, a), *right_ids = groups_ids(groups, b);
    int order = memcmp(&a->day, &b->day, sizeof a->day);
    for (int i = 0; order == 0 && i < groups->text_count; i++) {
        if (left_ids[i] != right_ids[i]) {
            const Dictionary *texts = groups->texts[groups->text_dimensions[i]];
            order = compare_put_texts(dictionary_text(texts, left_ids[i]),
                                      dictionary_text(texts, right_ids[i]));
        }
    }
    return order;
}

int spill_open_file(const char *directory, Error *error)
{
    char path[4096];
    directory = spill_directory(directory);
    snprintf(path, sizeof path, "%s/kontor-fold-XXXXXX", directory);
    int descriptor = mkostemp(path, O_CLOEXEC);
    if (descriptor < 0) {
        error_set(error, ERROR_UNAVAILABLE, "a temporary file cannot be made in %s: %s", directory,
                  strerror(errno));
        return -1;
    }
    unlink(path);
    return descriptor;
}

static FILE *open_unlinked(const Spill *spill, Error *error)
{
    int descriptor = spill_open_file(spill->directory, error);
    FILE *file = descriptor >= 0 ? fdopen(descriptor, "w+") : NULL;
    if (descriptor >= 0 && file == NULL) {
        abort();
    }
    return file;
}

static Group **sort_groups(Arena *arena, const Groups *groups)
{
    Group **order = arena_array(arena, groups->count + 1, sizeof *order);
    for (uint32_t i = 0; i < groups->count; i++) {
        order[i] = groups_at(groups, i);
    }
    qsort_r(order, groups->count, sizeof *order, compare_groups, (void *)groups);
    return order;
}

static uint32_t most_resources(const Groups *groups)
{
    uint32_t most = 1;
    for (uint32_t i = 0; i < groups->count; i++) {
        uint32_t count = groups_resource_count(groups_at(groups, i));
        most = count > most ? count : most;
    }
    return most;
}

bool spill_run(Spill *spill, const Groups *groups, Error *error)
{
    Arena *arena = arena_new();
    FILE *file = open_unlinked(spill, error);
    bool written = file != NULL;
    FoldText *resources = arena_array(arena, most_resources(groups), sizeof *resources);
    Group **order = written ? sort_groups(arena, groups) : NULL;
    Buffer *record = buffer_new(arena);
    for (uint32_t i = 0; written && i < groups->count; i++) {
        FoldGroup view;
        groups_view(groups, order[i], &view, resources);
        buffer_clear(record);
        put_key(record, &view);
        uint32_t lengths[] = {0, (uint32_t)record->length};
        put_rest(record, &view);
        lengths[0] = (uint32_t)record->length;
        written = fwrite(lengths, sizeof lengths, 1, file) == 1 &&
                  fwrite(record->data, record->length, 1, file) == 1;
    }
    if (file != NULL && (!written || fflush(file) != 0)) {
        written = error_set(error, ERROR_UNAVAILABLE,
                            "temporary files cannot be written in %s: %s; free some space or give "
                            "more --memory",
                            spill->directory, strerror(errno));
        fclose(file);
    }
    if (written) {
        add_run(spill)->file = file;
    }
    arena_free(arena);
    return written;
}

/* The next record of a run into run->record. */
static bool advance(Run *run, Error *error)
{
    uint32_t lengths[2];
    buffer_clear(run->record);
    if (fread(lengths, sizeof lengths, 1, run->file) != 1) {
        run->ended = true;
        return !ferror(run->file) ||
               error_set(error, ERROR_UNAVAILABLE, "a temporary file cannot be read back: %s",
                         strerror(errno));
    }
    char *bytes = buffer_reserve(run->record, lengths[0]);
    if (fread(bytes, 1, lengths[0], run->file) != lengths[0]) {
        return error_set(error, ERROR_UNAVAILABLE, "a temporary file cannot be read back");
    }
    buffer_grew(run->record, lengths[0]);
    run->key_length = lengths[1];
    return true;
}

static bool open_run(Run *run, Error *error)
{
    rewind(run->file);
    run->ended = false;
    if (run->arena == NULL) {
        run->arena = arena_new();
        run->record = buffer_new(run->arena);
        run->buffer = malloc(FILE_BUFFER);
        setvbuf(run->file, run->buffer, _IOFBF, FILE_BUFFER);
    }
    return advance(run, error);
}

static const char *take(const char *at, void *value, size_t length)
{
    memcpy(value, at, length);
    return at + length;
}

static const char *take_text(const char *at, FoldText *text)
{
    at = take(at, &text->length, sizeof text->length);
    text->bytes = at;
    return at + text->length;
}

/* A record as a group; texts point into the record, resources into `arena`. */
static void parse_record(Arena *arena, const Buffer *record, FoldGroup *group)
{
    const char *at = take(record->data, &group->usage_start, sizeof group->usage_start);
    for (int i = 0; i < FOLD_DIMENSION_COUNT; i++) {
        at = take_text(at, &group->dimensions[i]);
    }
    at = take(at, &group->lines, sizeof group->lines);
    at = take(at, &group->first_day, sizeof group->first_day);
    at = take(at, &group->last_day, sizeof group->last_day);
    at = take(at, group->measures, sizeof group->measures);
    at = take_text(at, &group->currency);
    at = take(at, &group->resource_count, sizeof group->resource_count);
    FoldText *resources = arena_array(arena, group->resource_count + 1, sizeof *resources);
    for (uint32_t i = 0; i < group->resource_count; i++) {
        at = take_text(at, &resources[i]);
    }
    group->resources = resources;
}

static FoldText key_of(const Run *run)
{
    return (FoldText){run->record->data, run->key_length};
}

static Run *smallest(Spill *spill)
{
    Run *least = NULL;
    for (int i = 0; i < spill->count; i++) {
        Run *run = &spill->runs[i];
        if (!run->ended && (least == NULL || fold_text_compare(key_of(run), key_of(least)) < 0)) {
            least = run;
        }
    }
    return least;
}

/* Sorted resource lists of two runs as one. */
static void merge_resources(Arena *arena, FoldGroup *into, const FoldGroup *from)
{
    FoldText *merged =
        arena_array(arena, into->resource_count + from->resource_count + 1, sizeof *merged);
    uint32_t i = 0, j = 0, count = 0;
    while (i < into->resource_count || j < from->resource_count) {
        int order = i == into->resource_count ? 1
                    : j == from->resource_count
                        ? -1
                        : fold_text_compare(into->resources[i], from->resources[j]);
        merged[count++] = order <= 0 ? into->resources[i] : from->resources[j];
        i += order <= 0;
        j += order >= 0;
    }
    into->resources = merged;
    into->resource_count = count;
}

/* Adds to `group` what every other run has under the same key. */
static bool gather(Spill *spill, Arena *arena, FoldText key, FoldGroup *group, Error *error)
{
    for (int i = 0; i < spill->count; i++) {
        Run *run = &spill->runs[i];
        if (run->ended || fold_text_compare(key_of(run), key) != 0) {
            continue;
        }
        Buffer *record = buffer_new(arena);
        buffer_append(record, run->record->data, run->record->length);
        FoldGroup other = {0};
        parse_record(arena, record, &other);
        group->lines += other.lines;
        group->first_day = other.first_day < group->first_day ? other.first_day : group->first_day;
        group->last_day = other.last_day > group->last_day ? other.last_day : group->last_day;
        group->currency = fold_text_compare(other.currency, group->currency) > 0 ? other.currency
                                                                                 : group->currency;
        merge_resources(arena, group, &other);
        if (!measures_add(group->measures, other.measures, error) || !advance(run, error)) {
            return false;
        }
    }
    return true;
}

bool spill_merge(Spill *spill, FoldEach *each, void *context, Error *error)
{
    for (int i = 0; i < spill->count; i++) {
        if (!open_run(&spill->runs[i], error)) {
            return false;
        }
    }
    Arena *arena = arena_new();
    bool done = true;
    for (Run *run; done && (run = smallest(spill)) != NULL; arena_reset(arena)) {
        Buffer *record = buffer_new(arena);
        buffer_append(record, run->record->data, run->record->length);
        FoldText key = {record->data, run->key_length};
        FoldGroup group = {0};
        parse_record(arena, record, &group);
        done = advance(run, error) && gather(spill, arena, key, &group, error) &&
               each(context, &group, error);
    }
    arena_free(arena);
    return done;
}
