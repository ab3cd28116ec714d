/* A small memory of answers: bytes by key, each good for some seconds, in bounded room. For what is
 * asked again and again and changes seldom. */
#ifndef KONTOR_BASE_MEMO_H
#define KONTOR_BASE_MEMO_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/buffer.h"

typedef struct Memo Memo;

/* Room for `slots` values of at most `value_max` bytes; a value is forgotten after `seconds`, or
 * when another key needs its slot. NULL when there is no memory. */
Memo *memo_new(size_t slots, size_t value_max, double seconds);
/* NULL is allowed. */
void memo_free(Memo *memo);

/* A copy of the value at `key` in `arena`, with a NUL behind it; false when there is none. From any
 * thread. */
bool memo_get(Memo *memo, Arena *arena, const char *key, char **value, size_t *length);

/* The same, with the value put behind what `out` holds. */
bool memo_append(Memo *memo, const char *key, Buffer *out);

/* Keeps a value; one that is too long, or for which there is no memory, is not kept. */
void memo_put(Memo *memo, const char *key, const char *value, size_t length);

#endif
