#include "unit.h"

#include <string.h>

#include "base/arena.h"
#include "ingest/parquet/arrow_column.h"

/* Columns as Arrow's reader gives them, made by hand. */
static ArrowColumn column_of(Arena *arena, const char *format, struct ArrowArray *array,
                             const void *validity, const void *values, const void *bytes)
{
    const void **buffers = arena_array(arena, 3, sizeof *buffers);
    buffers[0] = validity;
    buffers[1] = values;
    buffers[2] = bytes;
    array->buffers = buffers;
    array->n_buffers = bytes != NULL ? 3 : 2;
    array->null_count = validity != NULL ? -1 : 0;
    struct ArrowSchema schema = {.format = format, .name = "column"};
    return arrow_column_new(arena, &schema, NULL);
}

static void assert_number(const ArrowColumn *column, int64_t row, const char *wanted)
{
    Decimal value = 0;
    char text[DECIMAL_TEXT_SIZE];
    assert_true(arrow_decimal(column, row, &value));
    decimal_format(value, text);
    assert_string_equal(text, wanted);
}

static void integers_have_their_sign(void **state)
{
    static const int32_t SIGNED[] = {7, -1, INT32_MIN};
    static const uint32_t UNSIGNED[] = {UINT32_MAX};
    static const int8_t SMALL[] = {-128};
    static const uint64_t LARGE[] = {UINT64_MAX};
    Arena *arena = arena_new();
    struct ArrowArray array = {.length = 2, .offset = 1}, whole = {.length = 1};
    (void)state;
    ArrowColumn column = column_of(arena, "i", &array, NULL, SIGNED, NULL);
    assert_true(arrow_column_turn(&column, &array));
    assert_number(&column, 0, "-1");
    assert_number(&column, 1, "-2147483648");
    column = column_of(arena, "I", &whole, NULL, UNSIGNED, NULL);
    assert_true(arrow_column_turn(&column, &whole));
    assert_number(&column, 0, "4294967295");
    column = column_of(arena, "c", &whole, NULL, SMALL, NULL);
    assert_true(arrow_column_turn(&column, &whole));
    assert_number(&column, 0, "-128");
    column = column_of(arena, "L", &whole, NULL, LARGE, NULL);
    assert_true(arrow_column_turn(&column, &whole));
    assert_number(&column, 0, "18446744073709551615");
    arena_free(arena);
}

/* Those that the shortest decimal is told of without writing it. */
static void doubles_are_their_shortest_decimal(void **state)
{
    static const double NUMBERS[] = {0.1, -0.0000000001, 99999.9999999999, 0, 1.5, -12345.678};
    static const char *const WANTED[] = {"0.1", "-0.0000000001", "99999.9999999999",
                                         "0",   "1.5",           "-12345.678"};
    Arena *arena = arena_new();
    struct ArrowArray array = {.length = 6};
    (void)state;
    ArrowColumn column = column_of(arena, "g", &array, NULL, NUMBERS, NULL);
    assert_true(arrow_column_turn(&column, &array));
    for (int i = 0; i < 6; i++) {
        assert_number(&column, i, WANTED[i]);
    }
    arena_free(arena);
}

static void decimals_have_a_scale(void **state)
{
    static const __int128 NUMBERS[] = {-15, (__int128)5 * 1000, (__int128)1 << 126};
    Arena *arena = arena_new();
    struct ArrowArray array = {.length = 3};
    Decimal value;
    (void)state;
    ArrowColumn column = column_of(arena, "d:38,1", &array, NULL, NUMBERS, NULL);
    assert_true(arrow_column_turn(&column, &array));
    assert_number(&column, 0, "-1.5");
    assert_false(arrow_decimal(&column, 2, &value)); /* out of range */
    column = column_of(arena, "d:38,19", &array, NULL, NUMBERS, NULL);
    assert_true(arrow_column_turn(&column, &array));
    assert_number(&column, 0, "0");
    assert_number(&column, 1, "0.000000000000001"); /* half of the last place is rounded up */
    assert_int_equal(column_of(arena, "d:9,2,32", &array, NULL, NUMBERS, NULL).kind, ARROW_UNKNOWN);
    arena_free(arena);
}

static void days_are_of_utc(void **state)
{
    static const int64_t STAMPS[] = {-1, 86400000000 - 1, 86400000000, INT64_MAX};
    Arena *arena = arena_new();
    struct ArrowArray array = {.length = 4};
    Day day;
    (void)state;
    ArrowColumn column = column_of(arena, "tsu:Europe/Berlin", &array, NULL, STAMPS, NULL);
    assert_true(arrow_column_turn(&column, &array));
    assert_true(arrow_day(&column, 0, &day) && day == -1);
    assert_true(arrow_day(&column, 1, &day) && day == 0);
    assert_true(arrow_day(&column, 2, &day) && day == 1);
    assert_false(arrow_day(&column, 3, &day));
    arena_free(arena);
}

static void texts_and_nulls(void **state)
{
    static const int32_t OFFSETS[] = {0, 2, 2, 5};
    static const uint8_t VALID[] = {0x5};
    Arena *arena = arena_new();
    struct ArrowArray array = {.length = 3};
    (void)state;
    ArrowColumn column = column_of(arena, "u", &array, VALID, OFFSETS, "abcde");
    assert_true(arrow_column_turn(&column, &array));
    ArrowText text = arrow_text(&column, 2, NULL);
    assert_true(text.length == 3 && memcmp(text.bytes, "cde", 3) == 0);
    assert_true(arrow_is_null(&column, 1) && arrow_text(&column, 1, NULL).length == 0);
    arena_free(arena);
}

static void an_index_must_be_in_its_dictionary(void **state)
{
    static const int32_t OFFSETS[] = {0, 1, 2}, INDICES[] = {1, 0, 7}, NEGATIVE[] = {-1};
    static const uint8_t VALID[] = {0x3};
    Arena *arena = arena_new();
    struct ArrowSchema texts = {.format = "u"}, schema = {.format = "i", .dictionary = &texts};
    const void *text_buffers[] = {NULL, OFFSETS, "xy"};
    struct ArrowArray dictionary = {.length = 2, .n_buffers = 3, .buffers = text_buffers};
    const void *buffers[] = {VALID, INDICES};
    struct ArrowArray array = {
        .length = 3, .n_buffers = 2, .buffers = buffers, .dictionary = &dictionary};
    (void)state;
    ArrowColumn column = arrow_column_new(arena, &schema, NULL);
    assert_false(arrow_column_turn(&column, &array));
    array.null_count = 1; /* the last one is null: its index does not count */
    assert_true(arrow_column_turn(&column, &array));
    assert_int_equal(*arrow_text(&column, 0, NULL).bytes, 'y');
    assert_true(arrow_is_null(&column, 2));
    array = (struct ArrowArray){
        .length = 1, .n_buffers = 2, .buffers = buffers, .dictionary = &dictionary};
    buffers[1] = NEGATIVE;
    assert_false(arrow_column_turn(&column, &array));
    arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(integers_have_their_sign),
        cmocka_unit_test(doubles_are_their_shortest_decimal),
        cmocka_unit_test(decimals_have_a_scale),
        cmocka_unit_test(days_are_of_utc),
        cmocka_unit_test(texts_and_nulls),
        cmocka_unit_test(an_index_must_be_in_its_dictionary),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
