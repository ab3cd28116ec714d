/* Numbers, days and times of reports: what is read is written and read again as the same; numbers
 * also as the school does it, digit by digit. */
#include "base/date.h"
#include "base/decimal.h"
#include "fuzz.h"

enum { DIGITS_MAX = 400, EXPONENT_MAX = 100 };

/* A number as it stands: 0.DIGITS · 10^point. */
typedef struct Plain {
    char digits[DIGITS_MAX];
    int count, point;
    bool negative;
} Plain;

/* Splits a number; false when it is none, or beyond what this plain way can hold. */
static bool split(const char *text, size_t size, Plain *plain, bool *beyond)
{
    size_t at = 0;
    bool after_point = false;
    *plain = (Plain){.negative = size > 0 && text[0] == '-'};
    *beyond = size > DIGITS_MAX - 2 * EXPONENT_MAX;
    at += size > 0 && (text[0] == '-' || text[0] == '+');
    for (; !*beyond && at < size && (text[at] == '.' || (text[at] >= '0' && text[at] <= '9'));
         at++) {
        if (text[at] != '.') {
            plain->digits[plain->count++] = (char)(text[at] - '0');
            plain->point += !after_point;
        } else if (after_point) {
            return false;
        } else {
            after_point = true;
        }
    }
    if (*beyond || plain->count == 0 || at == size) {
        return plain->count > 0;
    }
    if (text[at] != 'e' && text[at] != 'E') {
        return false;
    }
    at++;
    bool negative = at < size && text[at] == '-';
    at += at < size && (text[at] == '-' || text[at] == '+');
    int exponent = 0;
    if (at == size) {
        return false;
    }
    for (; at < size && text[at] >= '0' && text[at] <= '9'; at++) {
        exponent = exponent > EXPONENT_MAX ? exponent : exponent * 10 + (text[at] - '0');
    }
    *beyond = exponent > EXPONENT_MAX;
    plain->point += negative ? -exponent : exponent;
    return at == size;
}

/* The plain number at 15 places, rounded half away from zero; false when it is out of range. */
static bool to_decimal(const Plain *plain, Decimal *value)
{
    int wanted = plain->point + DECIMAL_PLACES; /* digits before the rounding */
    *value = 0;
    for (int i = 0; i < wanted; i++) {
        Decimal digit = i < plain->count ? plain->digits[i] : 0;
        if (__builtin_mul_overflow(*value, 10, value) || !decimal_add(value, digit)) {
            return false;
        }
    }
    bool up = wanted >= 0 && wanted < plain->count && plain->digits[wanted] >= 5;
    if (up && !decimal_add(value, 1)) {
        return false;
    }
    *value = plain->negative ? -*value : *value;
    return true;
}

static void check_decimal(const char *text, size_t size)
{
    Plain plain;
    Decimal value, again;
    bool beyond;
    bool number = split(text, size, &plain, &beyond), read = decimal_parse(text, size, &value);
    if (!beyond) {
        FUZZ_CHECK(read == (number && to_decimal(&plain, &again)));
        FUZZ_CHECK(!read || value == again);
    }
    if (read) {
        char written[DECIMAL_TEXT_SIZE];
        size_t length = decimal_format(value, written);
        FUZZ_CHECK(length == strlen(written));
        FUZZ_CHECK(decimal_parse(written, length, &again) && again == value);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    const char *text = (const char *)bytes;
    check_decimal(text, size);
    Day day, same_day;
    if (day_parse(text, size, &day)) {
        char written[DATE_TEXT_SIZE];
        day_format(day, written);
        FUZZ_CHECK(day_parse(written, strlen(written), &same_day) && same_day == day);
    }
    Timestamp time, same_time;
    if (timestamp_parse(text, size, &time)) {
        char written[TIMESTAMP_TEXT_SIZE];
        timestamp_format(time, true, written);
        FUZZ_CHECK(timestamp_parse(written, strlen(written), &same_time) && same_time == time);
    }
    return 0;
}
