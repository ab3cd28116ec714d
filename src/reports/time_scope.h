/* The window of a report: which days, in buckets of days or months (koku-api.md §2.3). */
#ifndef KONTOR_REPORTS_TIME_SCOPE_H
#define KONTOR_REPORTS_TIME_SCOPE_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/date.h"

/* What was asked for; NULL for what was not. */
typedef struct TimeWish {
    const char *resolution; /* "daily" or "monthly" */
    const char *value;      /* "-1", "-2", "-3", "-10", "-30" or "-90" */
    const char *units;      /* "day" or "month" */
    bool has_dates;
    Day start, end;
} TimeWish;

/* The window, both ends included, and the one that delta compares it with: as long, `shift` days
 * or one month (shift 0) earlier. */
typedef struct TimeScope {
    bool monthly; /* buckets are months, named by their first day */
    Day start, end;
    Day previous_start, previous_end;
    int shift;
} TimeScope;

/* Fills what the wish leaves open and works out the window as seen on `today`. With dates only
 * the resolution is filled. */
TimeScope time_scope(TimeWish *wish, Day today);

/* All buckets of the window, ascending; *count of them. */
Day *time_scope_buckets(Arena *arena, const TimeScope *scope, int *count);

/* "2026-11-14", or "2026-11" for months; returns `text`. */
char *time_scope_format(const TimeScope *scope, Day bucket, char text[DATE_TEXT_SIZE]);

/* The days that start_date and end_date may name: the kept months, up to tomorrow. */
void time_scope_bounds(Day today, int retention_months, Day *first, Day *last);

#endif
