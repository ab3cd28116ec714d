/* The currencies of ISO 4217. */
#ifndef KONTOR_COST_API_CURRENCY_H
#define KONTOR_COST_API_CURRENCY_H

#include <stdbool.h>

#include "base/json.h"

typedef struct Currency {
    char code[4];
    bool enabled; /* until a tenant chooses otherwise */
    const char *symbol;
    const char *name;
} Currency;

#define CURRENCY_DEFAULT "USD"

/* The currency with that code, which must be in upper case; NULL when ISO 4217 has none. */
const Currency *currency_find(const char *code);

/* The code in upper case, as currency_find needs it. */
const char *currency_code(Arena *arena, const char *text);

/* All of them in the order of their codes; *count of them. */
const Currency *currency_all(int *count);

/* Writes the members code, name, symbol and description. */
void currency_write(JsonWriter *json, Arena *arena, const Currency *currency);

#endif
