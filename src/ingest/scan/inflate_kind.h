/* What a kind of packing gives to inflate.c: for the files of this folder only. */
#ifndef KONTOR_INGEST_SCAN_INFLATE_KIND_H
#define KONTOR_INGEST_SCAN_INFLATE_KIND_H

#include <stdbool.h>

#include "ingest/scan/inflate.h"

enum { INFLATE_INPUT = 256 * 1024 };

typedef struct InflateKind {
    bool (*begins)(const uint8_t *head, size_t length); /* are these the first bytes of one? */
    bool (*open)(Inflate *inflate, Error *error);
    ssize_t (*read)(Inflate *inflate, void *bytes, size_t size, Error *error);
    int (*next)(Inflate *inflate, Error *error); /* NULL: there never is another file */
    void (*close)(Inflate *inflate);
} InflateKind;

extern const InflateKind INFLATE_PLAIN, INFLATE_GZIP, INFLATE_ZSTD, INFLATE_ZIP;

struct Inflate {
    const ByteSource *source;
    _Atomic uint64_t *bytes_read;
    const InflateKind *kind; /* NULL until the first bytes are there */
    void *state;             /* the kind's own */
    const char *member;
    uint8_t *input;
    size_t capacity;
    size_t at, filled; /* of the input */
    bool source_ended;
    bool stop; /* at the end of each member, as inflate_stop_at_members says */
};

/* Reads more input behind what is left. False on failure; at the end nothing is added. */
bool inflate_fill(Inflate *inflate, Error *error);

/* The same until there are `size` bytes. */
bool inflate_fill_to(Inflate *inflate, size_t size, Error *error);

/* Memory that must be there. */
void *inflate_alloc(size_t size);

#endif
