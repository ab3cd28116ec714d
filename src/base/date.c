#include "base/date.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

enum { MICROSECONDS = 1000000, SECONDS_A_DAY = 86400 };

static Timestamp clock_offset; /* product time minus the machine's; set before threads start */

/* Howard Hinnant's civil-calendar algorithms: eras of 400 years that begin on 1 March. */
Day day_from_civil(int year, int month, int day_of_month)
{
    int months = month - 1;
    year += months >= 0 ? months / 12 : -((11 - months) / 12);
    month = ((months % 12) + 12) % 12 + 1;
    year -= month <= 2;
    int era = (year >= 0 ? year : year - 399) / 400;
    int year_of_era = year - era * 400;
    int day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day_of_month - 1;
    int day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    return era * 146097 + day_of_era - 719468;
}

void day_to_civil(Day day, int *year, int *month, int *day_of_month)
{
    int shifted = day + 719468;
    int era = (shifted >= 0 ? shifted : shifted - 146096) / 146097;
    int day_of_era = shifted - era * 146097;
    int year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    int day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int shifted_month = (5 * day_of_year + 2) / 153;
    *day_of_month = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    *month = shifted_month < 10 ? shifted_month + 3 : shifted_month - 9;
    *year = year_of_era + era * 400 + (*month <= 2);
}

Day day_month_start(Day day, int months)
{
    int year, month, day_of_month;
    day_to_civil(day, &year, &month, &day_of_month);
    return day_from_civil(year, month + months, 1);
}

/* `count` digits at `text`, or -1. */
static int read_digits(const char *text, int count)
{
    int value = 0;
    for (int i = 0; i < count; i++) {
        if (text[i] < '0' || text[i] > '9') {
            return -1;
        }
        value = value * 10 + (text[i] - '0');
    }
    return value;
}

bool day_parse(const char *text, size_t length, Day *day)
{
    int year, month, day_of_month;
    if (length >= 10 && text[4] == '-' && text[7] == '-') {
        year = read_digits(text, 4);
        month = read_digits(text + 5, 2);
        day_of_month = read_digits(text + 8, 2);
    } else if (length >= 8) {
        year = read_digits(text, 4);
        month = read_digits(text + 4, 2);
        day_of_month = read_digits(text + 6, 2);
    } else {
        return false;
    }
    if (year < 1 || month < 1 || month > 12 || day_of_month < 1) {
        return false;
    }
    Day parsed = day_from_civil(year, month, day_of_month);
    if (parsed >= day_from_civil(year, month + 1, 1)) {
        return false;
    }
    *day = parsed;
    return true;
}

static void put_two(char *text, int number)
{
    text[0] = (char)('0' + number / 10);
    text[1] = (char)('0' + number % 10);
}

char *day_format(Day day, char text[DATE_TEXT_SIZE])
{
    int year, month, day_of_month;
    day_to_civil(day, &year, &month, &day_of_month);
    put_two(text, year % 10000 / 100);
    put_two(text + 2, year % 100);
    put_two(text + 5, month);
    put_two(text + 8, day_of_month);
    text[4] = text[7] = '-';
    text[10] = '\0';
    return text;
}

/* "Z", "+01:00", "+0100", "+01" or nothing at `text`; seconds east of UTC. */
static bool parse_zone(const char *text, size_t length, int *seconds)
{
    *seconds = 0;
    if (length == 0 || (length == 1 && (text[0] == 'Z' || text[0] == 'z'))) {
        return true;
    }
    if (length < 3 || (text[0] != '+' && text[0] != '-')) {
        return false;
    }
    int hours = read_digits(text + 1, 2), minutes = 0;
    const char *rest = text + 3;
    size_t left = length - 3;
    if (left > 0 && rest[0] == ':') {
        rest++;
        left--;
    }
    if (left != 0) {
        minutes = left == 2 ? read_digits(rest, 2) : -1;
    }
    if (hours < 0 || hours > 23 || minutes < 0 || minutes > 59) {
        return false;
    }
    *seconds = (hours * 60 + minutes) * (text[0] == '-' ? -60 : 60);
    return true;
}

bool timestamp_parse(const char *text, size_t length, Timestamp *timestamp)
{
    Day day;
    if (length < 10 || !day_parse(text, length, &day) || text[4] != '-') {
        return false;
    }
    int64_t seconds = (int64_t)day * SECONDS_A_DAY, fraction = 0;
    if (length > 10) {
        if (length < 19 || (text[10] != 'T' && text[10] != ' ') || text[13] != ':' ||
            text[16] != ':') {
            return false;
        }
        int hour = read_digits(text + 11, 2), minute = read_digits(text + 14, 2);
        int second = read_digits(text + 17, 2), zone = 0;
        size_t at = 19;
        if (at < length && text[at] == '.') {
            int64_t unit = MICROSECONDS / 10;
            for (at++; at < length && text[at] >= '0' && text[at] <= '9'; at++, unit /= 10) {
                fraction += unit * (text[at] - '0');
            }
        }
        if (hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 60 ||
            !parse_zone(text + at, length - at, &zone)) {
            return false;
        }
        seconds += hour * 3600 + minute * 60 + second - zone;
    }
    *timestamp = seconds * MICROSECONDS + fraction;
    return true;
}

char *timestamp_format(Timestamp timestamp, bool fraction, char text[TIMESTAMP_TEXT_SIZE])
{
    int64_t micro = timestamp % MICROSECONDS, seconds = timestamp / MICROSECONDS;
    if (micro < 0) {
        micro += MICROSECONDS;
        seconds--;
    }
    int64_t of_day = seconds % SECONDS_A_DAY;
    of_day += of_day < 0 ? SECONDS_A_DAY : 0;
    int year, month, day_of_month;
    day_to_civil((Day)((seconds - of_day) / SECONDS_A_DAY), &year, &month, &day_of_month);
    int length =
        snprintf(text, TIMESTAMP_TEXT_SIZE, "%04d-%02d-%02dT%02d:%02d:%02d", year % 10000, month,
                 day_of_month, (int)(of_day / 3600), (int)(of_day / 60 % 60), (int)(of_day % 60));
    if (fraction) {
        length +=
            snprintf(text + length, TIMESTAMP_TEXT_SIZE - (size_t)length, ".%06d", (int)micro);
    }
    snprintf(text + length, TIMESTAMP_TEXT_SIZE - (size_t)length, "Z");
    return text;
}

static Timestamp read_clock(clockid_t clock)
{
    struct timespec now;
    clock_gettime(clock, &now);
    return (Timestamp)now.tv_sec * MICROSECONDS + now.tv_nsec / 1000;
}

void clock_set(Timestamp start)
{
    clock_offset = start - read_clock(CLOCK_REALTIME);
}

Timestamp clock_now(void)
{
    return read_clock(CLOCK_REALTIME) + clock_offset;
}

Day clock_today(void)
{
    Timestamp seconds = clock_now() / MICROSECONDS;
    return (Day)(seconds / SECONDS_A_DAY);
}

double clock_monotonic(void)
{
    return (double)read_clock(CLOCK_MONOTONIC) / MICROSECONDS;
}
