/* Members of a gzip, cut by guess: what they make, if anything, is what reading on makes of them.
 */
#include "base/buffer.h"
#include "fuzz.h"
#include "ingest/memory_source.h"
#include "ingest/scan/inflate.h"

static const GzipLimits LIMITS[] = {
    {1, 65536, 65536}, {200, 1 << 20, 1 << 20}, {1 << 20, 1 << 20, 1 << 20}, {100, 150, 300}};

/* The text, read on; false when it is damaged, or no more than `most` bytes and one. */
static bool unpack(const uint8_t *bytes, size_t length, size_t most, Buffer *text)
{
    MemorySource memory = {.bytes = (const char *)bytes, .length = length};
    ByteSource source = memory_source(&memory);
    Inflate *inflate = inflate_new(&source, NULL);
    Error error = {0};
    ssize_t got = 1;
    while (got > 0 && text->length <= most) {
        got = inflate_read(inflate, buffer_reserve(text, 4096), 4096, &error);
        buffer_grew(text, got > 0 ? (size_t)got : 0);
    }
    inflate_free(inflate);
    return got == 0;
}

static void check(const uint8_t *bytes, size_t size, bool last, const GzipLimits *limits)
{
    GzipCut cut = gzip_find_cut(bytes, size, last, limits);
    FUZZ_CHECK(cut.end <= size && cut.end <= limits->packed && cut.text <= limits->text);
    FUZZ_CHECK(cut.end > 0 || cut.text == 0);
    if (cut.end == 0) {
        return;
    }
    Arena *arena = arena_new();
    char *text = arena_alloc(arena, cut.text + 1);
    if (gzip_inflate_members(bytes, cut.end, text, cut.text)) {
        Buffer *wanted = buffer_new(arena);
        FUZZ_CHECK(unpack(bytes, cut.end, cut.text, wanted));
        FUZZ_CHECK(wanted->length == cut.text && memcmp(wanted->data, text, cut.text) == 0);
    }
    arena_free(arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    for (size_t i = 0; i < sizeof LIMITS / sizeof *LIMITS; i++) {
        check(bytes, size, true, &LIMITS[i]);
        check(bytes, size, false, &LIMITS[i]);
    }
    return 0;
}
