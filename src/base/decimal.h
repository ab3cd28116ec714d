/* Money and usage: exact decimals, 128-bit fixed point at 15 places (the scale of the summary
 * tables). Never a double. */
#ifndef KONTOR_BASE_DECIMAL_H
#define KONTOR_BASE_DECIMAL_H

#include <stdbool.h>
#include <stddef.h>

/* The value times 10^15. Holds up to ±1.7·10^23. */
typedef __int128 Decimal;

enum {
    DECIMAL_PLACES = 15,
    DECIMAL_TEXT_SIZE = 48, /* the longest text of a Decimal with its NUL */
};

/* Reads `length` bytes as a decimal number: optional sign, digits with an optional point, an
 * optional exponent ("4.0E-7", "-.5", "1e3"). What lies beyond 15 places is rounded half away
 * from zero, as the reference totals are. Returns false, leaving `value` alone, for anything
 * else (empty, "None", text, blanks around it, out of range). */
bool decimal_parse(const char *text, size_t length, Decimal *value);

/* number · 10^-scale, rounded as above. False, leaving `value` alone, when it is out of range. */
bool decimal_of_scaled(__int128 number, int scale, Decimal *value);

/* Writes the shortest exact text ("-0.5", "12", "0.000000000000001"), NUL-terminated; returns
 * its length. */
size_t decimal_format(Decimal value, char text[DECIMAL_TEXT_SIZE]);

/* left · right, rounded as above. False, leaving `product` alone, when it is out of range. */
bool decimal_multiply(Decimal left, Decimal right, Decimal *product);

/* sum += value; false (and sum untouched) when it would leave the range. */
bool decimal_add(Decimal *sum, Decimal value);

#endif
