#include "unit.h"

#include <stdlib.h>
#include <string.h>

#include "base/decimal.h"

static void assert_reads(const char *text, const char *wanted)
{
    Decimal value;
    char formatted[DECIMAL_TEXT_SIZE];
    assert_true(decimal_parse(text, strlen(text), &value));
    decimal_format(value, formatted);
    assert_string_equal(formatted, wanted);
}

static void reads_plain_numbers(void **state)
{
    (void)state;
    assert_reads("0", "0");
    assert_reads("-0", "0");
    assert_reads("12", "12");
    assert_reads("+12.50", "12.5");
    assert_reads(".5", "0.5");
    assert_reads("5.", "5");
    assert_reads("-0.000000000000001", "-0.000000000000001");
    assert_reads("00001.10", "1.1");
}

static void reads_exponents(void **state)
{
    (void)state;
    assert_reads("4.0E-7", "0.0000004");
    assert_reads("1e3", "1000");
    assert_reads("-1.5e+2", "-150");
    assert_reads("9.6e-05", "0.000096");
    assert_reads("1e-999", "0");
    assert_reads("0e999999999999", "0");
}

static void rounds_half_away_from_zero_at_15_places(void **state)
{
    (void)state;
    assert_reads("0.0000000000000005", "0.000000000000001");
    assert_reads("-0.0000000000000005", "-0.000000000000001");
    assert_reads("0.00000000000000049999", "0");
    assert_reads("1.2345678901234565", "1.234567890123457");
    assert_reads("784.2042448368612954", "784.204244836861295");
}

static void keeps_long_numbers_exact(void **state)
{
    (void)state;
    assert_reads("99999999999999999999999.999999999999999",
                 "99999999999999999999999.999999999999999");
    assert_reads("0.00000000000000000000000000000000000000000000000000001", "0");
    assert_reads("1.00000000000000000000000000000000000000000000000000001", "1");
}

/* ±(2^127 - 1) at 15 places: 39 digits. */
static void keeps_the_last_place_up_to_the_end_of_the_range(void **state)
{
    Decimal value;
    (void)state;
    assert_reads("12345678901234567890123.1234567890123459",
                 "12345678901234567890123.123456789012346");
    assert_reads("100000000000000000000000.123456789012345",
                 "100000000000000000000000.123456789012345");
    assert_reads("-170141183460469231731687.3037158841057274999",
                 "-170141183460469231731687.303715884105727");
    assert_reads("1701411834604692317316873037158841057265e-16",
                 "170141183460469231731687.303715884105727");
    assert_false(decimal_parse("170141183460469231731687.3037158841057275", 41, &value));
}

static void refuses_what_is_no_number(void **state)
{
    static const char *const TEXTS[] = {"",    "-",   "+",     ".",     "e5",
                                        "1e",  "1e+", "1.2.3", "None",  "1,5",
                                        " 1",  "1 ",  "0x10",  "1e5x",  "--1",
                                        "nan", "inf", "1e24",  "1e300", "999999999999999999999999"};
    (void)state;
    for (size_t i = 0; i < sizeof TEXTS / sizeof *TEXTS; i++) {
        Decimal value = 42;
        if (decimal_parse(TEXTS[i], strlen(TEXTS[i]), &value)) {
            fail_msg("\"%s\" was taken for a number", TEXTS[i]);
        }
        assert_true(value == 42);
    }
}

/* A plus sign means nothing, but takes a number the long way. */
static void the_short_way_is_the_long_way(void **state)
{
    static const char ALPHABET[] = "00112233445566778899.x/:e-";
    (void)state;
    srand(15);
    for (int round = 0; round < 200000; round++) {
        char text[32] = "+";
        size_t length = 1 + (size_t)rand() % 24, kinds = rand() % 4 > 0 ? 21 : sizeof ALPHABET - 1;
        for (size_t i = 1; i <= length; i++) {
            text[i] = ALPHABET[(size_t)rand() % kinds];
        }
        Decimal plain = 0, signed_one = 0;
        bool read = decimal_parse(text + 1, length, &plain);
        if (text[1] != '-') {
            assert_int_equal(decimal_parse(text, length + 1, &signed_one), read);
            assert_true(plain == signed_one);
        }
    }
}

