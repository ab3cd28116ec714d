/* gzip, by ISA-L: one member behind the other, zero padding between and behind them. */
#include <isa-l.h>
#include <stdlib.h>

#include "ingest/scan/inflate_kind.h"

typedef struct Gzip {
    struct inflate_state stream;
    bool member_open;
    uint64_t members;
} Gzip;

static bool begins(const uint8_t *head, size_t length)
{
    return length >= 2 && head[0] == 0x1f && head[1] == 0x8b;
}

static bool open_gzip(Inflate *inflate, Error *error)
{
    Gzip *gzip = inflate->state = inflate_alloc(sizeof *gzip);
    (void)error;
    gzip->member_open = false;
    gzip->members = 0;
    return true;
}

static void open_member(Gzip *gzip)
{
    isal_inflate_init(&gzip->stream);
    gzip->stream.crc_flag = ISAL_GZIP;
    gzip->member_open = true;
    gzip->members++;
}

/* Behind a member: another one, zero padding, or the end. */
static bool next_member(Inflate *inflate, bool *ended, Error *error)
{
    Gzip *gzip = inflate->state;
    for (;;) {
        while (inflate->at < inflate->filled && gzip->members > 0 &&
               inflate->input[inflate->at] == 0) {
            inflate->at++;
        }
        if (inflate->filled - inflate->at >= 2 || inflate->source_ended) {
            break;
        }
        if (!inflate_fill(inflate, error)) {
            return false;
        }
    }
    *ended = inflate->at == inflate->filled;
    if (*ended) {
        return true;
    }
    if (inflate->input[inflate->at] != 0x1f) {
        return error_set(error, ERROR_DATA, "damaged gzip: there is something else behind its end");
    }
    open_member(gzip);
    return true;
}

static const char *fault_text(int code)
{
    return code == ISAL_INCORRECT_CHECKSUM ? "its checksum does not fit" : "its data is damaged";
}

static ssize_t read_gzip(Inflate *inflate, void *bytes, size_t size, Error *error)
{
    Gzip *gzip = inflate->state;
    struct inflate_state *stream = &gzip->stream;
    size_t produced = 0;
    while (produced == 0) {
        if (!gzip->member_open) {
            bool ended = false;
            if (!next_member(inflate, &ended, error)) {
                return -1;
            }
            if (ended) {
                return 0;
            }
        }
        if (inflate->at == inflate->filled && !inflate_fill(inflate, error)) {
            return -1;
        }
        bool starved = inflate->at == inflate->filled;
        stream->next_in = inflate->input + inflate->at;
        stream->avail_in = (uint32_t)(inflate->filled - inflate->at);
        stream->next_out = bytes;
        stream->avail_out = (uint32_t)size;
        int code = isal_inflate(stream);
        inflate->at = inflate->filled - stream->avail_in;
        produced = size - stream->avail_out;
        if (code != ISAL_DECOMP_OK && code != ISAL_END_INPUT) {
            error_set(error, ERROR_DATA, "damaged gzip: %s", fault_text(code));
            return -1;
        }
        if (stream->block_state == ISAL_BLOCK_FINISH) {
            gzip->member_open = false;
        } else if (starved && produced == 0) {
            error_set(error, ERROR_DATA, "truncated gzip: the file ends before its data does");
            return -1;
        }
    }
    return (ssize_t)produced;
}

static void close_gzip(Inflate *inflate)
{
    free(inflate->state);
}

const InflateKind INFLATE_GZIP = {begins, open_gzip, read_gzip, NULL, close_gzip};
