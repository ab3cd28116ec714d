/* A report's bytes, inflated: gzip (any number of members) or plain, told by its first bytes. */
#ifndef KONTOR_INGEST_SCAN_INFLATE_H
#define KONTOR_INGEST_SCAN_INFLATE_H

#include <stdatomic.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/error.h"
#include "ingest/scan/byte_source.h"

typedef struct Inflate Inflate;

/* `source` must outlive it. `bytes_read` (may be NULL) counts what came from the source. */
Inflate *inflate_new(const ByteSource *source, _Atomic uint64_t *bytes_read);
void inflate_free(Inflate *inflate);

/* The next inflated bytes, at most `size`; 0 at the end; -1 with ERROR_DATA for a damaged or
 * truncated gzip (CRC and length are checked), or the source's own error. */
ssize_t inflate_read(Inflate *inflate, void *bytes, size_t size, Error *error);

#endif
