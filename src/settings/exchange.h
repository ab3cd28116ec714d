/* What costs in one currency are in another, month by month (koku-api.md §7.3). A month's rate is
 * the one that was set for the pair, else the one that was fetched, else the reverse of what was
 * set for the other way; a month without any has that of the next one with (sql/tenant). */
#ifndef KONTOR_SETTINGS_EXCHANGE_H
#define KONTOR_SETTINGS_EXCHANGE_H

#include "cost_api/call.h"

extern const HttpRoute EXCHANGE_ROUTES[];

/* What amounts of one currency and month are multiplied with. */
typedef struct ExchangeMonth {
    const char *currency;
    Day month; /* its first day */
    const char *rate;
} ExchangeMonth;

/* How the rows of a table are changed into one currency. */
typedef struct Exchange {
    const char *sql; /* of a row r: its rate; NULL: all rows are in that currency already */
    ExchangeMonth *months;
    int month_count;
} Exchange;

/* Looks for the currencies that `table` (usage_start, currency_code) of the tenant has from `first`
 * to `last`, and for what they are in `currency`. A row without any currency counts as being in
 * it. False when the answer is written already: 400, a rate is missing. */
bool exchange_read(CostCall *call, const char *table, const char *currency, Day first, Day last,
                   Exchange *exchange);

/* The one currency that rows of that month are in, and its rate; NULL when there are several. */
const ExchangeMonth *exchange_of_month(const Exchange *exchange, Day month);

#endif