static void a_number_ends_with_its_length(void **state)
{
    Decimal value;
    (void)state;
    assert_true(decimal_parse("123456", 3, &value));
    assert_true(value == (Decimal)123 * 1000000000000000);
}

static void formats_what_it_reads(void **state)
{
    (void)state;
    srand(7);
    for (int i = 0; i < 20000; i++) {
        Decimal value = 0;
        for (int j = 0; j < 4; j++) {
            value = value * 32768 + rand() % 32768;
        }
        value = rand() % 2 ? value : -value;
        char text[DECIMAL_TEXT_SIZE];
        Decimal again;
        size_t length = decimal_format(value, text);
        assert_int_equal(length, strlen(text));
        assert_true(decimal_parse(text, length, &again));
        assert_true(again == value);
    }
}

static void sums_do_not_wrap(void **state)
{
    const Decimal most = (Decimal)(((unsigned __int128)1 << 127) - 1);
    Decimal sum = most;
    (void)state;
    assert_false(decimal_add(&sum, 1));
    assert_true(sum == most);
    assert_true(decimal_add(&sum, -1));
    char text[DECIMAL_TEXT_SIZE];
    assert_true(decimal_format(-most - 1, text) < DECIMAL_TEXT_SIZE);
    assert_string_equal(text, "-170141183460469231731687.303715884105728");
}

static void products_are_rounded_once(void **state)
{
    static const char *const PRODUCTS[][3] = {
        {"0", "7", "0"},
        {"2.5", "0.1", "0.25"},
        {"-2.5", "0.1", "-0.25"},
        {"-0.000000000000001", "-0.5", "0.000000000000001"},
        {"0.000000000000001", "0.499999999999999", "0"},
        {"0.000000000000003", "-0.5", "-0.000000000000002"},
        {"123456789012345678.123456789012345", "0.015", "1851851835185185.171851851835185"},
        {"99999999999999999999999", "0.1", "9999999999999999999999.9"},
        {"170141183460469231731687.303715884105727", "1", NULL},
        {"170141183460469231731687.303715884105727", "-1", NULL},
        {"1000000000000", "1000000000000", "-"},
        {"170141183460469231731687", "170141183460469231731687", "-"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof PRODUCTS / sizeof *PRODUCTS; i++) {
        const char *const *texts = PRODUCTS[i];
        Decimal left, right, product = 77;
        char text[DECIMAL_TEXT_SIZE];
        assert_true(decimal_parse(texts[0], strlen(texts[0]), &left));
        assert_true(decimal_parse(texts[1], strlen(texts[1]), &right));
        bool fits = decimal_multiply(left, right, &product);
        if (texts[2] != NULL && strcmp(texts[2], "-") == 0) {
            assert_false(fits);
            assert_true(product == 77);
            continue;
        }
        assert_true(fits);
        if (texts[2] == NULL) { /* one keeps a number, and minus one its magnitude */
            assert_true(product == left || product == -left);
            continue;
        }
        decimal_format(product, text);
        assert_string_equal(text, texts[2]);
        assert_true(decimal_multiply(right, left, &product));
        decimal_format(product, text);
        assert_string_equal(text, texts[2]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_plain_numbers),
        cmocka_unit_test(reads_exponents),
        cmocka_unit_test(rounds_half_away_from_zero_at_15_places),
        cmocka_unit_test(keeps_long_numbers_exact),
        cmocka_unit_test(keeps_the_last_place_up_to_the_end_of_the_range),
        cmocka_unit_test(refuses_what_is_no_number),
        cmocka_unit_test(the_short_way_is_the_long_way),
        cmocka_unit_test(a_number_ends_with_its_length),
        cmocka_unit_test(formats_what_it_reads),
        cmocka_unit_test(sums_do_not_wrap),
        cmocka_unit_test(products_are_rounded_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
