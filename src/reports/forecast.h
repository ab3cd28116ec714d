/* How a series of daily costs goes on: a straight line through it, without outliers (koku-api.md
 * §6). */
#ifndef KONTOR_REPORTS_FORECAST_H
#define KONTOR_REPORTS_FORECAST_H

#include <stdbool.h>

#include "base/date.h"
#include "base/decimal.h"

enum { FORECAST_POINTS_LEAST = 8 };

typedef struct ForecastPoint {
    Day day;
    Decimal cost;
} ForecastPoint;

/* y = intercept + slope · days since `first`. */
typedef struct ForecastLine {
    bool fits; /* false: fewer than FORECAST_POINTS_LEAST points, nothing else is filled */
    Day first;
    double intercept, slope;
    double r_squared;            /* NAN where the series is constant */
    double intercept_p, slope_p; /* the same */
    int count;                   /* points it goes by */
    double mean_x, spread_x;     /* the mean of x and the sum of its squared distances */
    double variance, margin;     /* of the residuals; the critical t of the 95 % interval */
} ForecastLine;

/* What the line says of one day, never below zero. */
typedef struct ForecastValue {
    double value, least, most; /* the 95 % prediction interval */
} ForecastValue;

/* Removes outliers (beyond 1.5 interquartile ranges) from `points`, which are in the order of
 * their days; returns how many are left. */
int forecast_drop_outliers(ForecastPoint *points, int count);

/* The line through the points by least squares. */
ForecastLine forecast_fit(const ForecastPoint *points, int count);

/* What the line says of `day`, which may lie before or behind its points. */
ForecastValue forecast_at(const ForecastLine *line, Day day);

#endif
