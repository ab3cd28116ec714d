#include "unit.h"

#include <stdio.h>
#include <string.h>

#include "base/json.h"

static void writes_nested_values(void **state)
{
    Arena *arena = arena_new();
    Buffer *out = buffer_new(arena);
    JsonWriter json = json_writer(out);
    (void)state;
    json_begin_object(&json);
    json_member_string(&json, "a", "x");
    json_write_key(&json, "list");
    json_begin_array(&json);
    json_write_int(&json, -3);
    json_write_bool(&json, true);
    json_write_null(&json);
    json_begin_object(&json);
    json_end(&json);
    json_end(&json);
    json_write_key(&json, "cost");
    json_write_decimal(&json, (Decimal)1994605725686361046);
    json_member_raw(&json, "raw", "[1]");
    json_end(&json);
    assert_string_equal(
        out->data,
        "{\"a\":\"x\",\"list\":[-3,true,null,{}],\"cost\":1994.605725686361046,\"raw\":[1]}");
    arena_free(arena);
}

static void escapes_what_must_be(void **state)
{
    static const struct {
        const char *text, *wanted;
    } CASES[] = {
        {"a\"b\\c", "\"a\\\"b\\\\c\""},
        {"\n\t\r\b\f", "\"\\n\\t\\r\\b\\f\""},
        {"\x01\x1f", "\"\\u0001\\u001f\""},
        {"grün €", "\"grün €\""},
        {"\xff\xc3", "\"\xef\xbf\xbd\xef\xbf\xbd\""},
        {"\xed\xa0\x80", "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\""},
        {"\xf0\x9f\x92\xb0", "\"\xf0\x9f\x92\xb0\""},
        {"\xc0\x80", "\"\xef\xbf\xbd\xef\xbf\xbd\""},
    };
    (void)state;
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        Arena *arena = arena_new();
        Buffer *out = buffer_new(arena);
        JsonWriter json = json_writer(out);
        json_write_string(&json, CASES[i].text);
        assert_string_equal(out->data, CASES[i].wanted);
        assert_non_null(json_parse(arena, out->data, out->length, NULL));
        arena_free(arena);
    }
}

/* Every byte at every place of texts that are scanned by words and by bytes: what is written reads
 * back as the same text. */
static void every_byte_at_every_place(void **state)
{
    enum { LENGTH = 19 };
    (void)state;
    for (int byte = 1; byte < 0x80; byte++) {
        for (int place = 0; place < LENGTH; place++) {
            Arena *arena = arena_new();
            Buffer *out = buffer_new(arena);
            JsonWriter json = json_writer(out);
            char text[LENGTH + 1] = "abcdefghijklmnopqrs", plain[LENGTH + 3];
            text[place] = (char)byte;
            json_begin_array(&json);
            json_write_string(&json, text);
            json_end(&json);
            json_t *read = json_parse(arena, out->data, out->length, NULL);
            assert_string_equal(json_string_value(json_array_get(read, 0)), text);
            bool escaped = byte < 0x20 || byte == '"' || byte == '\\' || byte == 0x7f;
            snprintf(plain, sizeof plain, "\"%s\"", text);
            assert_int_equal(strstr(out->data, plain) == NULL, escaped);
            arena_free(arena);
        }
    }
}

static void parse_errors_say_where(void **state)
{
    Arena *arena = arena_new();
    Error error = {0};
    (void)state;
    assert_null(json_parse(arena, "{\"a\":\n 1,}", 10, &error));
    assert_int_equal(error.code, ERROR_INVALID);
    assert_non_null(strstr(error.message, "line 2"));
    assert_null(json_parse(arena, "{} x", 4, &error));
    arena_free(arena);
}

/* "[[[…]]]" */
static json_t *parse_nested(Arena *arena, int levels, Error *error)
{
    char text[4096];
    memset(text, '[', (size_t)levels);
    memset(text + levels, ']', (size_t)levels);
    return json_parse(arena, text, 2 * (size_t)levels, error);
}

static void depth_has_a_bound(void **state)
{
    Arena *arena = arena_new();
    Error error = {0};
    (void)state;
    assert_non_null(parse_nested(arena, JSON_DEPTH_MAX, &error));
    assert_null(parse_nested(arena, JSON_DEPTH_MAX + 1, &error));
    assert_int_equal(error.code, ERROR_INVALID);
    assert_string_equal(error.message, "the JSON nests deeper than 64 levels");
    assert_null(parse_nested(arena, 2000, &error));
    assert_false(json_too_deep("[\"[[\\\"[[\",[]]", 14, 2));
    assert_false(json_too_deep("[{},{},{}] [[[", 14, 2));
    assert_true(json_too_deep("[{\"]]\":[", 9, 2));
    arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(writes_nested_values),      cmocka_unit_test(escapes_what_must_be),
        cmocka_unit_test(every_byte_at_every_place), cmocka_unit_test(parse_errors_say_where),
        cmocka_unit_test(depth_has_a_bound),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
