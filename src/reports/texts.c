#include "reports/texts.h"

#include <string.h>

#include "ingest/fold/dictionary.h"

enum { FIRST_SLOTS = 64 };

typedef struct Text {
    const char *bytes; /* NULL: a free slot */
    size_t length;
    uint64_t hash;
} Text;

struct Texts {
    Arena *arena;
    Text *slots;
    size_t mask;
    size_t count;
};

Texts *texts_new(Arena *arena)
{
    Texts *texts = arena_alloc(arena, sizeof *texts);
    texts->arena = arena;
    texts->slots = arena_array(arena, FIRST_SLOTS, sizeof *texts->slots);
    texts->mask = FIRST_SLOTS - 1;
    return texts;
}

static void grow(Texts *texts)
{
    size_t mask = texts->mask * 2 + 1;
    Text *slots = arena_array(texts->arena, mask + 1, sizeof *slots);
    for (size_t i = 0; i <= texts->mask; i++) {
        size_t slot = texts->slots[i].hash & mask;
        while (slots[slot].bytes != NULL) {
            slot = (slot + 1) & mask;
        }
        if (texts->slots[i].bytes != NULL) {
            slots[slot] = texts->slots[i];
        }
    }
    texts->slots = slots;
    texts->mask = mask;
}

const char *texts_keep(Texts *texts, const char *bytes, size_t length)
{
    uint64_t hash = hash_bytes(bytes, length);
    size_t slot = hash & texts->mask;
    while (texts->slots[slot].bytes != NULL &&
           (texts->slots[slot].hash != hash ||
            !bytes_equal(texts->slots[slot].bytes, texts->slots[slot].length, bytes, length))) {
        slot = (slot + 1) & texts->mask;
    }
    if (texts->slots[slot].bytes != NULL) {
        return texts->slots[slot].bytes;
    }
    const char *kept = arena_strndup(texts->arena, bytes, length);
    texts->slots[slot] = (Text){kept, length, hash};
    if (++texts->count * 2 > texts->mask) {
        grow(texts);
    }
    return kept;
}
