#include "cost_api/answer_cache.h"

#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { SLOTS = 4096, LARGEST_PART = 2 };

typedef struct Entry {
    KeptAnswer answer;
    struct Entry *next;          /* of the same slot */
    struct Entry *newer, *older; /* by when it was asked for */
    AnswerCache *cache;
    size_t size;
    uint64_t hash;
    int users;   /* the cache itself, and requests that still read it */
    char text[]; /* the key and the content type, each with a NUL */
} Entry;

struct AnswerCache {
    pthread_mutex_t lock;
    size_t most, size;
    Entry *slots[SLOTS];
    Entry *newest, *oldest;
};

/* FNV-1a. */
static uint64_t hash_of(const char *key)
{
    uint64_t hash = 14695981039346656037u;
    for (; *key != '\0'; key++) {
        hash = (hash ^ (unsigned char)*key) * 1099511628211u;
    }
    return hash;
}

AnswerCache *answer_cache_new(size_t bytes)
{
    AnswerCache *cache = calloc(1, sizeof *cache);
    if (cache == NULL) {
        abort();
    }
    pthread_mutex_init(&cache->lock, NULL);
    cache->most = bytes;
    return cache;
}

/* With the lock held, unless nobody else knows the cache any more. */
static void drop_user(Entry *entry)
{
    if (--entry->users == 0) {
        free(entry->answer.body);
        free(entry);
    }
}

static void unlink_age(AnswerCache *cache, Entry *entry)
{
    *(entry->newer != NULL ? &entry->newer->older : &cache->newest) = entry->older;
    *(entry->older != NULL ? &entry->older->newer : &cache->oldest) = entry->newer;
    entry->newer = entry->older = NULL;
}

static void link_newest(AnswerCache *cache, Entry *entry)
{
    entry->older = cache->newest;
    *(cache->newest != NULL ? &cache->newest->newer : &cache->oldest) = entry;
    cache->newest = entry;
}

static void forget(AnswerCache *cache, Entry *entry)
{
    Entry **at = &cache->slots[entry->hash % SLOTS];
    while (*at != entry) {
        at = &(*at)->next;
    }
    *at = entry->next;
    unlink_age(cache, entry);
    cache->size -= entry->size;
    drop_user(entry);
}

void answer_cache_free(AnswerCache *cache)
{
    if (cache == NULL) {
        return;
    }
    while (cache->oldest != NULL) {
        forget(cache, cache->oldest);
    }
    pthread_mutex_destroy(&cache->lock);
    free(cache);
}

static void give_back(void *object)
{
    Entry *entry = object;
    AnswerCache *cache = entry->cache;
    pthread_mutex_lock(&cache->lock);
    drop_user(entry);
    pthread_mutex_unlock(&cache->lock);
}

static Entry *find(AnswerCache *cache, const char *key, uint64_t hash)
{
    Entry *entry = cache->slots[hash % SLOTS];
    while (entry != NULL && (entry->hash != hash || strcmp(entry->text, key) != 0)) {
        entry = entry->next;
    }
    return entry;
}

const KeptAnswer *answer_cache_get(AnswerCache *cache, Arena *arena, const char *key)
{
    uint64_t hash = hash_of(key);
    pthread_mutex_lock(&cache->lock);
    Entry *entry = find(cache, key, hash);
    if (entry != NULL) {
        entry->users++;
        unlink_age(cache, entry);
        link_newest(cache, entry);
    }
    pthread_mutex_unlock(&cache->lock);
    if (entry == NULL) {
        return NULL;
    }
    arena_on_free(arena, give_back, entry);
    return &entry->answer;
}

static Entry *new_entry(AnswerCache *cache, const char *key, const KeptAnswer *answer)
{
    size_t key_size = strlen(key) + 1, type_size = strlen(answer->content_type) + 1;
    Entry *entry = calloc(1, sizeof *entry + key_size + type_size);
    if (entry == NULL) {
        abort();
    }
    char *type = entry->text + key_size;
    memcpy(entry->text, key, key_size);
    memcpy(type, answer->content_type, type_size);
    entry->answer = *answer;
    entry->answer.content_type = type;
    entry->cache = cache;
    entry->size = sizeof *entry + key_size + type_size + answer->length;
    entry->hash = hash_of(key);
    return entry;
}

/* With the lock held. */
static void keep(AnswerCache *cache, Entry *entry, const char *key)
{
    Entry *former = find(cache, key, entry->hash);
    if (former != NULL) {
        forget(cache, former);
    }
    while (cache->oldest != NULL && cache->size + entry->size > cache->most) {
        forget(cache, cache->oldest);
    }
    entry->users++;
    entry->next = cache->slots[entry->hash % SLOTS];
    cache->slots[entry->hash % SLOTS] = entry;
    link_newest(cache, entry);
    cache->size += entry->size;
}

const KeptAnswer *answer_cache_put(AnswerCache *cache, Arena *arena, const char *key,
                                   const KeptAnswer *answer)
{
    Entry *entry = new_entry(cache, key, answer);
    pthread_mutex_lock(&cache->lock);
    entry->users++;
    if (entry->size <= cache->most / LARGEST_PART) {
        keep(cache, entry, key);
    }
    pthread_mutex_unlock(&cache->lock);
    arena_on_free(arena, give_back, entry);
    return &entry->answer;
}

void answer_cache_hold(const KeptAnswer *answer)
{
    Entry *entry = (Entry *)answer; /* its first member */
    pthread_mutex_lock(&entry->cache->lock);
    entry->users++;
    pthread_mutex_unlock(&entry->cache->lock);
}

void answer_cache_release(const KeptAnswer *answer)
{
    give_back((Entry *)answer);
}

size_t answer_cache_size(AnswerCache *cache)
{
    pthread_mutex_lock(&cache->lock);
    size_t size = cache->size;
    pthread_mutex_unlock(&cache->lock);
    return size;
}
