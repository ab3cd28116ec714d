/* Texts as small numbers: each distinct text once, 0 is the empty one. */
#ifndef KONTOR_INGEST_FOLD_DICTIONARY_H
#define KONTOR_INGEST_FOLD_DICTIONARY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/buffer.h"
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

/* Appends a text as a dictionary would store it: U+FFFD for NUL and broken UTF-8. */
void append_sound(Buffer *buffer, const char *bytes, uint32_t length);

/* Up to 16 bytes as two words; texts of one length that differ have different words. Longer ones
 * give their first and last 8 bytes. */
typedef struct Words {
    uint64_t low, high;
} Words;

static inline Words words_of(const char *bytes, size_t length)
{
    Words words = {0, 0};
    if (length >= 8) {
        memcpy(&words.low, bytes, 8);
        memcpy(&words.high, bytes + length - 8, 8);
    } else if (length >= 4) {
        memcpy(&words.low, bytes, 4);
        memcpy(&words.high, bytes + length - 4, 4);
    } else if (length > 0) {
        words.low = (unsigned char)bytes[0] | (uint64_t)(unsigned char)bytes[length / 2] << 8;
        words.high = (unsigned char)bytes[length - 1];
    }
    return words;
}

/* Most texts are short: no call for them. */
static inline bool bytes_equal(const char *left, size_t left_length, const char *right,
                               size_t right_length)
{
    if (left_length != right_length) {
        return false;
    }
    if (left_length > 16) {
        return memcmp(left, right, left_length) == 0;
    }
    Words a = words_of(left, left_length), b = words_of(right, right_length);
    return a.low == b.low && a.high == b.high;
}

/* A hash of bytes, good enough for tables. */
uint64_t hash_bytes(const void *bytes, size_t length);

#endif
