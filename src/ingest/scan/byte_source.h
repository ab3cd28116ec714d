/* Where a report's bytes come from: a file, standard input, an object of a bucket. */
#ifndef KONTOR_INGEST_SCAN_BYTE_SOURCE_H
#define KONTOR_INGEST_SCAN_BYTE_SOURCE_H

#include <stddef.h>
#include <sys/types.h>

#include "base/error.h"

/* `read` returns up to `size` next bytes, 0 at the end, -1 with an Error on failure. */
typedef struct ByteSource {
    ssize_t (*read)(void *context, void *bytes, size_t size, Error *error);
    void *context;
} ByteSource;

#endif
