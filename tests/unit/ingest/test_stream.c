#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/buffer.h"
#include "ingest/fold/parallel.h"
#include "ingest/fold/stream.h"
#include "memory_source.h"
#include "pack_gzip.h"

static const char HEADER[] =
    "lineItem/UsageAccountId,lineItem/LineItemType,lineItem/UsageStartDate,lineItem/ProductCode,"
    "lineItem/ResourceId,lineItem/UnblendedCost,resourceTags/user:note\n";
static const FoldDimension BY[] = {FOLD_DAY, FOLD_USAGE_ACCOUNT, FOLD_TAGS};

/* What a fold made of a text, in an order of its own. */
typedef struct Outcome {
    bool done;
    Error error;
    Decimal cost;
    uint64_t groups, lines, resources;
    uint64_t fault_lines; /* their numbers, added up */
    _Atomic int faults;
} Outcome;

static void note_fault(void *context, const FoldFault *fault)
{
    Outcome *outcome = context;
    atomic_fetch_add(&outcome->faults, 1);
    __atomic_fetch_add(&outcome->fault_lines, fault->line, __ATOMIC_RELAXED);
}

static bool add(void *context, const FoldGroup *group, Error *error)
{
    Outcome *outcome = context;
    (void)error;
    outcome->cost += group->measures[FOLD_UNBLENDED_COST];
    outcome->groups++;
    outcome->lines += group->lines;
    outcome->resources += group->resource_count;
    return true;
}

static FoldOptions options_of(Outcome *outcome)
{
    return (FoldOptions){.dimensions = BY,
                         .dimension_count = 3,
                         .resources = true,
                         .memory = 64 * 1024 * 1024,
                         .fault = note_fault,
                         .context = outcome};
}

static void finish(Outcome *outcome, Fold *fold, bool done)
{
    outcome->done = done && fold_each(fold, add, outcome, &outcome->error);
    fold_free(fold);
}

/* One thread; with `block` as threads that share a file do it. */
static void fold_text(Outcome *outcome, const char *text, size_t length, uint32_t block)
{
    *outcome = (Outcome){0};
    FoldOptions options = options_of(outcome);
    MemorySource memory = {.bytes = text, .length = length};
    ByteSource source = memory_source(&memory);
    FoldProgress progress = {0};
    Fold *fold = fold_new(&options, &outcome->error);
    FoldStream *stream = fold_stream_new(&source, "test.csv", &progress);
    if (block > 0) {
        fold_stream_cut(stream, block);
    }
    bool done = fold_stream_run(stream, fold, &outcome->error);
    assert_true(fold_stream_ended(stream));
    fold_stream_free(stream);
    finish(outcome, fold, done);
}

typedef struct Texts {
    const char *const *texts;
    size_t length; /* of each; 0: up to their NUL */
    MemorySource memory[8];
    FoldProgress progress;
    _Atomic int opened, closed, failed;
} Texts;

static const char *name_of(void *context, int index)
{
    (void)context;
    (void)index;
    return "test.csv";
}

static FoldProgress *progress_of(void *context, int index)
{
    (void)index;
    return &((Texts *)context)->progress;
}

static bool open_text(void *context, int index, ByteSource *source, Error *error)
{
    Texts *texts = context;
    atomic_fetch_add(&texts->opened, 1);
    if (texts->texts[index] == NULL) {
        return error_set(error, ERROR_NOT_FOUND, "text %d is not there", index);
    }
    size_t length = texts->length > 0 ? texts->length : strlen(texts->texts[index]);
    texts->memory[index] = (MemorySource){.bytes = texts->texts[index], .length = length};
    *source = memory_source(&texts->memory[index]);
    return true;
}

static void close_text(void *context, int index, const Error *error)
{
    Texts *texts = context;
    (void)index;
    atomic_fetch_add(&texts->closed, 1);
    atomic_fetch_add(&texts->failed, error != NULL);
}

