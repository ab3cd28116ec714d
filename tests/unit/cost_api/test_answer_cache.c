#include "unit.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cost_api/answer_cache.h"

static void put(AnswerCache *cache, const char *key, const char *body)
{
    Arena *arena = arena_new();
    KeptAnswer answer = {
        .content_type = "text/plain", .body = strdup(body), .length = strlen(body)};
    snprintf(answer.etag, sizeof answer.etag, "\"%s\"", key);
    assert_string_equal(answer_cache_put(cache, arena, key, &answer)->body, body);
    arena_free(arena);
}

static void gives_what_was_put(void **state)
{
    (void)state;
    AnswerCache *cache = answer_cache_new(10000);
    Arena *arena = arena_new();
    assert_null(answer_cache_get(cache, arena, "a"));
    put(cache, "a", "first");
    put(cache, "b", "");
    const KeptAnswer *kept = answer_cache_get(cache, arena, "a");
    assert_string_equal(kept->body, "first");
    assert_int_equal(kept->length, 5);
    assert_string_equal(kept->content_type, "text/plain");
    assert_string_equal(kept->etag, "\"a\"");
    assert_string_equal(answer_cache_get(cache, arena, "b")->body, "");
    put(cache, "a", "second");
    assert_string_equal(answer_cache_get(cache, arena, "a")->body, "second");
    /* What someone still reads stays whole. */
    assert_string_equal(kept->body, "first");
    arena_free(arena);
    answer_cache_free(cache);
}

static void what_is_held_outlives_arena_and_cache_entry(void **state)
{
    (void)state;
    AnswerCache *cache = answer_cache_new(10000);
    Arena *arena = arena_new();
    put(cache, "a", "first");
    const KeptAnswer *kept = answer_cache_get(cache, arena, "a");
    answer_cache_hold(kept);
    arena_free(arena);
    put(cache, "a", "second");
    assert_string_equal(kept->body, "first");
    answer_cache_release(kept);
    answer_cache_free(cache);
}

static void stays_in_its_bounds(void **state)
{
    (void)state;
    AnswerCache *cache = answer_cache_new(20000);
    Arena *arena = arena_new();
    char key[16], body[1000];
    memset(body, 'x', sizeof body);
    body[sizeof body - 1] = '\0';
    for (int i = 0; i < 1000; i++) {
        snprintf(key, sizeof key, "%d", i);
        put(cache, key, body);
        assert_true(answer_cache_size(cache) <= 20000);
        assert_non_null(answer_cache_get(cache, arena, "0"));
        arena_free(arena);
        arena = arena_new();
    }
    /* What is asked for stays, what is old goes. */
    assert_null(answer_cache_get(cache, arena, "1"));
    assert_non_null(answer_cache_get(cache, arena, "999"));
    char *large = calloc(1, 11000);
    memset(large, 'y', 10999);
    put(cache, "large", large);
    assert_null(answer_cache_get(cache, arena, "large"));
    free(large);
    arena_free(arena);
    answer_cache_free(cache);
}

static void keeps_nothing_without_room(void **state)
{
    (void)state;
    AnswerCache *cache = answer_cache_new(0);
    Arena *arena = arena_new();
    put(cache, "a", "b");
    assert_null(answer_cache_get(cache, arena, "a"));
    arena_free(arena);
    answer_cache_free(cache);
}

static void *use(void *context)
{
    AnswerCache *cache = context;
    for (int i = 0; i < 2000; i++) {
        char key[16];
        Arena *arena = arena_new();
        snprintf(key, sizeof key, "%d", i % 40);
        const KeptAnswer *kept = answer_cache_get(cache, arena, key);
        if (kept == NULL) {
            put(cache, key, key);
        } else if (strcmp(kept->body, key) != 0) {
            arena_free(arena);
            return context;
        }
        arena_free(arena);
    }
    return NULL;
}

static void threads_share_it(void **state)
{
    (void)state;
    AnswerCache *cache = answer_cache_new(3000);
    pthread_t threads[4];
    for (int i = 0; i < 4; i++) {
        pthread_create(&threads[i], NULL, use, cache);
    }
    for (int i = 0; i < 4; i++) {
        void *wrong;
        pthread_join(threads[i], &wrong);
        assert_null(wrong);
    }
    answer_cache_free(cache);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gives_what_was_put),
        cmocka_unit_test(what_is_held_outlives_arena_and_cache_entry),
        cmocka_unit_test(stays_in_its_bounds),
        cmocka_unit_test(keeps_nothing_without_room),
        cmocka_unit_test(threads_share_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
