#include "reports/time_scope.h"

#include <stdlib.h>
#include <string.h>

/* The day one month earlier, or that month's last one. */
static Day a_month_before(Day day)
{
    Day shifted = day_month_start(day, -1) + (day - day_month_start(day, 0));
    Day last = day_month_start(day, 0) - 1;
    return shifted < last ? shifted : last;
}

static void fill(TimeWish *wish)
{
    if (wish->has_dates) {
        if (wish->resolution == NULL) {
            wish->resolution = "daily";
        }
        return;
    }
    if (wish->value == NULL) {
        wish->value = wish->units != NULL && strcmp(wish->units, "month") == 0 ? "-1" : "-10";
    }
    bool months = atoi(wish->value) >= -3;
    if (wish->units == NULL) {
        wish->units = months ? "month" : "day";
    }
    if (wish->resolution == NULL) {
        wish->resolution = months ? "monthly" : "daily";
    }
}

TimeScope time_scope(TimeWish *wish, Day today)
{
    fill(wish);
    TimeScope scope = {.monthly = strcmp(wish->resolution, "monthly") == 0};
    int value = wish->value != NULL ? atoi(wish->value) : 0;
    if (wish->has_dates) {
        scope.start = wish->start;
        scope.end = wish->end;
    } else if (strcmp(wish->units, "day") == 0) {
        scope.start = today + value + 1;
        scope.end = today;
    } else {
        scope.start = day_month_start(today, value + 1);
        scope.end = value == -1 ? today : day_month_start(today, value + 2) - 1;
    }
    if (wish->has_dates || strcmp(wish->units, "day") == 0) {
        scope.shift = scope.end - scope.start + 1;
        scope.previous_start = scope.start - scope.shift;
        scope.previous_end = scope.start - 1;
    } else {
        scope.previous_start = day_month_start(scope.start, -1);
        scope.previous_end = a_month_before(scope.end);
    }
    return scope;
}

Day *time_scope_buckets(Arena *arena, const TimeScope *scope, int *count)
{
    Day *buckets = arena_array(arena, (size_t)(scope->end - scope->start + 1), sizeof *buckets);
    Day bucket = scope->monthly ? day_month_start(scope->start, 0) : scope->start;
    for (*count = 0; bucket <= scope->end; (*count)++) {
        buckets[*count] = bucket;
        bucket = scope->monthly ? day_month_start(bucket, 1) : bucket + 1;
    }
    return buckets;
}

char *time_scope_format(const TimeScope *scope, Day bucket, char text[DATE_TEXT_SIZE])
{
    day_format(bucket, text);
    if (scope->monthly) {
        text[strlen("2026-11")] = '\0';
    }
    return text;
}

void time_scope_bounds(Day today, int retention_months, Day *first, Day *last)
{
    *first = day_month_start(today, 1 - retention_months);
    *last = today + 1;
}
