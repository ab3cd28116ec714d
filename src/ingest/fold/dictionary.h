/* Texts as small numbers: each distinct text once, 0 is the empty one. */
#ifndef KONTOR_INGEST_FOLD_DICTIONARY_H
#define KONTOR_INGEST_FOLD_DICTIONARY_H

#include <stddef.h>
#include <stdint.h>

#include "ingest/fold/fold.h"

typedef struct Dictionary Dictionary;

Dictionary *dictionary_new(void);
void dictionary_free(Dictionary *dictionary);

/* The number of a text, which is added when it is new. Bytes that no database takes as text (NUL,
 * broken UTF-8) are stored as U+FFFD. */
uint32_t dictionary_add(Dictionary *dictionary, const char *bytes, uint32_t length);

/* The same for bytes that are no text, such as packed numbers: they are stored as they are. */
uint32_t dictionary_add_raw(Dictionary *dictionary, const char *bytes, uint32_t length);

/* The text of a number; valid until the dictionary is freed. */
FoldText dictionary_text(const Dictionary *dictionary, uint32_t id);

uint32_t dictionary_count(const Dictionary *dictionary);

/* Bytes of memory it holds. */
size_t dictionary_memory(const Dictionary *dictionary);

/* A hash of bytes, good enough for tables. */
uint64_t hash_bytes(const void *bytes, size_t length);

#endif
