/* A report file, packed or plain: it is folded, or refused with a reason; finely or coarsely
 * grouped, in whatever pieces it comes, its sums are the same. */
#include "base/buffer.h"
#include "base/json.h"
#include "fuzz.h"
#include "ingest/fold/fold.h"
#include "ingest/fold/stream.h"
#include "ingest/memory_source.h"

typedef struct Total {
    uint64_t lines, faults;
    Decimal sums[FOLD_UNBLENDED_RATE]; /* the measures before it are summed */
    bool overflowed;                   /* here; the fold's own groups are smaller */
} Total;

static void check_text(FoldText text)
{
    FUZZ_CHECK(text.length == 0 || text.bytes != NULL);
    for (size_t i = 0; i < text.length;) {
        size_t step = utf8_sequence_length(text.bytes + i, text.length - i);
        step = step == 0 && (unsigned char)text.bytes[i] < 0x80 ? 1 : step;
        FUZZ_CHECK(step > 0 && text.bytes[i] != '\0'); /* PostgreSQL takes nothing else */
        i += step;
    }
}

static void check_object(FoldText text)
{
    Arena *arena = arena_new();
    json_t *object = json_parse(arena, text.bytes, text.length, NULL);
    FUZZ_CHECK(text.length == 0 || json_is_object(object));
    arena_free(arena);
}

static bool add(void *context, const FoldGroup *group, Error *error)
{
    Total *total = context;
    (void)error;
    total->lines += group->lines;
    for (int i = 0; i < FOLD_UNBLENDED_RATE; i++) {
        total->overflowed = !decimal_add(&total->sums[i], group->measures[i]) || total->overflowed;
    }
    for (int i = 0; i < FOLD_DIMENSION_COUNT; i++) {
        check_text(group->dimensions[i]);
    }
    check_object(group->dimensions[FOLD_TAGS]);
    check_object(group->dimensions[FOLD_COST_CATEGORY]);
    for (uint32_t i = 0; i < group->resource_count; i++) {
        check_text(group->resources[i]);
    }
    return true;
}

/* With a block size, as threads do it that share a file. */
static bool fold_bytes(Fold *fold, const ByteSource *source, uint32_t block, FoldProgress *progress,
                       Error *error)
{
    if (block == 0) {
        return fold_file(fold, source, "fuzzed", progress, error);
    }
    FoldStream *stream = fold_stream_new(source, "fuzzed", progress);
    fold_stream_cut(stream, block);
    bool done = fold_stream_run(stream, fold, error);
    fold_stream_free(stream);
    return done;
}

static bool fold(const uint8_t *bytes, size_t size, size_t piece, uint32_t block,
                 int dimension_count, Total *total, Error *error)
{
    static FoldDimension all[FOLD_DIMENSION_COUNT];
    for (int i = 0; i < FOLD_DIMENSION_COUNT; i++) {
        all[i] = (FoldDimension)i;
    }
    FoldOptions options = {
        .dimensions = all, .dimension_count = dimension_count, .resources = dimension_count > 0};
    MemorySource memory = {.bytes = (const char *)bytes, .length = size, .piece = piece};
    ByteSource source = memory_source(&memory);
    Fold *fold = fold_new(&options, error);
    FUZZ_CHECK(fold != NULL);
    FoldProgress progress = {0};
    bool done = fold_bytes(fold, &source, block, &progress, error);
    fuzz_check_error(done, error);
    if (done) {
        FUZZ_CHECK(fold_each(fold, add, total, error));
        FUZZ_CHECK(total->lines == progress.lines);
        total->faults = progress.faults;
    }
    fold_free(fold);
    return done;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    Total fine = {0}, coarse = {0};
    Error error = {0}, coarse_error = {0};
    bool done = fold(bytes, size, 0, 0, FOLD_DIMENSION_COUNT, &fine, &error);
    bool coarse_done =
        fold(bytes, size, 1 + size % 61, 64 + (uint32_t)(size % 61), 0, &coarse, &coarse_error);
    if (done && coarse_done && !fine.overflowed) {
        FUZZ_CHECK(fine.lines == coarse.lines && fine.faults == coarse.faults);
        FUZZ_CHECK(memcmp(fine.sums, coarse.sums, sizeof fine.sums) == 0);
    }
    FUZZ_CHECK(done || !coarse_done); /* the one sum of all overflows first */
    return 0;
}
