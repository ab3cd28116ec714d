/* zstd, by its own library: one frame behind the other, skippable ones passed over. */
#include <stdlib.h>
#include <string.h>
#include <zstd.h>

#include "ingest/scan/inflate_kind.h"

/* The largest window that is accepted: memory that a file can ask for. Higher than what zstd itself
 * writes without --ultra --long (8 MB). */
enum { WINDOW_LOG_MAX = 27 };

typedef struct Zstd {
    ZSTD_DStream *stream;
    bool frame_open; /* a frame has begun and not ended */
} Zstd;

static bool begins(const uint8_t *head, size_t length)
{
    static const uint8_t FRAME[] = {0x28, 0xb5, 0x2f, 0xfd}, SKIPPABLE[] = {0x2a, 0x4d, 0x18};
    return length >= 4 && (memcmp(head, FRAME, 4) == 0 ||
                           ((head[0] & 0xf0) == 0x50 && memcmp(head + 1, SKIPPABLE, 3) == 0));
}

static bool open_zstd(Inflate *inflate, Error *error)
{
    Zstd *zstd = inflate->state = inflate_alloc(sizeof *zstd);
    (void)error;
    *zstd = (Zstd){.stream = ZSTD_createDStream()};
    if (zstd->stream == NULL) {
        abort();
    }
    ZSTD_DCtx_setParameter(zstd->stream, ZSTD_d_windowLogMax, WINDOW_LOG_MAX);
    return true;
}

static ssize_t read_zstd(Inflate *inflate, void *bytes, size_t size, Error *error)
{
    Zstd *zstd = inflate->state;
    ZSTD_outBuffer output = {bytes, size, 0};
    while (output.pos == 0) {
        if (inflate->at == inflate->filled && !inflate_fill(inflate, error)) {
            return -1;
        }
        bool starved = inflate->at == inflate->filled;
        if (starved && !zstd->frame_open) {
            return 0;
        }
        ZSTD_inBuffer input = {inflate->input, inflate->filled, inflate->at};
        size_t hint = ZSTD_decompressStream(zstd->stream, &output, &input);
        inflate->at = input.pos;
        if (ZSTD_isError(hint)) {
            error_set(error, ERROR_DATA, "damaged zstd: %s", ZSTD_getErrorName(hint));
            return -1;
        }
        zstd->frame_open = hint != 0;
        if (starved && output.pos == 0 && zstd->frame_open) {
            error_set(error, ERROR_DATA, "truncated zstd: the file ends before its data does");
            return -1;
        }
    }
    return (ssize_t)output.pos;
}

static void close_zstd(Inflate *inflate)
{
    Zstd *zstd = inflate->state;
    ZSTD_freeDStream(zstd->stream);
    free(zstd);
}

const InflateKind INFLATE_ZSTD = {begins, open_zstd, read_zstd, NULL, close_zstd};
