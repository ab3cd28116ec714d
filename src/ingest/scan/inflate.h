/* A report's bytes, unpacked: gzip (any number of members), zstd (any number of frames), zip or
 * plain, told by its first bytes. */
#ifndef KONTOR_INGEST_SCAN_INFLATE_H
#define KONTOR_INGEST_SCAN_INFLATE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/error.h"
#include "ingest/scan/byte_source.h"
#include "ingest/scan/gzip_members.h"

typedef struct Inflate Inflate;

/* `source` must outlive it. `bytes_read` (may be NULL) counts what came from the source. */
Inflate *inflate_new(const ByteSource *source, _Atomic uint64_t *bytes_read);
void inflate_free(Inflate *inflate);

/* The next unpacked bytes, at most `size`; 0 at the end; -1 with ERROR_DATA for what is damaged or
 * truncated (checksums and lengths are checked), or the source's own error. A zip ends after each
 * of its files: inflate_next goes on. */
ssize_t inflate_read(Inflate *inflate, void *bytes, size_t size, Error *error);

/* Is it a Parquet file, which inflate_read gives as it is? False on failure. */
bool inflate_is_parquet(Inflate *inflate, bool *parquet, Error *error);

/* Behind the end: is there another file, as in a zip of several? Then inflate_read gives it. -1 on
 * failure, 0 for none, 1 for one. */
int inflate_next(Inflate *inflate, Error *error);

/* Whole members of a gzip, as they came, for a thread to inflate beside others. */
typedef struct InflatePiece {
    uint8_t *bytes;
    size_t length, capacity;
    size_t text; /* bytes that they make, by what they say */
} InflatePiece;

/* Is inflate_read to end, with 0, behind each member of a gzip too, before it has read anything of
 * the next? There inflate_take may take some. */
void inflate_stop_at_members(Inflate *inflate, bool stop);

/* Is it there? Not where inflate_take has found that the next can't be taken. */
bool inflate_between_members(const Inflate *inflate);

/* Takes the next members within `limits`. 0: where they end can't be told, or there are none;
 * inflate_read goes on with them. -1 on failure. piece->bytes is grown, and the caller's to free.
 */
int inflate_take(Inflate *inflate, const GzipLimits *limits, InflatePiece *piece, Error *error);

/* Gives a piece back, the last one taken first, so that inflate_read begins with it. */
void inflate_give_back(Inflate *inflate, const InflatePiece *piece);

/* The name that the current file has in its zip; NULL when it is in none. */
const char *inflate_member(const Inflate *inflate);

#endif
