#include "reports/forecast.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "reports/student_t.h"

enum { SERIES_MAX = 64 };

static const double OUTSIDE = 0.05; /* of a 95 % interval */

static int compare_costs(const void *left, const void *right)
{
    Decimal a = *(const Decimal *)left, b = *(const Decimal *)right;
    return (a > b) - (a < b);
}

/* Four times the quartile (1 or 3), between the two values beside it: exact in whole numbers. */
static Decimal quartile_times_four(const Decimal *sorted, int count, int quartile)
{
    int place = (count - 1) * quartile, index = place / 4, rest = place % 4;
    Decimal next = sorted[index + (rest > 0 ? 1 : 0)];
    return sorted[index] * 4 + (next - sorted[index]) * rest;
}

int forecast_drop_outliers(ForecastPoint *points, int count)
{
    Decimal sorted[SERIES_MAX];
    const Decimal most_told = (Decimal)1 << 120; /* sixteen times it is a Decimal still */
    if (count == 0 || count > SERIES_MAX) {
        return 0;
    }
    for (int i = 0; i < count; i++) {
        sorted[i] = points[i].cost;
        if (sorted[i] > most_told || sorted[i] < -most_told) {
            return count;
        }
    }
    qsort(sorted, (size_t)count, sizeof *sorted, compare_costs);
    Decimal first = quartile_times_four(sorted, count, 1);
    Decimal third = quartile_times_four(sorted, count, 3);
    /* All of it eight times, so that 1.5 ranges are whole. */
    Decimal least = first * 2 - (third - first) * 3, most = third * 2 + (third - first) * 3;
    int kept = 0;
    for (int i = 0; i < count; i++) {
        if (points[i].cost * 8 >= least && points[i].cost * 8 <= most) {
            points[kept++] = points[i];
        }
    }
    return kept;
}

/* To the nearest double, by way of the text: the sums are exact until here. */
static double to_double(Decimal value)
{
    char text[DECIMAL_TEXT_SIZE];
    decimal_format(value, text);
    return strtod(text, NULL);
}

/* How sure the line's two numbers are. */
static void judge(ForecastLine *line, double residuals, double spread_y)
{
    double freedom = line->count - 2, n = line->count;
    line->variance = residuals / freedom;
    line->margin = student_t_critical(OUTSIDE, freedom);
    if (spread_y == 0) {
        line->r_squared = line->intercept_p = line->slope_p = NAN;
        return;
    }
    double intercept_error =
        sqrt(line->variance * (1 / n + line->mean_x * line->mean_x / line->spread_x));
    double slope_error = sqrt(line->variance / line->spread_x);
    line->r_squared = 1 - residuals / spread_y;
    line->intercept_p = student_t_two_tailed(line->intercept / intercept_error, freedom);
    line->slope_p = student_t_two_tailed(line->slope / slope_error, freedom);
}

static bool is_constant(const ForecastPoint *points, int count)
{
    int i = 1;
    while (i < count && points[i].cost == points[0].cost) {
        i++;
    }
    return i >= count;
}

ForecastLine forecast_fit(const ForecastPoint *points, int count)
{
    ForecastLine line = {.fits = count >= FORECAST_POINTS_LEAST, .count = count};
    if (!line.fits) {
        return line;
    }
    line.first = points[0].day;
    double mean_y = 0, product = 0, residuals = 0, spread_y = 0;
    for (int i = 0; i < count; i++) {
        line.mean_x += (double)(points[i].day - line.first) / count;
        mean_y += to_double(points[i].cost) / count;
    }
    if (is_constant(points, count)) {
        mean_y = to_double(points[0].cost);
    }
    for (int i = 0; i < count; i++) {
        double x = points[i].day - line.first - line.mean_x, y = to_double(points[i].cost) - mean_y;
        line.spread_x += x * x;
        spread_y += y * y;
        product += x * y;
    }
    line.slope = product / line.spread_x;
    line.intercept = mean_y - line.slope * line.mean_x;
    for (int i = 0; i < count; i++) {
        double off =
            to_double(points[i].cost) - line.intercept - line.slope * (points[i].day - line.first);
        residuals += off * off;
    }
    judge(&line, residuals, spread_y);
    return line;
}

ForecastValue forecast_at(const ForecastLine *line, Day day)
{
    double x = day - line->first, distance = x - line->mean_x;
    double value = line->intercept + line->slope * x;
    double reach =
        line->margin *
        sqrt(line->variance * (1 + 1.0 / line->count + distance * distance / line->spread_x));
    return (ForecastValue){fmax(value, 0), fmax(value - reach, 0), fmax(value + reach, 0)};
}
