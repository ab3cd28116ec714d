/* gzip, made in memory. */
#ifndef KONTOR_BASE_GZIP_H
#define KONTOR_BASE_GZIP_H

#include "base/buffer.h"

/* The bytes as one gzip member, the same for the same bytes; less than 4 GiB. */
Buffer *gzip_compress(Arena *arena, const char *bytes, size_t length);

#endif
