/* Keys of a few numbers each, numbered as they come: what a second, smaller fold groups by. */
#ifndef KONTOR_INGEST_MONTH_ID_TABLE_H
#define KONTOR_INGEST_MONTH_ID_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct IdTable {
    uint32_t width; /* numbers a key */
    uint32_t count, capacity;
    uint32_t *keys;  /* count × width */
    uint32_t *slots; /* key number + 1; 0 is free */
    uint32_t slot_mask;
} IdTable;

void id_table_init(IdTable *table, uint32_t width);
void id_table_free(IdTable *table);

/* The number of a key, which is added when it is new (*fresh). */
uint32_t id_table_add(IdTable *table, const uint32_t *key, bool *fresh);

static inline const uint32_t *id_table_key(const IdTable *table, uint32_t number)
{
    return table->keys + (size_t)number * table->width;
}

/* Bytes of memory it holds. */
size_t id_table_memory(const IdTable *table);

/* `memory` with room for `count` elements, or the program ends: for arrays beside a table. */
void *id_table_grown(void *memory, size_t count, size_t size);

#endif
