/* The currencies of ISO 4217. */
#ifndef KONTOR_COST_API_CURRENCY_H
#define KONTOR_COST_API_CURRENCY_H

#include <stdbool.h>

typedef struct Currency {
    char code[4];
    bool enabled; /* until a tenant chooses otherwise */
} Currency;

#define CURRENCY_DEFAULT "USD"

/* The currency with that code, which must be in upper case; NULL when ISO 4217 has none. */
const Currency *currency_find(const char *code);

/* What people call a currency. */
typedef struct CurrencyName {
    const char *code;
    const char *symbol;
    const char *name;
} CurrencyName;

/* The enabled currencies in the order of their codes; *count of them. */
const CurrencyName *currency_names(int *count);

#endif
