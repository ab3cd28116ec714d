/* Fields of JSON bodies: what is taken, and what is said of the rest. */
#include "cost_api/fields.h"

#include <string.h>

#include "base/json.h"
#include "unit.h"

typedef struct NumberCase {
    const char *json; /* the value of "n" */
    unsigned flags;
    const char *text;  /* as it is taken; NULL: it is refused … */
    const char *fault; /* … with this */
} NumberCase;

static const NumberCase NUMBERS[] = {
    {"\"10\"", 0, "10", NULL},
    {"10", 0, "10", NULL},
    {"0.1", 0, "0.1", NULL},
    {"-12.5", 0, "-12.5", NULL},
    {"\" 1.50 \"", 0, "1.5", NULL},
    {"\"0.1234567891\"", 0, "0.1234567891", NULL},
    {"\"123456789.0000000000000\"", 0, "123456789", NULL},
    {"\"0.12345678912\"", 0, NULL, "Ensure that there are no more than 10 decimal places."},
    {"\"1234567890\"", 0, NULL,
     "Ensure that there are no more than 9 digits before the decimal point."},
    {"\"1e400\"", 0, NULL, "A valid number is required."},
    {"\"ten\"", 0, NULL, "A valid number is required."},
    {"\"\"", 0, NULL, "A valid number is required."},
    {"true", 0, NULL, "A valid number is required."},
    {"[1]", 0, NULL, "A valid number is required."},
    {"-1", FIELD_NOT_NEGATIVE, NULL, "Ensure this value is greater than or equal to 0."},
    {"null", FIELD_REQUIRED, NULL, "This field may not be null."},
};

/* The first fault's detail, or NULL. */
static const char *first_fault(Arena *arena, const Faults *faults)
{
    Buffer *body = buffer_new(arena);
    HttpResponse response = {.arena = arena, .body = body};
    faults_answer(faults, &response);
    json_t *answer = json_parse(arena, body->data, body->length, NULL);
    return json_get_string(json_array_get(json_object_get(answer, "errors"), 0), "detail");
}

static void numbers(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof NUMBERS / sizeof *NUMBERS; i++) {
        const NumberCase *one = &NUMBERS[i];
        Arena *arena = arena_new();
        const char *text = arena_printf(arena, "{\"n\": %s}", one->json);
        Fields fields = {arena, faults_new(arena), json_parse(arena, text, strlen(text), NULL), ""};
        Decimal value = 0;
        char shown[DECIMAL_TEXT_SIZE];
        bool taken = fields_decimal(&fields, "n", 19, 10, one->flags, &value);
        assert_int_equal(taken, one->text != NULL);
        if (taken) {
            decimal_format(value, shown);
            assert_string_equal(shown, one->text);
            assert_false(faults_any(fields.faults));
        } else {
            assert_string_equal(first_fault(arena, fields.faults), one->fault);
        }
        arena_free(arena);
    }
}

static void texts_are_measured_in_characters(void **state)
{
    (void)state;
    Arena *arena = arena_new();
    static const char BODY[] = "{\"short\": \" äöü \", \"blank\": \" \", \"number\": 3}";
    Fields fields = {arena, faults_new(arena), json_parse(arena, BODY, strlen(BODY), NULL), ""};
    assert_string_equal(fields_text(&fields, "short", 3, 0), "äöü");
    assert_string_equal(fields_text(&fields, "blank", 3, FIELD_MAY_BE_EMPTY), "");
    assert_null(fields_text(&fields, "absent", 3, 0));
    assert_false(faults_any(fields.faults));
    assert_null(fields_text(&fields, "short", 2, 0));
    assert_string_equal(first_fault(arena, fields.faults),
                        "Ensure this field has no more than 2 characters.");
    assert_null(fields_text(&fields, "number", 2, 0));
    arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers),
        cmocka_unit_test(texts_are_measured_in_characters),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
