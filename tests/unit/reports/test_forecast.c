#include "unit.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "reports/forecast.h"
#include "reports/student_t.h"

static ForecastPoint point(Day day, const char *cost)
{
    ForecastPoint made = {.day = day};
    assert_true(decimal_parse(cost, strlen(cost), &made.cost));
    return made;
}

static void assert_close(double got, double wanted, double by)
{
    if (fabs(got - wanted) > by) {
        fail_msg("%.12f is not %.12f", got, wanted);
    }
}

static void assert_text(const char *format, double value, const char *wanted)
{
    char text[64];
    snprintf(text, sizeof text, format, value);
    assert_string_equal(text, wanted);
}

/* Nine points, days 3 and 8 missing, and what ordinary least squares make of them. */
static void follows_the_line(void **state)
{
    static const Day DAYS[] = {0, 1, 2, 4, 5, 6, 7, 9, 10};
    static const char *const COSTS[] = {"10",   "11.5", "9.8",  "12.2", "13",
                                        "12.7", "14.1", "13.9", "15.2"};
    static const char *const VALUES[] = {"15.478", "15.967", "16.456", "16.945", "17.434"};
    (void)state;
    ForecastPoint points[9];
    for (int i = 0; i < 9; i++) {
        points[i] = point(20000 + DAYS[i], COSTS[i]);
    }
    assert_int_equal(forecast_drop_outliers(points, 9), 9);
    ForecastLine line = forecast_fit(points, 9);
    assert_true(line.fits);
    for (int i = 0; i < 5; i++) {
        assert_text("%.3f", forecast_at(&line, 20011 + i).value, VALUES[i]);
    }
    assert_text("%.3f", forecast_at(&line, 20011).least, "13.418");
    assert_text("%.3f", forecast_at(&line, 20015).least, "14.956");
    assert_text("%.3f", forecast_at(&line, 20011).most, "17.538");
    assert_text("%.3f", forecast_at(&line, 20015).most, "19.913");
    assert_text("%.8f", line.r_squared, "0.86715787");
    assert_text("%.8f", line.intercept_p, "0.00000006");
    assert_text("%.8f", line.slope_p, "0.00026266");
}

/* The quartiles are 2.25 and 8.25: what lies beyond -6.75 and 17.25 goes. */
static void drops_what_is_far_off(void **state)
{
    static const char *const COSTS[] = {"0", "13.5", "2", "3", "4.5", "5", "6", "17.25", "1", "9"};
    (void)state;
    ForecastPoint points[10], same[4];
    for (int i = 0; i < 10; i++) {
        points[i] = point(i, COSTS[i]);
    }
    assert_int_equal(forecast_drop_outliers(points, 10), 10);
    points[7] = point(7, "17.250000000000001");
    assert_int_equal(forecast_drop_outliers(points, 10), 9);
    assert_int_equal(points[7].day, 8);
    for (int i = 0; i < 4; i++) {
        same[i] = point(i, i == 2 ? "1.000000000000001" : "1");
    }
    assert_int_equal(forecast_drop_outliers(same, 4), 3);
    assert_int_equal(forecast_drop_outliers(same, 0), 0);
}

static void needs_eight_points(void **state)
{
    (void)state;
    ForecastPoint points[8];
    for (int i = 0; i < 8; i++) {
        points[i] = point(i, "2.5");
    }
    assert_false(forecast_fit(points, 7).fits);
    ForecastLine line = forecast_fit(points, 8);
    assert_true(line.fits && isnan(line.r_squared) && isnan(line.slope_p));
    assert_text("%.3f", forecast_at(&line, 20).value, "2.500");
    assert_text("%.3f", forecast_at(&line, 20).least, "2.500");
    for (int i = 0; i < 8; i++) {
        points[i] = point(i, "0");
    }
    line = forecast_fit(points, 8);
    assert_text("%.3f", forecast_at(&line, 9).value, "0.000");
}

static void is_never_negative(void **state)
{
    (void)state;
    ForecastPoint points[8];
    for (int i = 0; i < 8; i++) {
        char text[16];
        snprintf(text, sizeof text, "%d.%d", 8 - i, i % 2);
        points[i] = point(i, text);
    }
    ForecastLine line = forecast_fit(points, 8);
    ForecastValue value = forecast_at(&line, 30);
    assert_text("%.3f", value.value, "0.000");
    assert_text("%.3f", value.least, "0.000");
}

/* From printed tables of the distribution. */
static void knows_students_t(void **state)
{
    (void)state;
    assert_close(student_t_critical(0.05, 1), 12.7062047362, 1e-9);
    assert_close(student_t_critical(0.05, 6), 2.4469118511, 1e-9);
    assert_close(student_t_critical(0.05, 29), 2.0452296421, 1e-9);
    assert_close(student_t_critical(0.01, 10), 3.1692726726, 1e-9);
    assert_close(student_t_two_tailed(0, 5), 1, 1e-15);
    assert_close(student_t_two_tailed(1, 1), 0.5, 1e-14);
    assert_close(student_t_two_tailed(-2.4469118511, 6), 0.05, 1e-10);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(follows_the_line),   cmocka_unit_test(drops_what_is_far_off),
        cmocka_unit_test(needs_eight_points), cmocka_unit_test(is_never_negative),
        cmocka_unit_test(knows_students_t),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
