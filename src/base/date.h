/* Days, months and the one clock. All times are UTC. */
#ifndef KONTOR_BASE_DATE_H
#define KONTOR_BASE_DATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Days since 1970-01-01. */
typedef int32_t Day;

/* Microseconds since 1970-01-01T00:00:00Z. */
typedef int64_t Timestamp;

enum {
    DATE_TEXT_SIZE = 16,      /* "2026-11-24" */
    TIMESTAMP_TEXT_SIZE = 40, /* "2026-11-24T09:07:49.123456Z" */
};

/* The day of a civil date; months beyond 1..12 carry into the year (month 13 is next January). */
Day day_from_civil(int year, int month, int day_of_month);
void day_to_civil(Day day, int *year, int *month, int *day_of_month);

/* The first day of the month that holds `day`, moved by `months`. */
Day day_month_start(Day day, int months);

/* Reads the date at the start of "2026-10-01", "2026-10-01T00:00:00Z",
 * "2026-10-01 00:00:00+00:00" or "20261001…": the forms in which reports give days
 * (data-formats.md). Only the date is looked at. False for an impossible date. */
bool day_parse(const char *text, size_t length, Day *day);

/* "2026-11-24"; returns `text`. */
char *day_format(Day day, char text[DATE_TEXT_SIZE]);

/* Reads an RFC 3339 time ("2026-11-24T09:07:49Z", with an optional fraction and a zone "Z" or
 * "+01:00"; the 'T' may be a blank), or a date alone (midnight UTC). */
bool timestamp_parse(const char *text, size_t length, Timestamp *timestamp);

/* "2026-11-24T09:07:49Z"; with microseconds when `fraction`. Returns `text`. */
char *timestamp_format(Timestamp timestamp, bool fraction, char text[TIMESTAMP_TEXT_SIZE]);

/* Sets the clock to `start` now; it goes on from there. Called once at start-up when
 * KONTOR_NOW or --now is given. */
void clock_set(Timestamp start);

/* Now, and today, as the product sees it: what "this month" means. */
Timestamp clock_now(void);
Day clock_today(void);

/* Seconds from an arbitrary start, never set: for durations and deadlines. */
double clock_monotonic(void);

#endif
