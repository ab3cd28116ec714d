#include "base/arena.h"

#include <stdalign.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#if defined __has_feature /* clang's way to say what gcc says by a macro */
#if __has_feature(address_sanitizer)
#define __SANITIZE_ADDRESS__
#endif
#endif

#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/asan_interface.h>
enum { GAP = 16 }; /* between two allocations, so that the sanitizer sees who leaves his own */
#else
#define ASAN_POISON_MEMORY_REGION(memory, size) ((void)(memory), (void)(size))
#define ASAN_UNPOISON_MEMORY_REGION(memory, size) ((void)(memory), (void)(size))
enum { GAP = 0 };
#endif

enum { BLOCK_SIZE = 8 * 1024, SHORT_TEXT = 2048 /* of this length texts are formatted once */ };

typedef struct Block {
    struct Block *next;
    size_t capacity;
    size_t used;
    alignas(max_align_t) unsigned char bytes[];
} Block;

typedef struct CleanUp {
    struct CleanUp *next;
    void (*run)(void *object);
    void *object;
} CleanUp;

struct Arena {
    Block *blocks; /* the one in use first */
    CleanUp *clean_ups;
    size_t used;
};

static void *allocate(size_t size)
{
    void *memory = malloc(size);
    if (memory == NULL) {
        fprintf(stderr, "kontor: out of memory (%zu bytes wanted)\n", size);
        abort();
    }
    return memory;
}

static Block *block_new(size_t capacity)
{
    Block *block = allocate(sizeof *block + capacity);
    block->next = NULL;
    block->capacity = capacity;
    block->used = 0;
    ASAN_POISON_MEMORY_REGION(block->bytes, capacity);
    return block;
}

Arena *arena_new(void)
{
    Arena *arena = allocate(sizeof *arena);
    *arena = (Arena){.blocks = block_new(BLOCK_SIZE)};
    return arena;
}

static void run_clean_ups(Arena *arena)
{
    while (arena->clean_ups != NULL) {
        CleanUp *clean_up = arena->clean_ups;
        arena->clean_ups = clean_up->next;
        clean_up->run(clean_up->object);
    }
}

void arena_reset(Arena *arena)
{
    run_clean_ups(arena);
    Block *kept = NULL;
    for (Block *block = arena->blocks, *next; block != NULL; block = next) {
        next = block->next;
        if (kept == NULL && block->capacity == BLOCK_SIZE) {
            kept = block;
        } else {
            free(block);
        }
    }
    if (kept == NULL) {
        kept = block_new(BLOCK_SIZE);
    }
    kept->next = NULL;
    kept->used = 0;
    ASAN_POISON_MEMORY_REGION(kept->bytes, kept->capacity);
    arena->blocks = kept;
    arena->used = 0;
}

void arena_free(Arena *arena)
{
    if (arena == NULL) {
        return;
    }
    run_clean_ups(arena);
    for (Block *block = arena->blocks, *next; block != NULL; block = next) {
        next = block->next;
        free(block);
    }
    free(arena);
}

void *arena_alloc(Arena *arena, size_t size)
{
    const size_t alignment = alignof(max_align_t);
    if (size > SIZE_MAX / 2) {
        fprintf(stderr, "kontor: an allocation of %zu bytes makes no sense\n", size);
        abort();
    }
    size_t rounded = ((size + alignment - 1) & ~(alignment - 1)) + GAP;
    Block *block = arena->blocks;
    if (block->capacity - block->used < rounded) {
        Block *fresh = block_new(rounded > BLOCK_SIZE / 2 ? rounded : BLOCK_SIZE);
        /* A large block goes behind the one in use, whose rest stays usable. */
        if (rounded > BLOCK_SIZE / 2) {
            fresh->next = block->next;
            block->next = fresh;
        } else {
            fresh->next = block;
            arena->blocks = fresh;
        }
        block = fresh;
    }
    void *memory = block->bytes + block->used;
    block->used += rounded;
    arena->used += rounded;
    ASAN_UNPOISON_MEMORY_REGION(memory, size);
    memset(memory, 0, size);
    return memory;
}

void *arena_array(Arena *arena, size_t count, size_t size)
{
    size_t total;
    if (__builtin_mul_overflow(count, size, &total)) {
        total = SIZE_MAX;
    }
    return arena_alloc(arena, total);
}

char *arena_strndup(Arena *arena, const char *text, size_t length)
{
    char *copy = arena_alloc(arena, length + 1);
    memcpy(copy, text, length);
    copy[length] = '\0';
    return copy;
}

char *arena_strdup(Arena *arena, const char *text)
{
    return text == NULL ? NULL : arena_strndup(arena, text, strlen(text));
}

char *arena_vprintf(Arena *arena, const char *format, va_list arguments)
{
    char first[SHORT_TEXT];
    va_list again;
    va_copy(again, arguments);
    int length = vsnprintf(first, sizeof first, format, arguments);
    char *text = arena_alloc(arena, length < 0 ? 1 : (size_t)length + 1);
    if (length > 0 && (size_t)length < sizeof first) {
        memcpy(text, first, (size_t)length + 1);
    } else if (length > 0) {
        vsnprintf(text, (size_t)length + 1, format, again);
    }
    va_end(again);
    return text;
}

char *arena_printf(Arena *arena, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    char *text = arena_vprintf(arena, format, arguments);
    va_end(arguments);
    return text;
}

void arena_on_free(Arena *arena, void (*run)(void *object), void *object)
{
    CleanUp *clean_up = arena_alloc(arena, sizeof *clean_up);
    *clean_up = (CleanUp){.next = arena->clean_ups, .run = run, .object = object};
    arena->clean_ups = clean_up;
}

size_t arena_used(const Arena *arena)
{
    return arena->used;
}
