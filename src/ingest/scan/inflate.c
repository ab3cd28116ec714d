#include "ingest/scan/inflate.h"

#include <isa-l.h>
#include <stdlib.h>
#include <string.h>

enum { INPUT_SIZE = 256 * 1024 };

struct Inflate {
    const ByteSource *source;
    _Atomic uint64_t *bytes_read;
    struct inflate_state state;
    uint8_t input[INPUT_SIZE];
    size_t at, filled;
    bool decided, gzip, member_open, source_ended;
    uint64_t members;
};

Inflate *inflate_new(const ByteSource *source, _Atomic uint64_t *bytes_read)
{
    Inflate *inflate = malloc(sizeof *inflate);
    if (inflate == NULL) {
        abort();
    }
    /* The state and the input are large and set where they are used. */
    inflate->source = source;
    inflate->bytes_read = bytes_read;
    inflate->at = inflate->filled = 0;
    inflate->decided = inflate->gzip = inflate->member_open = inflate->source_ended = false;
    inflate->members = 0;
    return inflate;
}

void inflate_free(Inflate *inflate)
{
    free(inflate);
}

/* Reads more input behind what is left. False on failure; at the end nothing is added. */
static bool fill(Inflate *inflate, Error *error)
{
    if (inflate->at > 0) {
        memmove(inflate->input, inflate->input + inflate->at, inflate->filled - inflate->at);
        inflate->filled -= inflate->at;
        inflate->at = 0;
    }
    while (!inflate->source_ended && inflate->filled < INPUT_SIZE) {
        ssize_t got =
            inflate->source->read(inflate->source->context, inflate->input + inflate->filled,
                                  INPUT_SIZE - inflate->filled, error);
        if (got < 0) {
            return false;
        }
        inflate->source_ended = got == 0;
        inflate->filled += (size_t)got;
        if (inflate->bytes_read != NULL) {
            atomic_fetch_add_explicit(inflate->bytes_read, (uint64_t)got, memory_order_relaxed);
        }
    }
    return true;
}

static bool decide(Inflate *inflate, Error *error)
{
    static const uint8_t ZIP[] = {'P', 'K', 3, 4}, ZSTD[] = {0x28, 0xb5, 0x2f, 0xfd};
    static const uint8_t PARQUET[] = {'P', 'A', 'R', '1'};
    if (inflate->decided) {
        return true;
    }
    if (!fill(inflate, error)) {
        return false;
    }
    const uint8_t *head = inflate->input;
    if (inflate->filled >= 4 && (memcmp(head, ZIP, 4) == 0 || memcmp(head, ZSTD, 4) == 0 ||
                                 memcmp(head, PARQUET, 4) == 0)) {
        return error_set(error, ERROR_DATA,
                         "zip, zstd and Parquet files are not read yet: export as csv or csv.gz");
    }
    inflate->gzip = inflate->filled >= 2 && head[0] == 0x1f && head[1] == 0x8b;
    inflate->decided = true;
    return true;
}

static ssize_t read_plain(Inflate *inflate, void *bytes, size_t size, Error *error)
{
    if (inflate->at == inflate->filled && !fill(inflate, error)) {
        return -1;
    }
    size_t there = inflate->filled - inflate->at;
    size = size < there ? size : there;
    memcpy(bytes, inflate->input + inflate->at, size);
    inflate->at += size;
    return (ssize_t)size;
}

static void open_member(Inflate *inflate)
{
    isal_inflate_init(&inflate->state);
    inflate->state.crc_flag = ISAL_GZIP;
    inflate->member_open = true;
    inflate->members++;
}

/* Behind a member: another one, zero padding, or the end. */
static bool next_member(Inflate *inflate, bool *ended, Error *error)
{
    for (;;) {
        while (inflate->at < inflate->filled && inflate->members > 0 &&
               inflate->input[inflate->at] == 0) {
            inflate->at++;
        }
        if (inflate->filled - inflate->at >= 2 || inflate->source_ended) {
            break;
        }
        if (!fill(inflate, error)) {
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
    open_member(inflate);
    return true;
}

static const char *fault_text(int code)
{
    return code == ISAL_INCORRECT_CHECKSUM ? "its checksum does not fit" : "its data is damaged";
}

static ssize_t read_gzip(Inflate *inflate, void *bytes, size_t size, Error *error)
{
    struct inflate_state *state = &inflate->state;
    size_t produced = 0;
    while (produced == 0) {
        if (!inflate->member_open) {
            bool ended = false;
            if (!next_member(inflate, &ended, error)) {
                return -1;
            }
            if (ended) {
                return 0;
            }
        }
        if (inflate->at == inflate->filled && !fill(inflate, error)) {
            return -1;
        }
        bool starved = inflate->at == inflate->filled;
        state->next_in = inflate->input + inflate->at;
        state->avail_in = (uint32_t)(inflate->filled - inflate->at);
        state->next_out = bytes;
        state->avail_out = (uint32_t)size;
        int code = isal_inflate(state);
        inflate->at = inflate->filled - state->avail_in;
        produced = size - state->avail_out;
        if (code != ISAL_DECOMP_OK && code != ISAL_END_INPUT) {
            error_set(error, ERROR_DATA, "damaged gzip: %s", fault_text(code));
            return -1;
        }
        if (state->block_state == ISAL_BLOCK_FINISH) {
            inflate->member_open = false;
        } else if (starved && produced == 0) {
            error_set(error, ERROR_DATA, "truncated gzip: the file ends before its data does");
            return -1;
        }
    }
    return (ssize_t)produced;
}

ssize_t inflate_read(Inflate *inflate, void *bytes, size_t size, Error *error)
{
    if (!decide(inflate, error)) {
        return -1;
    }
    return inflate->gzip ? read_gzip(inflate, bytes, size, error)
                         : read_plain(inflate, bytes, size, error);
}