static void fold_texts(Outcome *outcome, Texts *texts, int count, int threads)
{
    *outcome = (Outcome){0};
    FoldOptions options = options_of(outcome);
    ParallelFiles files = {count, name_of, progress_of, open_text, close_text, texts};
    Fold *fold = parallel_fold(&options, &files, threads, &outcome->error);
    assert_int_equal(texts->opened, texts->closed);
    if (fold != NULL) {
        assert_int_equal(texts->failed, 0);
        finish(outcome, fold, true);
    }
}

static void assert_same(const Outcome *got, const Outcome *wanted)
{
    assert_int_equal(got->done, wanted->done);
    assert_int_equal(got->lines, wanted->lines);
    assert_int_equal(got->groups, wanted->groups);
    assert_int_equal(got->resources, wanted->resources);
    assert_true(got->cost == wanted->cost);
    assert_int_equal(got->faults, wanted->faults);
    assert_int_equal(got->fault_lines, wanted->fault_lines);
}

/* Lines whose notes are those of `notes`, in turn; every 97th has no cost that is a number. */
static char *write_lines(int count, const char *const *notes, int note_count, const char *newline)
{
    Arena *arena = arena_new();
    Buffer *text = buffer_new(arena);
    buffer_append_text(text, HEADER);
    for (int i = 0; i < count; i++) {
        buffer_printf(text, "%d,Usage,2026-10-%02d,EC2,i-%d,%s,%s%s", i % 50, 1 + i % 31, i % 700,
                      i % 97 == 0 ? "dear" : "0.25", notes[i % note_count], newline);
    }
    char *copy = strdup(text->data);
    arena_free(arena);
    return copy;
}

static const char *const SOUND[] = {"", "a", "\"b, c\"", "\"two\nlines\"", "\"a \"\"quote\"\"\""};
static const char *const STRAY[] = {"", "a", "\"b, c\"", "5\" disk", "\"x\" y"};

static void blocks_change_nothing(void **state)
{
    static const uint32_t BLOCKS[] = {64, 100, 1000, 65536};
    (void)state;
    for (int crlf = 0; crlf < 2; crlf++) {
        for (int stray = 0; stray < 2; stray++) {
            char *text = write_lines(3000, stray ? STRAY : SOUND, 5, crlf ? "\r\n" : "\n");
            size_t length = strlen(text) - (size_t)crlf; /* the last newline may be missing */
            Outcome wanted, got;
            fold_text(&wanted, text, length, 0);
            assert_true(wanted.done && wanted.faults >= 30);
            for (size_t i = 0; i < sizeof BLOCKS / sizeof *BLOCKS; i++) {
                fold_text(&got, text, length, BLOCKS[i]);
                assert_same(&got, &wanted);
            }
            free(text);
        }
    }
}

static void a_record_longer_than_a_block_is_whole(void **state)
{
    char *note = malloc(300002);
    memset(note, 'x', 300001);
    note[0] = note[300000] = '"';
    note[100] = '\n';
    note[300001] = '\0';
    const char *const notes[] = {"a", note, "b"};
    char *text = write_lines(9, notes, 3, "\n");
    Outcome wanted, got;
    (void)state;
    fold_text(&wanted, text, strlen(text), 0);
    fold_text(&got, text, strlen(text), 128);
    assert_int_equal(wanted.lines, 8);
    assert_same(&got, &wanted);
    free(text);
    free(note);
}

/* However few lines a block has. */
static void blocks_keep_within_the_memory(void **state)
{
    static const FoldDimension RESOURCES[] = {FOLD_DAY, FOLD_USAGE_ACCOUNT, FOLD_RESOURCE};
    char note[1001] = {0};
    memset(note, 'x', sizeof note - 1);
    const char *const notes[] = {note};
    char *text = write_lines(5000, notes, 1, "\n");
    MemorySource memory = {.bytes = text, .length = strlen(text)};
    ByteSource source = memory_source(&memory);
    Outcome outcome = {0};
    FoldOptions options = options_of(&outcome);
    FoldProgress progress = {0};
    (void)state;
    options.dimensions = RESOURCES;
    options.memory = 1024 * 1024;
    Fold *fold = fold_new(&options, &outcome.error);
    FoldStream *stream = fold_stream_new(&source, "test.csv", &progress);
    fold_stream_cut(stream, 5000);
    assert_true(fold_stream_run(stream, fold, &outcome.error));
    assert_true(fold_spilled(fold));
    fold_stream_free(stream);
    finish(&outcome, fold, true);
    assert_int_equal(outcome.lines, 5000 - outcome.faults);
    free(text);
}

