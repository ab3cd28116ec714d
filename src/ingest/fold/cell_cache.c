#include "ingest/fold/cell_cache.h"

#include <stdlib.h>
#include <string.h>

#include "ingest/fold/dictionary.h"

struct CellCache {
    Arena *arena;
    Dictionary *texts;
    char *values; /* by the number of the text */
    size_t value_size, limit;
    uint32_t capacity;
    uint64_t emptied;
};

static void clean_up(void *object)
{
    CellCache *cache = object;
    dictionary_free(cache->texts);
    free(cache->values);
    arena_free(cache->arena);
}

CellCache *cell_cache_new(Arena *arena, size_t value_size, size_t limit)
{
    CellCache *cache = arena_alloc(arena, sizeof *cache);
    *cache = (CellCache){
        .arena = arena_new(), .texts = dictionary_new(), .value_size = value_size, .limit = limit};
    arena_on_free(arena, clean_up, cache);
    return cache;
}

Arena *cell_cache_arena(CellCache *cache)
{
    return cache->arena;
}

uint64_t cell_cache_emptied(const CellCache *cache)
{
    return cache->emptied;
}

static void forget_if_full(CellCache *cache)
{
    size_t values = (size_t)cache->capacity * cache->value_size;
    if (dictionary_memory(cache->texts) + values + arena_used(cache->arena) > cache->limit) {
        dictionary_free(cache->texts);
        cache->texts = dictionary_new();
        arena_reset(cache->arena);
        free(cache->values);
        cache->values = NULL;
        cache->capacity = 0;
        cache->emptied++;
    }
}

static void make_room(CellCache *cache, uint32_t number)
{
    if (number >= cache->capacity) {
        cache->capacity = number * 2 + 64;
        cache->values = realloc(cache->values, (size_t)cache->capacity * cache->value_size);
        if (cache->values == NULL) {
            abort();
        }
    }
}

void *cell_cache_find(CellCache *cache, const char *bytes, uint32_t length, bool *fresh)
{
    uint32_t known = dictionary_count(cache->texts);
    uint32_t number = dictionary_add_raw(cache->texts, bytes, length);
    *fresh = number == known;
    if (*fresh && number % 64 == 0) { /* not at every text: it is a sum of several parts */
        forget_if_full(cache);
        number = dictionary_add_raw(cache->texts, bytes, length);
    }
    make_room(cache, number);
    char *value = cache->values + (size_t)number * cache->value_size;
    if (*fresh) {
        memset(value, 0, cache->value_size);
    }
    return value;
}
