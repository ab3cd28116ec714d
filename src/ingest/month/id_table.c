#include "ingest/month/id_table.h"

#include <stdlib.h>
#include <string.h>

enum { FIRST_SLOTS = 256 };

void *id_table_grown(void *memory, size_t count, size_t size)
{
    memory = realloc(memory, count * size);
    if (memory == NULL) {
        abort();
    }
    return memory;
}

static void make_slots(IdTable *table, uint32_t size)
{
    free(table->slots);
    table->slots = calloc(size, sizeof *table->slots);
    if (table->slots == NULL) {
        abort();
    }
    table->slot_mask = size - 1;
}

void id_table_init(IdTable *table, uint32_t width)
{
    *table = (IdTable){.width = width};
    make_slots(table, FIRST_SLOTS);
}

void id_table_free(IdTable *table)
{
    free(table->keys);
    free(table->slots);
    *table = (IdTable){0};
}

static uint32_t hash_key(const uint32_t *key, uint32_t width)
{
    uint64_t hash = 0;
    for (uint32_t i = 0; i < width; i++) {
        hash = (hash ^ key[i]) * 0x9e3779b97f4a7c15ULL;
        hash ^= hash >> 29;
    }
    return (uint32_t)hash;
}

static void grow_slots(IdTable *table)
{
    make_slots(table, (table->slot_mask + 1) * 2);
    for (uint32_t i = 0; i < table->count; i++) {
        uint32_t slot = hash_key(id_table_key(table, i), table->width) & table->slot_mask;
        while (table->slots[slot] != 0) {
            slot = (slot + 1) & table->slot_mask;
        }
        table->slots[slot] = i + 1;
    }
}

uint32_t id_table_add(IdTable *table, const uint32_t *key, bool *fresh)
{
    size_t size = table->width * sizeof *key;
    uint32_t slot = hash_key(key, table->width) & table->slot_mask;
    for (; table->slots[slot] != 0; slot = (slot + 1) & table->slot_mask) {
        if (memcmp(id_table_key(table, table->slots[slot] - 1), key, size) == 0) {
            *fresh = false;
            return table->slots[slot] - 1;
        }
    }
    if (table->count == table->capacity) {
        table->capacity = table->capacity == 0 ? FIRST_SLOTS : table->capacity * 2;
        table->keys = id_table_grown(table->keys, table->capacity, size);
    }
    memcpy(table->keys + (size_t)table->count * table->width, key, size);
    table->slots[slot] = ++table->count;
    if (table->count * 2 > table->slot_mask) {
        grow_slots(table);
    }
    *fresh = true;
    return table->count - 1;
}

size_t id_table_memory(const IdTable *table)
{
    return (size_t)table->capacity * table->width * sizeof *table->keys +
           ((size_t)table->slot_mask + 1) * sizeof *table->slots;
}
