#include "base/decimal.h"

#include <endian.h>
#include <stdint.h>
#include <string.h>

/* 10^38 is the largest power of ten below 2^127. */
enum { MAX_DIGITS = 38 };

/* One more digit fits behind a magnitude up to this one. */
static const unsigned __int128 ROOM_FOR_DIGIT = (~(unsigned __int128)0 - 9) / 10;

static const uint64_t POWERS[] = {
    1,
    10,
    100,
    1000,
    10000,
    100000,
    1000000,
    10000000,
    100000000,
    1000000000,
    10000000000,
    100000000000,
    1000000000000,
    10000000000000,
    100000000000000,
    1000000000000000,
    10000000000000000,
    100000000000000000,
    1000000000000000000,
};

static unsigned __int128 power_of_ten(int exponent)
{
    unsigned __int128 power = 1;
    for (; exponent > 18; exponent -= 18) {
        power *= POWERS[18];
    }
    return power * POWERS[exponent];
}

/* Reads "e[+-]digits" at *at; false when malformed. Far exponents are clamped: they mean zero
 * or out of range all the same. */
static bool parse_exponent(const char *text, size_t length, size_t *at, int *exponent)
{
    size_t i = *at + 1;
    bool negative = false;
    if (i < length && (text[i] == '+' || text[i] == '-')) {
        negative = text[i++] == '-';
    }
    if (i == length) {
        return false;
    }
    int value = 0;
    for (; i < length && text[i] >= '0' && text[i] <= '9'; i++) {
        value = value > 100000 ? value : value * 10 + (text[i] - '0');
    }
    *exponent = negative ? -value : value;
    *at = i;
    return true;
}

/* magnitude · 10^shift, rounded half away from zero; false when that is out of range. */
static bool scale(unsigned __int128 *magnitude, int shift)
{
    if (*magnitude == 0) {
        return true;
    }
    if (shift >= 0) {
        if (shift > MAX_DIGITS) {
            return false;
        }
        return !__builtin_mul_overflow(*magnitude, power_of_ten(shift), magnitude);
    }
    if (-shift > MAX_DIGITS) {
        *magnitude = 0;
        return true;
    }
    unsigned __int128 divisor = power_of_ten(-shift);
    unsigned __int128 rest = *magnitude % divisor;
    *magnitude = *magnitude / divisor + (rest >= divisor - rest ? 1 : 0);
    return true;
}

/* magnitude · 10^shift with its sign; false when that is out of range. */
static bool set_scaled(unsigned __int128 magnitude, bool negative, int shift, Decimal *value)
{
    const unsigned __int128 limit = ((unsigned __int128)1 << 127) - 1;
    if (!scale(&magnitude, shift) || magnitude > limit) {
        return false;
    }
    *value = negative ? -(Decimal)magnitude : (Decimal)magnitude;
    return true;
}

bool decimal_of_scaled(__int128 number, int scale_of_number, Decimal *value)
{
    unsigned __int128 magnitude =
        number < 0 ? -(unsigned __int128)number : (unsigned __int128)number;
    return set_scaled(magnitude, number < 0, DECIMAL_PLACES - scale_of_number, value);
}

/* The number that eight digits are, with three multiplications; false when they aren't digits. */
static bool parse_eight(const char *text, uint64_t *number)
{
    uint64_t word;
    memcpy(&word, text, sizeof word);
    word = le64toh(word) - 0x3030303030303030;
    if (((word | (word + 0x7676767676767676)) & 0x8080808080808080) != 0) {
        return false;
    }
    word = (word * 10 + (word >> 8)) & 0x00ff00ff00ff00ff;
    word = (word * 100 + (word >> 16)) & 0x0000ffff0000ffff;
    *number = (word * 10000 + (word >> 32)) & 0xffffffff;
    return true;
}

/* Reads digits at *at while they come. */
static uint64_t parse_digits(const char **at, const char *end)
{
    uint64_t number = 0, eight;
    while (end - *at >= 8 && parse_eight(*at, &eight)) {
        number = number * POWERS[8] + eight;
        *at += 8;
    }
    for (; *at < end && (unsigned char)(**at - '0') <= 9; ++*at) {
        number = number * 10 + (unsigned)(**at - '0');
    }
    return number;
}

/* Nearly all numbers of a report: a sign, up to 18 digits, no more places than a Decimal has. */
static bool parse_short(const char *text, size_t length, Decimal *value)
{
    const char *at = text, *end = text + length;
    bool negative = length > 0 && text[0] == '-';
    at += negative;
    if (end - at > 19 || at == end || (unsigned char)(*at - '0') > 9) {
        return false;
    }
    bool one_digit = end - at > 1 && at[1] == '.';
    uint64_t number = one_digit ? (unsigned)(*at++ - '0') : parse_digits(&at, end);
    size_t places = 0;
    if (at < end && *at == '.') {
        at++;
        places = (size_t)(end - at);
        if (places > DECIMAL_PLACES) {
            return false;
        }
        number = number * POWERS[places] + parse_digits(&at, end);
    } else if (end - text > 18) { /* digits alone, one too many perhaps */
        return false;
    }
    if (at != end) {
        return false;
    }
    Decimal magnitude = (Decimal)number * (Decimal)POWERS[DECIMAL_PLACES - places];
    *value = negative ? -magnitude : magnitude;
    return true;
}

