/* Members of a gzip that can be inflated apart: where they end, found without inflating them. */
#ifndef KONTOR_INGEST_SCAN_GZIP_MEMBERS_H
#define KONTOR_INGEST_SCAN_GZIP_MEMBERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Bounds of what is taken at once, in bytes. */
typedef struct GzipLimits {
    size_t wanted; /* packed: enough, more is not looked for */
    size_t packed; /* at most, */
    size_t text;   /* unpacked, as the members say */
} GzipLimits;

/* The first members of bytes[0..length). */
typedef struct GzipCut {
    size_t end;  /* behind them; 0: where the first ends can't be told */
    size_t text; /* bytes unpacked, as they say */
} GzipCut;

/* Looks for the end of some members; bytes[0] begins one, and where `last` the bytes are all that
 * is left. Of a blocked gzip (bgzip) each member says how long it is (SAM specification, "The BGZF
 * compression format"); of others (RFC 1952) it is a guess: what looks like the header of the next,
 * behind what may be a length. gzip_inflate_members tells whether it was right. */
GzipCut gzip_find_cut(const uint8_t *bytes, size_t length, bool last, const GzipLimits *limits);

/* Inflates bytes[0..length), which must be whole members that make exactly `size` bytes of text.
 * False when they are not: damaged, or wrongly cut. Checksums and lengths are checked. */
bool gzip_inflate_members(const uint8_t *bytes, size_t length, char *text, size_t size);

#endif
