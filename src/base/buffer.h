/* A growing run of bytes in an arena: bodies, messages, SQL texts. */
#ifndef KONTOR_BASE_BUFFER_H
#define KONTOR_BASE_BUFFER_H

#include <stdarg.h>
#include <stddef.h>

#include "base/arena.h"

/* `data` is always NUL-terminated (NUL not counted in `length`) and may move when it grows.
 * The bytes are malloc'ed, so that a growing buffer does not fill the arena with its past. */
typedef struct Buffer {
    char *data;
    size_t length;
    size_t capacity;
} Buffer;

/* An empty buffer whose bytes go with `arena`. */
Buffer *buffer_new(Arena *arena);

/* They append, and abort the program when memory is short. */
void buffer_append(Buffer *buffer, const char *bytes, size_t length);
void buffer_append_text(Buffer *buffer, const char *text);
void buffer_append_char(Buffer *buffer, char byte);
void buffer_printf(Buffer *buffer, const char *format, ...) __attribute__((format(printf, 2, 3)));
void buffer_vprintf(Buffer *buffer, const char *format, va_list arguments)
    __attribute__((format(printf, 2, 0)));

/* Makes room for `extra` more bytes and returns where they go; the caller then adds to length
 * with buffer_grew. */
char *buffer_reserve(Buffer *buffer, size_t extra);
void buffer_grew(Buffer *buffer, size_t extra);

/* The bytes, which the caller frees with free(); the buffer is not to be used any more. */
char *buffer_detach(Buffer *buffer);

/* Empties it, keeping the memory. */
void buffer_clear(Buffer *buffer);

/* The length of the valid UTF-8 sequence at `bytes` (of which `left` are there), or 0. */
size_t utf8_sequence_length(const char *bytes, size_t left);

#endif
