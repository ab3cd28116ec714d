#include "ingest/month/key_object.h"

#include <string.h>

#include "unit.h"

static FoldText text_of(const char *text)
{
    return (FoldText){text, (uint32_t)strlen(text)};
}

static void assert_text(FoldText text, const char *expected)
{
    assert_int_equal(text.length, strlen(expected));
    assert_memory_equal(text.bytes, expected, text.length);
}

static void pairs_come_in_order(void **state)
{
    FoldText rest = text_of("{\"a\":\"1\",\"b\\\"c\":\"\",\"d\":\"x\\\\\"}");
    KeyPair pair;
    (void)state;
    assert_true(key_object_next(&rest, &pair));
    assert_text(pair.key, "a");
    assert_text(pair.value, "1");
    assert_true(key_object_next(&rest, &pair));
    assert_text(pair.key, "b\\\"c");
    assert_text(pair.value, "");
    assert_true(key_object_next(&rest, &pair));
    assert_text(pair.key, "d");
    assert_text(pair.value, "x\\\\");
    assert_false(key_object_next(&rest, &pair));
}

static void what_is_cut_off_has_no_pair(void **state)
{
    static const char *const TEXTS[] = {"",       "{}",        "{\"",           "{\"a",
                                        "{\"a\"", "{\"a\":\"", "{\"a\":\"b\\\""};
    (void)state;
    for (size_t i = 0; i < sizeof TEXTS / sizeof *TEXTS; i++) {
        FoldText rest = text_of(TEXTS[i]);
        KeyPair pair;
        assert_false(key_object_next(&rest, &pair));
    }
}

static void escapes_are_read(void **state)
{
    Arena *arena = arena_new();
    (void)state;
    assert_text(key_object_text(arena, text_of("plain")), "plain");
    assert_text(key_object_text(arena, text_of("")), "");
    assert_text(key_object_text(arena, text_of("C:\\\\temp\\t\\\"x\\\"\\u0001")),
                "C:\\temp\t\"x\"\x01");
    arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pairs_come_in_order),
        cmocka_unit_test(what_is_cut_off_has_no_pair),
        cmocka_unit_test(escapes_are_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
