#include <stdlib.h>
#include <string.h>

#include "ingest/scan/inflate_kind.h"

static const InflateKind *const KINDS[] = {&INFLATE_GZIP, &INFLATE_ZSTD, &INFLATE_ZIP,
                                           &INFLATE_PLAIN};

void *inflate_alloc(size_t size)
{
    void *memory = malloc(size);
    if (memory == NULL) {
        abort();
    }
    return memory;
}

Inflate *inflate_new(const ByteSource *source, _Atomic uint64_t *bytes_read)
{
    Inflate *inflate = inflate_alloc(sizeof *inflate);
    *inflate = (Inflate){.source = source,
                         .bytes_read = bytes_read,
                         .input = inflate_alloc(INFLATE_INPUT),
                         .capacity = INFLATE_INPUT};
    return inflate;
}

void inflate_free(Inflate *inflate)
{
    if (inflate != NULL) {
        if (inflate->state != NULL) {
            inflate->kind->close(inflate);
        }
        free(inflate->input);
        free(inflate);
    }
}

static void reserve(Inflate *inflate, size_t capacity)
{
    if (capacity > inflate->capacity) {
        inflate->input = realloc(inflate->input, capacity);
        if (inflate->input == NULL) {
            abort();
        }
        inflate->capacity = capacity;
    }
}

bool inflate_fill_to(Inflate *inflate, size_t size, Error *error)
{
    if (inflate->at > 0) {
        memmove(inflate->input, inflate->input + inflate->at, inflate->filled - inflate->at);
        inflate->filled -= inflate->at;
        inflate->at = 0;
    }
    reserve(inflate, size);
    while (!inflate->source_ended && inflate->filled < size) {
        ssize_t got =
            inflate->source->read(inflate->source->context, inflate->input + inflate->filled,
                                  size - inflate->filled, error);
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

bool inflate_fill(Inflate *inflate, Error *error)
{
    return inflate_fill_to(inflate, INFLATE_INPUT, error);
}

void inflate_give_back(Inflate *inflate, const InflatePiece *piece)
{
    size_t left = inflate->filled - inflate->at;
    reserve(inflate, piece->length + left);
    memmove(inflate->input + piece->length, inflate->input + inflate->at, left);
    memcpy(inflate->input, piece->bytes, piece->length);
    inflate->at = 0;
    inflate->filled = piece->length + left;
}

void inflate_stop_at_members(Inflate *inflate, bool stop)
{
    inflate->stop = stop;
}

static bool decide(Inflate *inflate, Error *error)
{
    if (inflate->kind != NULL) {
        return true;
    }
    if (!inflate_fill(inflate, error)) {
        return false;
    }
    const InflateKind *const *kind = KINDS;
    while (!(*kind)->begins(inflate->input, inflate->filled)) {
        kind++;
    }
    inflate->kind = *kind;
    return inflate->kind->open(inflate, error);
}

ssize_t inflate_read(Inflate *inflate, void *bytes, size_t size, Error *error)
{
    return decide(inflate, error) ? inflate->kind->read(inflate, bytes, size, error) : -1;
}

bool inflate_is_parquet(Inflate *inflate, bool *parquet, Error *error)
{
    static const uint8_t MAGIC[] = {'P', 'A', 'R', '1'};
    bool decided = decide(inflate, error);
    *parquet = decided && inflate->kind == &INFLATE_PLAIN &&
               inflate->filled - inflate->at >= sizeof MAGIC &&
               memcmp(inflate->input + inflate->at, MAGIC, sizeof MAGIC) == 0;
    return decided;
}

int inflate_next(Inflate *inflate, Error *error)
{
    return inflate->kind == NULL || inflate->kind->next == NULL
               ? 0
               : inflate->kind->next(inflate, error);
}

const char *inflate_member(const Inflate *inflate)
{
    return inflate->member;
}

static bool begins_plain(const uint8_t *head, size_t length)
{
    (void)head;
    (void)length;
    return true;
}

static bool open_plain(Inflate *inflate, Error *error)
{
    (void)inflate;
    (void)error;
    return true;
}

static ssize_t read_plain(Inflate *inflate, void *bytes, size_t size, Error *error)
{
    if (inflate->at == inflate->filled && !inflate_fill(inflate, error)) {
        return -1;
    }
    size_t there = inflate->filled - inflate->at;
    size = size < there ? size : there;
    memcpy(bytes, inflate->input + inflate->at, size);
    inflate->at += size;
    return (ssize_t)size;
}

const InflateKind INFLATE_PLAIN = {begins_plain, open_plain, read_plain, NULL, NULL};
