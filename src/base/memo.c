#include "base/memo.h"

#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/date.h"

typedef struct Slot {
    char *key; /* NULL: empty; the value stands behind its NUL */
    size_t length;
    double until;
} Slot;

struct Memo {
    pthread_mutex_t lock;
    size_t slots, value_max;
    double seconds;
    Slot slot[];
};

Memo *memo_new(size_t slots, size_t value_max, double seconds)
{
    Memo *memo = calloc(1, sizeof *memo + slots * sizeof *memo->slot);
    if (memo != NULL) {
        memo->slots = slots;
        memo->value_max = value_max;
        memo->seconds = seconds;
        pthread_mutex_init(&memo->lock, NULL);
    }
    return memo;
}

void memo_free(Memo *memo)
{
    if (memo == NULL) {
        return;
    }
    for (size_t i = 0; i < memo->slots; i++) {
        free(memo->slot[i].key);
    }
    pthread_mutex_destroy(&memo->lock);
    free(memo);
}

/* FNV-1a. */
static Slot *slot_of(Memo *memo, const char *key)
{
    uint64_t hash = 0xcbf29ce484222325u;
    for (; *key != '\0'; key++) {
        hash = (hash ^ (unsigned char)*key) * 0x100000001b3u;
    }
    return &memo->slot[hash % memo->slots];
}

/* With the lock held; NULL when there is none, or it is too old. */
static const Slot *find(Memo *memo, const char *key)
{
    const Slot *slot = slot_of(memo, key);
    bool found =
        slot->key != NULL && slot->until > clock_monotonic() && strcmp(slot->key, key) == 0;
    return found ? slot : NULL;
}

bool memo_append(Memo *memo, const char *key, Buffer *out)
{
    pthread_mutex_lock(&memo->lock);
    const Slot *slot = find(memo, key);
    if (slot != NULL) {
        buffer_append(out, slot->key + strlen(slot->key) + 1, slot->length);
    }
    pthread_mutex_unlock(&memo->lock);
    return slot != NULL;
}

bool memo_get(Memo *memo, Arena *arena, const char *key, char **value, size_t *length)
{
    pthread_mutex_lock(&memo->lock);
    const Slot *slot = find(memo, key);
    if (slot != NULL) {
        *length = slot->length;
        *value = arena_alloc(arena, slot->length + 1);
        memcpy(*value, slot->key + strlen(slot->key) + 1, slot->length);
        (*value)[slot->length] = '\0';
    }
    pthread_mutex_unlock(&memo->lock);
    return slot != NULL;
}

void memo_put(Memo *memo, const char *key, const char *value, size_t length)
{
    size_t key_size = strlen(key) + 1;
    char *copy = length <= memo->value_max ? malloc(key_size + length) : NULL;
    if (copy == NULL) {
        return;
    }
    memcpy(copy, key, key_size);
    memcpy(copy + key_size, value, length);
    double until = clock_monotonic() + memo->seconds;
    pthread_mutex_lock(&memo->lock);
    Slot *slot = slot_of(memo, key);
    char *former = slot->key;
    *slot = (Slot){copy, length, until};
    pthread_mutex_unlock(&memo->lock);
    free(former);
}
