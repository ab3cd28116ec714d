#include "base/buffer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void free_bytes(void *object)
{
    free(((Buffer *)object)->data);
}

Buffer *buffer_new(Arena *arena)
{
    Buffer *buffer = arena_alloc(arena, sizeof *buffer);
    buffer_reserve(buffer, 0);
    arena_on_free(arena, free_bytes, buffer);
    return buffer;
}

char *buffer_reserve(Buffer *buffer, size_t extra)
{
    size_t wanted = buffer->length + extra + 1;
    if (wanted > buffer->capacity) {
        size_t capacity = buffer->capacity < 128 ? 128 : buffer->capacity * 2;
        capacity = capacity < wanted ? wanted : capacity;
        char *data = realloc(buffer->data, capacity);
        if (data == NULL) {
            fprintf(stderr, "kontor: out of memory (%zu bytes wanted)\n", capacity);
            abort();
        }
        buffer->data = data;
        buffer->capacity = capacity;
        buffer->data[buffer->length] = '\0';
    }
    return buffer->data + buffer->length;
}

void buffer_grew(Buffer *buffer, size_t extra)
{
    buffer->length += extra;
    buffer->data[buffer->length] = '\0';
}

void buffer_append(Buffer *buffer, const char *bytes, size_t length)
{
    if (length > 0) {
        memcpy(buffer_reserve(buffer, length), bytes, length);
        buffer_grew(buffer, length);
    }
}

void buffer_append_text(Buffer *buffer, const char *text)
{
    buffer_append(buffer, text, strlen(text));
}

void buffer_append_char(Buffer *buffer, char byte)
{
    buffer_append(buffer, &byte, 1);
}

void buffer_vprintf(Buffer *buffer, const char *format, va_list arguments)
{
    va_list again;
    va_copy(again, arguments);
    int length = vsnprintf(NULL, 0, format, arguments);
    if (length > 0) {
        char *end = buffer_reserve(buffer, (size_t)length);
        vsnprintf(end, (size_t)length + 1, format, again);
        buffer_grew(buffer, (size_t)length);
    }
    va_end(again);
}

void buffer_printf(Buffer *buffer, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    buffer_vprintf(buffer, format, arguments);
    va_end(arguments);
}

void buffer_clear(Buffer *buffer)
{
    buffer->length = 0;
    buffer->data[0] = '\0';
}
