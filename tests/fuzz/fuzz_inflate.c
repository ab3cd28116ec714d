/* Packed bytes: the same comes out of them in whatever pieces they come, or a fault. */
#include "base/buffer.h"
#include "fuzz.h"
#include "ingest/memory_source.h"
#include "ingest/scan/inflate.h"

enum { MOST = 4 * 1024 * 1024 }; /* bytes unpacked: a few may become very many */

/* Appends the files to `text`, each behind its name. False on failure, or where it gets too long.
 */
static bool unpack(const uint8_t *bytes, size_t size, size_t piece, Buffer *text, Error *error)
{
    MemorySource memory = {.bytes = (const char *)bytes, .length = size, .piece = piece};
    ByteSource source = memory_source(&memory);
    _Atomic uint64_t bytes_read = 0;
    Inflate *inflate = inflate_new(&source, &bytes_read);
    ssize_t got;
    int more = 1;
    while (more > 0 && text->length < MOST) {
        char *end = buffer_reserve(text, 1000 + piece);
        got = inflate_read(inflate, end, 1000 + piece, error);
        buffer_grew(text, got > 0 ? (size_t)got : 0);
        more = got > 0 ? 1 : got < 0 ? -1 : inflate_next(inflate, error);
        if (got == 0 && more > 0) {
            FUZZ_CHECK(inflate_member(inflate) != NULL);
            buffer_append_text(text, inflate_member(inflate));
        }
    }
    FUZZ_CHECK(bytes_read <= size);
    inflate_free(inflate);
    return more == 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    Arena *arena = arena_new();
    Buffer *whole = buffer_new(arena), *pieces = buffer_new(arena);
    Error error = {0}, piece_error = {0};
    bool done = unpack(bytes, size, 0, whole, &error);
    bool pieces_done = unpack(bytes, size, 1 + size % 61, pieces, &piece_error);
    if (whole->length < MOST && pieces->length < MOST) {
        fuzz_check_error(done, &error);
        fuzz_check_error(pieces_done, &piece_error);
        FUZZ_CHECK(done == pieces_done);
        FUZZ_CHECK(!done || (whole->length == pieces->length &&
                             memcmp(whole->data, pieces->data, whole->length) == 0));
    }
    arena_free(arena);
    return 0;
}
