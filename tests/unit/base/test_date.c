#include "unit.h"

#include <string.h>

#include "base/date.h"

static void days_and_civil_dates_agree(void **state)
{
    (void)state;
    assert_int_equal(day_from_civil(1970, 1, 1), 0);
    assert_int_equal(day_from_civil(2000, 3, 1), 11017);
    for (Day day = -800000; day < 800000; day += 13) {
        int year, month, day_of_month;
        day_to_civil(day, &year, &month, &day_of_month);
        assert_int_equal(day_from_civil(year, month, day_of_month), day);
    }
}

static void months_carry_into_years(void **state)
{
    (void)state;
    assert_int_equal(day_from_civil(2026, 13, 1), day_from_civil(2027, 1, 1));
    assert_int_equal(day_from_civil(2026, 0, 1), day_from_civil(2025, 12, 1));
    assert_int_equal(day_month_start(day_from_civil(2026, 1, 31), -1), day_from_civil(2025, 12, 1));
    assert_int_equal(day_month_start(day_from_civil(2026, 11, 24), 14), day_from_civil(2028, 1, 1));
}

static void reads_the_forms_of_reports(void **state)
{
    static const char *const TEXTS[] = {"2026-10-01", "2026-10-01T00:00:00Z",
                                        "2026-10-01 00:00:00+00:00", "20261001",
                                        "20261001T000000.000Z"};
    (void)state;
    for (size_t i = 0; i < sizeof TEXTS / sizeof *TEXTS; i++) {
        Day day = 0;
        assert_true(day_parse(TEXTS[i], strlen(TEXTS[i]), &day));
        assert_int_equal(day, day_from_civil(2026, 10, 1));
    }
}

static void refuses_impossible_days(void **state)
{
    static const char *const TEXTS[] = {"",           "2026",       "2026-13-01",
                                        "2026-00-10", "2026-02-29", "2026-1-1",
                                        "tomorrow",   "2026-10-0x", "0000-01-01"};
    (void)state;
    for (size_t i = 0; i < sizeof TEXTS / sizeof *TEXTS; i++) {
        Day day;
        if (day_parse(TEXTS[i], strlen(TEXTS[i]), &day)) {
            fail_msg("\"%s\" was taken for a day", TEXTS[i]);
        }
    }
    Day leap;
    assert_true(day_parse("2028-02-29", 10, &leap));
}

static void timestamps(void **state)
{
    Timestamp time;
    char text[TIMESTAMP_TEXT_SIZE];
    (void)state;
    assert_true(timestamp_parse("2026-11-24T09:07:49.25Z", 23, &time));
    assert_string_equal(timestamp_format(time, true, text), "2026-11-24T09:07:49.250000Z");
    assert_true(timestamp_parse("2026-11-24 10:07:49+01:00", 25, &time));
    assert_string_equal(timestamp_format(time, false, text), "2026-11-24T09:07:49Z");
    assert_true(timestamp_parse("2026-11-24", 10, &time));
    assert_string_equal(timestamp_format(time, false, text), "2026-11-24T00:00:00Z");
    assert_false(timestamp_parse("2026-11-24T25:00:00Z", 20, &time));
    assert_false(timestamp_parse("2026-11-24T09:07", 16, &time));
    assert_false(timestamp_parse("2026-11-24T09:07:49 CET", 23, &time));
    assert_string_equal(timestamp_format(-1, true, text), "1969-12-31T23:59:59.999999Z");
}

static void the_clock_can_be_set(void **state)
{
    Timestamp time;
    (void)state;
    assert_true(timestamp_parse("2026-11-24T23:59:00Z", 20, &time));
    clock_set(time);
    assert_in_range(clock_now() - time, 0, 5000000);
    assert_int_equal(clock_today(), day_from_civil(2026, 11, 24));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(days_and_civil_dates_agree),
        cmocka_unit_test(months_carry_into_years),
        cmocka_unit_test(reads_the_forms_of_reports),
        cmocka_unit_test(refuses_impossible_days),
        cmocka_unit_test(timestamps),
        cmocka_unit_test(the_clock_can_be_set),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
