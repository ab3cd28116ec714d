/* Answers that were given already, in bounded memory: what was not asked for longest goes first.
 * Any thread may ask. */
#ifndef KONTOR_COST_API_ANSWER_CACHE_H
#define KONTOR_COST_API_ANSWER_CACHE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"

enum { ANSWER_ETAG_SIZE = 40 };

typedef struct KeptAnswer {
    const char *content_type;
    const char *encoding; /* "gzip"; NULL: the body is as it reads */
    char *body;           /* malloc'ed */
    size_t length;
    char etag[ANSWER_ETAG_SIZE]; /* strong, with its quotes */
} KeptAnswer;

typedef struct AnswerCache AnswerCache;

/* A cache of at most `bytes`, keys and its own needs included. */
AnswerCache *answer_cache_new(size_t bytes);
/* NULL is allowed. */
void answer_cache_free(AnswerCache *cache);

/* The answer kept at `key`; it stays valid as long as `arena`, even when it is forgotten meanwhile.
 * NULL when there is none. */
const KeptAnswer *answer_cache_get(AnswerCache *cache, Arena *arena, const char *key);

/* Keeps an answer and takes over its body; one that takes more than half of the room is not kept.
 * Either way it is given back as answer_cache_get does. `encoding` must outlive the cache. */
const KeptAnswer *answer_cache_put(AnswerCache *cache, Arena *arena, const char *key,
                                   const KeptAnswer *answer);

/* Makes an answer that was given valid until answer_cache_release, whatever becomes of its arena.
 */
void answer_cache_hold(const KeptAnswer *answer);
void answer_cache_release(const KeptAnswer *answer);

/* Bytes in use. */
size_t answer_cache_size(AnswerCache *cache);

#endif
