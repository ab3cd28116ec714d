#include "reports/row_index.h"

#include <stdlib.h>
#include <string.h>

enum { FIRST_SLOTS = 256 };

struct RowIndex {
    Arena *arena;
    int group_count;
    bool by_bucket;
    int *slots; /* the row's number + 1; 0 is free */
    size_t mask;
    int count;
};

static int *new_slots(Arena *arena, size_t count)
{
    return arena_array(arena, count, sizeof(int));
}

RowIndex *row_index_new(Arena *arena, int group_count, bool by_bucket)
{
    RowIndex *index = arena_alloc(arena, sizeof *index);
    *index = (RowIndex){.arena = arena, .group_count = group_count, .by_bucket = by_bucket};
    index->slots = new_slots(arena, FIRST_SLOTS);
    index->mask = FIRST_SLOTS - 1;
    return index;
}

static size_t hash_of(const RowIndex *index, const ReportRow *row)
{
    uint64_t hash = index->by_bucket ? (uint32_t)row->bucket + 1u : 1u;
    for (int i = 0; i < index->group_count; i++) {
        hash = (hash ^ (uintptr_t)row->groups[i]) * 0x9e3779b97f4a7c15u;
        hash ^= hash >> 32;
    }
    return hash * 0x9e3779b97f4a7c15u >> 32;
}

static bool alike(const RowIndex *index, const ReportRow *a, const ReportRow *b)
{
    bool same = !index->by_bucket || a->bucket == b->bucket;
    for (int i = 0; i < index->group_count && same; i++) {
        same = a->groups[i] == b->groups[i];
    }
    return same;
}

static void grow(RowIndex *index, const ReportRow *rows)
{
    size_t mask = index->mask * 4 + 3;
    int *slots = new_slots(index->arena, mask + 1);
    for (int i = 0; i < index->count; i++) {
        size_t slot = hash_of(index, &rows[i]) & mask;
        while (slots[slot] != 0) {
            slot = (slot + 1) & mask;
        }
        slots[slot] = i + 1;
    }
    index->slots = slots;
    index->mask = mask;
}

int row_index_find(RowIndex *index, const ReportRow *rows, const ReportRow *like)
{
    if ((size_t)index->count * 2 > index->mask) {
        grow(index, rows);
    }
    size_t slot = hash_of(index, like) & index->mask;
    while (index->slots[slot] != 0 && !alike(index, &rows[index->slots[slot] - 1], like)) {
        slot = (slot + 1) & index->mask;
    }
    if (index->slots[slot] == 0) {
        index->slots[slot] = ++index->count;
    }
    return index->slots[slot] - 1;
}

int row_index_count(const RowIndex *index)
{
    return index->count;
}