static void threads_change_nothing(void **state)
{
    char *sound = write_lines(40000, SOUND, 5, "\n"), *stray = write_lines(8000, STRAY, 5, "\n");
    const char *const texts[] = {sound, HEADER, stray, sound};
    Outcome wanted, got;
    (void)state;
    for (int count = 1; count <= 4; count++) {
        Texts alone = {.texts = texts};
        fold_texts(&wanted, &alone, count, 1);
        assert_true(wanted.done);
        for (int threads = 2; threads <= 4; threads++) {
            Texts shared = {.texts = texts};
            fold_texts(&got, &shared, count, threads);
            assert_same(&got, &wanted);
            assert_int_equal(shared.progress.lines, alone.progress.lines);
            assert_int_equal(shared.progress.bytes_read, alone.progress.bytes_read);
        }
    }
    free(sound);
    free(stray);
}

static void a_failure_ends_all(void **state)
{
    char *sound = write_lines(20000, SOUND, 5, "\n");
    const char *const missing[] = {sound, NULL, sound}, *const wrong[] = {sound,
                                                                          "no,report\n1,2\n"};
    (void)state;
    for (int threads = 1; threads <= 3; threads++) {
        Outcome outcome;
        Texts texts = {.texts = missing};
        fold_texts(&outcome, &texts, 3, threads);
        assert_int_equal(outcome.error.code, ERROR_NOT_FOUND);
        texts = (Texts){.texts = wrong};
        fold_texts(&outcome, &texts, 2, threads);
        assert_int_equal(outcome.error.code, ERROR_DATA);
        assert_int_equal(texts.failed, 1);
    }
    free(sound);
}

/* Damage in the middle of a file, which any of the threads may meet. */
static ssize_t read_and_break(void *context, void *bytes, size_t size, Error *error)
{
    MemorySource *memory = context;
    if (memory->at > memory->length / 2) {
        error_set(error, ERROR_UNAVAILABLE, "the storage is away");
        return -1;
    }
    return memory_read(memory, bytes, size, error);
}

static bool open_breaking(void *context, int index, ByteSource *source, Error *error)
{
    bool opened = open_text(context, index, source, error);
    source->read = read_and_break;
    return opened;
}

static void a_source_that_breaks_is_the_files_failure(void **state)
{
    char *sound = write_lines(40000, SOUND, 5, "\n");
    const char *const one[] = {sound};
    (void)state;
    for (int threads = 1; threads <= 4; threads++) {
        Outcome outcome = {0};
        Texts texts = {.texts = one};
        FoldOptions options = options_of(&outcome);
        ParallelFiles files = {1, name_of, progress_of, open_breaking, close_text, &texts};
        assert_null(parallel_fold(&options, &files, threads, &outcome.error));
        assert_int_equal(outcome.error.code, ERROR_UNAVAILABLE);
        assert_int_equal(texts.closed, 1);
        assert_int_equal(texts.failed, 1);
    }
    free(sound);
}

/* The packed file gives what its text gives: read by one thread, in pieces, by several. */
static void assert_packed(const Buffer *packed, const char *text, size_t length)
{
    const char *const one[] = {packed->data};
    Outcome wanted, got;
    fold_text(&wanted, text, length, 0);
    assert_true(wanted.done);
    fold_text(&got, packed->data, packed->length, 0);
    assert_same(&got, &wanted);
    fold_text(&got, packed->data, packed->length, 1000);
    assert_same(&got, &wanted);
    for (int threads = 2; threads <= 4; threads++) {
        Texts texts = {.texts = one, .length = packed->length};
        fold_texts(&got, &texts, 1, threads);
        assert_same(&got, &wanted);
    }
}

