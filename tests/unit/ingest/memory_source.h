/* Bytes in memory as a ByteSource, handed out in pieces. */
#ifndef KONTOR_TESTS_MEMORY_SOURCE_H
#define KONTOR_TESTS_MEMORY_SOURCE_H

#include <string.h>

#include "ingest/scan/byte_source.h"

typedef struct MemorySource {
    const char *bytes;
    size_t length, at, piece; /* piece 0: as much as is asked for */
} MemorySource;

static inline ssize_t memory_read(void *context, void *bytes, size_t size, Error *error)
{
    MemorySource *source = context;
    (void)error;
    size_t left = source->length - source->at;
    size = size < left ? size : left;
    size = source->piece > 0 && size > source->piece ? source->piece : size;
    memcpy(bytes, source->bytes + source->at, size);
    source->at += size;
    return (ssize_t)size;
}

static inline ByteSource memory_source(MemorySource *source)
{
    return (ByteSource){.read = memory_read, .context = source};
}

#endif
