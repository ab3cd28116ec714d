/* What costs in one currency are in another, month by month (koku-api.md §7.3). A month's rate is
 * the one that was set for the pair, else the one that was fetched, else the reverse of what was
 * set for the other way; a month without any has that of the next one with (sql/tenant). */
#ifndef KONTOR_SETTINGS_EXCHANGE_H
#define KONTOR_SETTINGS_EXCHANGE_H

#include "cost_api/call.h"

extern const HttpRoute EXCHANGE_ROUTES[];

/* Looks for the currencies that `table` (usage_start, currency_code) of the tenant has from `first`
 * to `last`. *rate is SQL that changes an amount of its row r into `currency`, or NULL when all
 * rows are in it already. A row without any currency counts as being in it. False when the answer
 * is written already: 400, a rate is missing. */
bool exchange_sql(CostCall *call, const char *table, const char *currency, Day first, Day last,
                  const char **rate);

#endif
