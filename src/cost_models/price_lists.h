/* Price lists: rates with a time in which they hold, which cost models share. */
#ifndef KONTOR_COST_MODELS_PRICE_LISTS_H
#define KONTOR_COST_MODELS_PRICE_LISTS_H

#include "cost_api/call.h"

#define PRICE_LISTS COST_MANAGEMENT_API "/price-lists"

/* What a 404 calls it (call_not_found). */
#define PRICE_LIST "PriceList"

/* SQL: do two lists of rates, jsonb, price anything differently? What they are called does not
 * matter. */
#define PRICES_DIFFER(one, other)                                                                  \
    "(SELECT jsonb_agg(rate - '{rate_id,custom_name,description}'::text[])"                        \
    "   FROM jsonb_array_elements(" one ") rate)"                                                  \
    " IS DISTINCT FROM"                                                                            \
    " (SELECT jsonb_agg(rate - '{rate_id,custom_name,description}'::text[])"                       \
    "    FROM jsonb_array_elements(" other ") rate)"

extern const HttpRoute PRICE_LIST_ROUTES[];

/* What a body says of a price list; NULL for what it does not. */
typedef struct PriceListWish {
    const char *uuid; /* of a new one, where it is kept (cost_api_keep_uuids) */
    const char *name;
    const char *description;
    const char *currency;
    const char *start; /* "2026-11-01" */
    const char *end;
    const char *enabled; /* "true" or "false" */
    const char *rates;   /* JSON */
} PriceListWish;

/* What there is of a price list before a change. */
typedef struct PriceListState {
    const char *currency;
    const char *start;
    const char *end;
    const char *rates; /* JSON */
    bool enabled;
} PriceListState;

/* Reads and checks a body; `before` is NULL for a new list. False when the answer is written
 * already. */
bool price_list_read(CostCall *call, const PriceListState *before, PriceListWish *wish);

#endif
