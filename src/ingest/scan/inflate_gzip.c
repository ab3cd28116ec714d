/* gzip, by ISA-L: one member behind the other, zero padding between and behind them. */
#include <isa-l.h>
#include <stdlib.h>
#include <string.h>

#include "ingest/scan/inflate_kind.h"

enum { HEADER_ROOM = 80 * 1024 }; /* an extra field may have 64 KB */

typedef struct Gzip {
    struct inflate_state stream;
    bool member_open;
    bool passed; /* the next member can't be taken: it is read in its turn */
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
    gzip->member_open = gzip->passed = false;
    gzip->members = 0;
    return true;
}

static void open_member(Gzip *gzip)
{
    isal_inflate_init(&gzip->stream);
    gzip->stream.crc_flag = ISAL_GZIP;
    gzip->member_open = true;
    gzip->passed = false;
    gzip->members++;
}

/* Behind a member: another one, zero padding, or the end. ISA-L wants a header whole: of one that
 * comes in two pieces it forgets the flags. */
static bool next_member(Inflate *inflate, bool *ended, Error *error)
{
    Gzip *gzip = inflate->state;
    for (;;) {
        while (inflate->at < inflate->filled && gzip->members > 0 &&
               inflate->input[inflate->at] == 0) {
            inflate->at++;
        }
        if (inflate->filled - inflate->at >= HEADER_ROOM || inflate->source_ended) {
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
            if (inflate->stop && gzip->members > 0 && !gzip->passed) {
                return 0;
            }
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

bool inflate_between_members(const Inflate *inflate)
{
    const Gzip *gzip = inflate->kind == &INFLATE_GZIP ? inflate->state : NULL;
    return gzip != NULL && !gzip->member_open && gzip->members > 0 && !gzip->passed;
}

static void copy_piece(Inflate *inflate, GzipCut cut, InflatePiece *piece)
{
    if (cut.end > piece->capacity) {
        free(piece->bytes);
        piece->bytes = inflate_alloc(cut.end);
        piece->capacity = cut.end;
    }
    memcpy(piece->bytes, inflate->input + inflate->at, cut.end);
    piece->length = cut.end;
    piece->text = cut.text;
    inflate->at += cut.end;
}

/* More and more input is looked at until the members' end is seen. */
int inflate_take(Inflate *inflate, const GzipLimits *limits, InflatePiece *piece, Error *error)
{
    Gzip *gzip = inflate->state;
    GzipCut cut = {0};
    size_t looked = 0;
    for (size_t size = limits->wanted; cut.end == 0 && looked < limits->packed; size *= 2) {
        size = size < limits->packed ? size : limits->packed;
        size_t left = inflate->filled - inflate->at;
        if (left < size &&
            !inflate_fill_to(inflate, size > INFLATE_INPUT ? size : INFLATE_INPUT, error)) {
            return -1;
        }
        left = inflate->filled - inflate->at;
        cut = gzip_find_cut(inflate->input + inflate->at, left, inflate->source_ended, limits);
        if (inflate->source_ended) {
            break;
        }
        looked = size;
    }
    if (cut.end == 0) {
        gzip->passed = true;
        return 0;
    }
    copy_piece(inflate, cut, piece);
    return 1;
}

static void close_gzip(Inflate *inflate)
{
    free(inflate->state);
}

const InflateKind INFLATE_GZIP = {begins, open_gzip, read_gzip, NULL, close_gzip};
