/* Texts of rows, each kept once: equal ones have one address, and are compared by it. */
#ifndef KONTOR_REPORTS_TEXTS_H
#define KONTOR_REPORTS_TEXTS_H

#include <stddef.h>

#include "base/arena.h"

typedef struct Texts Texts;

/* An empty set, in `arena`. */
Texts *texts_new(Arena *arena);

/* The text that is kept for these bytes, with a NUL behind it. */
const char *texts_keep(Texts *texts, const char *bytes, size_t length);

#endif
