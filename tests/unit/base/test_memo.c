#include "unit.h"

#include <string.h>

#include "base/memo.h"

double __wrap_clock_monotonic(void);

static double now = 1000;

double __wrap_clock_monotonic(void)
{
    return now;
}

static void keeps_for_its_time_and_in_its_room(void **state)
{
    (void)state;
    Arena *arena = arena_new();
    Memo *memo = memo_new(64, 8, 10);
    char *value;
    size_t length;
    assert_false(memo_get(memo, arena, "a", &value, &length));
    memo_put(memo, "a", "one\0two", 7);
    assert_true(memo_get(memo, arena, "a", &value, &length));
    assert_int_equal(length, 7);
    assert_memory_equal(value, "one\0two", 8);
    memo_put(memo, "a", "three", 5);
    assert_true(memo_get(memo, arena, "a", &value, &length));
    assert_string_equal(value, "three");
    memo_put(memo, "long", "123456789", 9);
    assert_false(memo_get(memo, arena, "long", &value, &length));
    now += 10;
    assert_false(memo_get(memo, arena, "a", &value, &length));
    memo_free(memo);
    arena_free(arena);
}

static void a_slot_never_answers_for_another_key(void **state)
{
    (void)state;
    Arena *arena = arena_new();
    Memo *memo = memo_new(1, 8, 10);
    char *value;
    size_t length;
    memo_put(memo, "a", "1", 1);
    memo_put(memo, "b", "2", 1);
    assert_false(memo_get(memo, arena, "a", &value, &length));
    assert_true(memo_get(memo, arena, "b", &value, &length));
    assert_string_equal(value, "2");
    memo_free(memo);
    arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keeps_for_its_time_and_in_its_room),
        cmocka_unit_test(a_slot_never_answers_for_another_key),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
