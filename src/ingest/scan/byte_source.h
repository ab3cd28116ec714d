/* Where a report's bytes come from: a file, standard input, an object of a bucket. */
#ifndef KONTOR_INGEST_SCAN_BYTE_SOURCE_H
#define KONTOR_INGEST_SCAN_BYTE_SOURCE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/error.h"

/* `read` returns up to `size` next bytes, 0 at the end, -1 with an Error on failure. */
typedef struct ByteSource {
    ssize_t (*read)(void *context, void *bytes, size_t size, Error *error);
    void *context;
    /* A descriptor of the whole file, where it is one that can be read at offsets, else -1. The
     * reads above go on as if nothing had been read by it. NULL: there never is one. */
    int (*file)(void *context);
    /* Is the work to end? Asked now and then by those who do not read. NULL: it never is. */
    bool (*cancelled)(void *context, Error *error);
} ByteSource;

#endif