static void members_of_a_gzip_change_nothing(void **state)
{
    static const size_t CHUNKS[] = {37, 1000, 60000};
    (void)state;
    for (int stray = 0; stray < 2; stray++) {
        char *text = write_lines(stray ? 3000 : 20000, stray ? STRAY : SOUND, 5, "\n");
        for (size_t i = 0; i < 3; i++) {
            for (GzipForm form = GZIP_USUAL; form <= GZIP_STORED; form++) {
                Arena *arena = arena_new();
                Buffer *packed = buffer_new(arena);
                size_t length = CHUNKS[i] > 100 ? strlen(text) : 100000;
                pack_members(packed, text, length, CHUNKS[i], form);
                assert_packed(packed, text, length);
                arena_free(arena);
            }
        }
        free(text);
    }
}

static void members_may_be_empty_or_large_or_padded(void **state)
{
    Arena *arena = arena_new();
    Buffer *packed = buffer_new(arena), *padded = buffer_new(arena);
    char *text = write_lines(60000, SOUND, 5, "\n");
    size_t length = strlen(text), large = 2500000;
    (void)state;
    pack_members(packed, text, large, large, GZIP_USUAL);
    pack_member(packed, "", 0, GZIP_USUAL);
    pack_members(packed, text + large, length - large, 30000, GZIP_BLOCKED);
    pack_member(packed, "", 0, GZIP_BLOCKED);
    assert_packed(packed, text, length);
    for (size_t at = 0; at < 300000; at += 10000) {
        pack_member(padded, text + at, 10000, GZIP_USUAL);
        buffer_append(padded, "\0\0\0\0\0\0\0", at % 7);
    }
    assert_packed(padded, text, 300000);
    free(text);
    arena_free(arena);
}

/* What looks like the end of a member, and like the header of the next, is text of a note. */
static void a_false_header_is_no_boundary(void **state)
{
    static const char FALSE_END[] = "\x10\x27\0\0\x1f\x8b\x08\0\0\0\0\0\0\xff";
    Arena *arena = arena_new();
    Buffer *packed = buffer_new(arena);
    char *text = write_lines(20000, SOUND, 5, "\n");
    size_t length = strlen(text);
    (void)state;
    for (size_t at = 5000; at < length; at += 150000) {
        char *note = strchr(text + at, '\n') - sizeof FALSE_END;
        memcpy(note, FALSE_END, sizeof FALSE_END - 1);
    }
    pack_members(packed, text, length, 50000, GZIP_STORED);
    assert_packed(packed, text, length);
    free(text);
    arena_free(arena);
}

static void damaged_members_are_the_files_failure(void **state)
{
    Arena *arena = arena_new();
    Buffer *packed = buffer_new(arena);
    char *text = write_lines(20000, SOUND, 5, "\n");
    (void)state;
    pack_members(packed, text, strlen(text), 20000, GZIP_USUAL);
    const char *const one[] = {packed->data};
    for (int damage = 0; damage < 3; damage++) {
        static const char *const SAID[] = {"truncated gzip", "damaged gzip", "damaged gzip"};
        size_t lengths[] = {packed->length - 5, packed->length, packed->length};
        char *byte = packed->data + packed->length - (damage == 1 ? 6 : packed->length / 2);
        *byte ^= damage > 0 ? 0x55 : 0;
        for (int threads = 1; threads <= 4; threads++) {
            Outcome outcome;
            Texts texts = {.texts = one, .length = lengths[damage]};
            fold_texts(&outcome, &texts, 1, threads);
            assert_int_equal(outcome.error.code, ERROR_DATA);
            assert_non_null(strstr(outcome.error.message, SAID[damage]));
            assert_int_equal(texts.failed, 1);
        }
        *byte ^= damage > 0 ? 0x55 : 0;
    }
    free(text);
    arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(blocks_change_nothing),
        cmocka_unit_test(a_record_longer_than_a_block_is_whole),
        cmocka_unit_test(blocks_keep_within_the_memory),
        cmocka_unit_test(threads_change_nothing),
        cmocka_unit_test(a_failure_ends_all),
        cmocka_unit_test(a_source_that_breaks_is_the_files_failure),
        cmocka_unit_test(members_of_a_gzip_change_nothing),
        cmocka_unit_test(members_may_be_empty_or_large_or_padded),
        cmocka_unit_test(a_false_header_is_no_boundary),
        cmocka_unit_test(damaged_members_are_the_files_failure),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
