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
    /* Mostly there is room already. */
    size_t room = buffer->capacity - buffer->length;
    int length = vsnprintf(buffer->data + buffer->length, room, format, arguments);
    if (length > 0 && (size_t)length >= room) {
        char *end = buffer_reserve(buffer, (size_t)length);
        vsnprintf(end, (size_t)length + 1, format, again);
    }
    buffer_grew(buffer, length > 0 ? (size_t)length : 0);
    va_end(again);
}

void buffer_printf(Buffer *buffer, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    buffer_vprintf(buffer, format, arguments);
    va_end(arguments);
}

char *buffer_detach(Buffer *buffer)
{
    char *bytes = buffer->data;
    buffer->data = NULL;
    buffer->length = buffer->capacity = 0;
    return bytes;
}

void buffer_clear(Buffer *buffer)
{
    buffer->length = 0;
    buffer->data[0] = '\0';
}

size_t utf8_sequence_length(const char *bytes, size_t left)
{
    const unsigned char *text = (const unsigned char *)bytes;
    size_t length = text[0] < 0x80   ? 1
                    : text[0] < 0xc2 ? 0
                    : text[0] < 0xe0 ? 2
                    : text[0] < 0xf0 ? 3
                    : text[0] < 0xf5 ? 4
                                     : 0;
    if (length > left) {
        return 0;
    }
    for (size_t i = 1; i < length; i++) {
        if ((text[i] & 0xc0) != 0x80) {
            return 0;
        }
    }
    /* Overlong forms, surrogates and what lies above U+10FFFF. */
    if ((text[0] == 0xe0 && text[1] < 0xa0) || (text[0] == 0xed && text[1] > 0x9f) ||
        (text[0] == 0xf0 && text[1] < 0x90) || (text[0] == 0xf4 && text[1] > 0x8f)) {
        return 0;
    }
    return length;
}
