/* A report file, packed or plain: it is folded, or refused with a reason, in bounded memory. */
#include "fuzz.h"
#include "ingest/fold/fold.h"
#include "ingest/memory_source.h"

static bool count(void *context, const FoldGroup *group, Error *error)
{
    (void)error;
    *(uint64_t *)context += group->lines;
    return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    static const FoldDimension DIMENSIONS[] = {FOLD_DAY, FOLD_PRODUCT_CODE, FOLD_TAGS,
                                               FOLD_COST_CATEGORY};
    FoldOptions options = {.dimensions = DIMENSIONS,
                           .dimension_count = 4,
                           .resources = true,
                           .memory = 1 << 20,
                           .spill_dir = "/tmp"};
    MemorySource memory = {.bytes = (const char *)bytes, .length = size};
    ByteSource source = memory_source(&memory);
    Error error = {0};
    Fold *fold = fold_new(&options, &error);
    FUZZ_CHECK(fold != NULL);
    FoldProgress progress = {0};
    bool done = fold_file(fold, &source, "fuzzed", &progress, &error);
    fuzz_check_error(done, &error);
    if (done) {
        uint64_t lines = 0;
        FUZZ_CHECK(fold_each(fold, count, &lines, &error));
        FUZZ_CHECK(lines == progress.lines);
    }
    fold_free(fold);
    return 0;
}