bool decimal_parse(const char *text, size_t length, Decimal *value)
{
    if (parse_short(text, length, value)) {
        return true;
    }
    size_t i = 0;
    bool negative = false;
    if (i < length && (text[i] == '-' || text[i] == '+')) {
        negative = text[i++] == '-';
    }
    unsigned __int128 magnitude = 0;
    int significant = 0, shift = DECIMAL_PLACES, dropped = -1;
    bool digits = false, point = false;
    for (; i < length; i++) {
        if (text[i] == '.') {
            if (point) {
                return false;
            }
            point = true;
            continue;
        }
        unsigned digit = (unsigned)text[i] - '0';
        if (digit > 9) {
            break;
        }
        digits = true;
        if (significant < MAX_DIGITS || (dropped < 0 && magnitude <= ROOM_FOR_DIGIT)) {
            magnitude = magnitude * 10 + digit;
            significant += magnitude != 0;
            shift -= point;
        } else {
            dropped = dropped < 0 ? (int)digit : dropped;
            shift += !point;
        }
    }
    if (!digits) {
        return false;
    }
    if (i < length) {
        int exponent = 0;
        if ((text[i] != 'e' && text[i] != 'E') || !parse_exponent(text, length, &i, &exponent) ||
            i != length) {
            return false;
        }
        shift += exponent;
    }
    /* Digits that were dropped say how to round where the last place is right before them; further
     * up they make no half, and further down the number is out of range. */
    magnitude += shift == 0 && dropped >= 5;
    return set_scaled(magnitude, negative, shift, value);
}

/* Two digits a division. */
static const char PAIRS[] = "0001020304050607080910111213141516171819202122232425262728293031323334"
                            "3536373839404142434445464748495051525354555657585960616263646566676869"
                            "707172737475767778798081828384858687888990919293949596979899";

/* Writes `number` with at least `least` digits; returns the end of them. */
static char *write_number(char *at, uint64_t number, int least)
{
    char digits[24], *end = digits + sizeof digits, *first = end;
    for (; number >= 100; number /= 100) {
        first -= 2;
        memcpy(first, PAIRS + number % 100 * 2, 2);
    }
    first -= 2;
    memcpy(first, PAIRS + number * 2, 2);
    first += *first == '0' && end - first > least;
    for (; end - first < least; *--first = '0') {
    }
    memcpy(at, first, (size_t)(end - first));
    return at + (end - first);
}

/* The point and the places, without zeros behind. */
static char *write_places(char *at, uint64_t fraction)
{
    int places = DECIMAL_PLACES;
    for (; fraction % POWERS[4] == 0; fraction /= POWERS[4]) {
        places -= 4;
    }
    for (; fraction % 10 == 0; fraction /= 10) {
        places--;
    }
    *at = '.';
    return write_number(at + 1, fraction, places);
}

size_t decimal_format(Decimal value, char text[DECIMAL_TEXT_SIZE])
{
    const uint64_t one = POWERS[DECIMAL_PLACES];
    unsigned __int128 magnitude = value < 0 ? -(unsigned __int128)value : (unsigned __int128)value;
    char *at = text;
    *at = '-';
    at += value < 0;
    uint64_t fraction;
    if (magnitude >> 64 == 0) { /* as nearly all are */
        at = write_number(at, (uint64_t)magnitude / one, 1);
        fraction = (uint64_t)magnitude % one;
    } else {
        unsigned __int128 whole = magnitude / one;
        fraction = (uint64_t)(magnitude - whole * one);
        if (whole >= POWERS[18]) {
            at = write_number(at, (uint64_t)(whole / POWERS[18]), 1);
            at = write_number(at, (uint64_t)(whole % POWERS[18]), 18);
        } else {
            at = write_number(at, (uint64_t)whole, 1);
        }
    }
    if (fraction > 0) {
        at = write_places(at, fraction);
    }
    *at = '\0';
    return (size_t)(at - text);
}

/* left · right in four words of 64 bits, least significant first. */
static void multiply_wide(unsigned __int128 left, unsigned __int128 right, uint64_t product[4])
{
    const uint64_t a[] = {(uint64_t)left, (uint64_t)(left >> 64)};
    const uint64_t b[] = {(uint64_t)right, (uint64_t)(right >> 64)};
    memset(product, 0, 4 * sizeof *product);
    for (int i = 0; i < 2; i++) {
        uint64_t carry = 0;
        for (int j = 0; j < 2; j++) {
            unsigned __int128 sum = (unsigned __int128)a[i] * b[j] + product[i + j] + carry;
            product[i + j] = (uint64_t)sum;
            carry = (uint64_t)(sum >> 64);
        }
        product[i + 2] = carry;
    }
}

bool decimal_multiply(Decimal left, Decimal right, Decimal *product)
{
    const uint64_t one = POWERS[DECIMAL_PLACES];
    uint64_t words[4], rest = 0;
    multiply_wide(left < 0 ? -(unsigned __int128)left : (unsigned __int128)left,
                  right < 0 ? -(unsigned __int128)right : (unsigned __int128)right, words);
    for (int i = 3; i >= 0; i--) {
        unsigned __int128 part = (unsigned __int128)rest << 64 | words[i];
        words[i] = (uint64_t)(part / one);
        rest = (uint64_t)(part % one);
    }
    if (words[3] != 0 || words[2] != 0 || words[1] >> 63 != 0) {
        return false;
    }
    Decimal magnitude = (Decimal)((unsigned __int128)words[1] << 64 | words[0]);
    if (rest >= one - rest && !decimal_add(&magnitude, 1)) {
        return false;
    }
    *product = (left < 0) != (right < 0) ? -magnitude : magnitude;
    return true;
}

bool decimal_add(Decimal *sum, Decimal value)
{
    Decimal result;
    if (__builtin_add_overflow(*sum, value, &result)) {
        return false;
    }
    *sum = result;
    return true;
}
