#include "ingest/fold/cell_cache.h"

#include <stdlib.h>
#include <string.h>

#include "ingest/fold/dictionary.h"

enum { FIRST_SLOTS = 64, LOOK_EVERY = 64 };

/* A text: its value and then its bytes stand together, for both are mostly far from the cache. */
typedef struct Slot {
    uint32_t hash, length;
    char *value; /* NULL: free */
} Slot;

struct CellCache {
    Arena *arena; /* of values, texts, and what values point to */
    Slot *slots;
    uint32_t slot_mask, count;
    size_t value_size, limit;
    uint64_t emptied;
};

static void make_slots(CellCache *cache, uint32_t count)
{
    free(cache->slots);
    cache->slots = calloc(count, sizeof *cache->slots);
    if (cache->slots == NULL) {
        abort();
    }
    cache->slot_mask = count - 1;
}

static void clean_up(void *object)
{
    CellCache *cache = object;
    free(cache->slots);
    arena_free(cache->arena);
}

CellCache *cell_cache_new(Arena *arena, size_t value_size, size_t limit)
{
    CellCache *cache = arena_alloc(arena, sizeof *cache);
    *cache = (CellCache){.arena = arena_new(), .value_size = value_size, .limit = limit};
    make_slots(cache, FIRST_SLOTS);
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

static Slot *free_slot(const CellCache *cache, uint32_t hash)
{
    uint32_t slot = hash & cache->slot_mask;
    while (cache->slots[slot].value != NULL) {
        slot = (slot + 1) & cache->slot_mask;
    }
    return &cache->slots[slot];
}

static void grow(CellCache *cache)
{
    Slot *former = cache->slots;
    uint32_t count = cache->slot_mask + 1;
    cache->slots = NULL;
    make_slots(cache, count * 2);
    for (Slot *slot = former; slot < former + count; slot++) {
        if (slot->value != NULL) {
            *free_slot(cache, slot->hash) = *slot;
        }
    }
    free(former);
}

static void forget_if_full(CellCache *cache)
{
    size_t slots = (cache->slot_mask + 1) * sizeof *cache->slots;
    if (slots + arena_used(cache->arena) > cache->limit) {
        arena_reset(cache->arena);
        make_slots(cache, FIRST_SLOTS);
        cache->count = 0;
        cache->emptied++;
    }
}

static void *add(CellCache *cache, const char *bytes, uint32_t length, uint32_t hash)
{
    if (cache->count % LOOK_EVERY == 0) { /* not at every text: it is a sum of several parts */
        forget_if_full(cache);
    }
    char *value = arena_alloc(cache->arena, cache->value_size + length);
    memcpy(value + cache->value_size, bytes, length);
    *free_slot(cache, hash) = (Slot){hash, length, value};
    if (++cache->count * 2 > cache->slot_mask) {
        grow(cache);
    }
    return value;
}

void *cell_cache_find(CellCache *cache, const char *bytes, uint32_t length, bool *fresh)
{
    uint32_t hash = (uint32_t)hash_bytes(bytes, length);
    const Slot *slot = &cache->slots[hash & cache->slot_mask];
    *fresh = false;
    while (slot->value != NULL) {
        if (slot->hash == hash && slot->length == length &&
            memcmp(slot->value + cache->value_size, bytes, length) == 0) {
            return slot->value;
        }
        slot = slot == cache->slots + cache->slot_mask ? cache->slots : slot + 1;
    }
    *fresh = true;
    return add(cache, bytes, length, hash);
}
