/* Memory that is freed all at once: one arena a request, one a job. */
#ifndef KONTOR_BASE_ARENA_H
#define KONTOR_BASE_ARENA_H

#include <stdarg.h>
#include <stddef.h>

typedef struct Arena Arena;

/* A new, empty arena. Never NULL: the program ends with a message when memory runs out. */
Arena *arena_new(void);

/* Runs the clean-ups (last registered first) and frees everything. NULL is allowed. */
void arena_free(Arena *arena);

/* As arena_free, but the arena stays usable and keeps one block for what comes next. */
void arena_reset(Arena *arena);

/* `size` zeroed bytes, aligned for any type, valid until the arena is reset or freed. */
void *arena_alloc(Arena *arena, size_t size);

/* An array of `count` zeroed elements of `size` bytes. */
void *arena_array(Arena *arena, size_t count, size_t size);

/* A copy of `text`; NULL stays NULL. */
char *arena_strdup(Arena *arena, const char *text);

/* A NUL-terminated copy of `length` bytes. */
char *arena_strndup(Arena *arena, const char *text, size_t length);

/* A formatted string. */
char *arena_printf(Arena *arena, const char *format, ...) __attribute__((format(printf, 2, 3)));
char *arena_vprintf(Arena *arena, const char *format, va_list arguments)
    __attribute__((format(printf, 2, 0)));

/* Has `clean_up(object)` called when the arena is reset or freed: for what a library owns. */
void arena_on_free(Arena *arena, void (*clean_up)(void *object), void *object);

/* The bytes handed out since the last reset. */
size_t arena_used(const Arena *arena);

#endif
