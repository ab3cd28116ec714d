/* What was made of a cell's text, kept for the lines that have the same text: within a bound. */
#ifndef KONTOR_INGEST_FOLD_CELL_CACHE_H
#define KONTOR_INGEST_FOLD_CELL_CACHE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"

typedef struct CellCache CellCache;

/* Values of `value_size` bytes. When texts and values come to have more than `limit` bytes, all are
 * forgotten. It is freed with `arena`. */
CellCache *cell_cache_new(Arena *arena, size_t value_size, size_t limit);

/* The value of a text, zeroed when it is new (*fresh). It, and what it points to in
 * cell_cache_arena, is valid until the next call. */
void *cell_cache_find(CellCache *cache, const char *bytes, uint32_t length, bool *fresh);

/* For what values point to: emptied with the cache. */
Arena *cell_cache_arena(CellCache *cache);

/* How often all was forgotten. */
uint64_t cell_cache_emptied(const CellCache *cache);

#endif
