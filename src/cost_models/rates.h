/* Rates of cost models and price lists: read, checked, and brought into the one form in which they
 * are stored and answered (koku-api.md §1.7). */
#ifndef KONTOR_COST_MODELS_RATES_H
#define KONTOR_COST_MODELS_RATES_H

#include "cost_api/fields.h"

/* Reads the list "rates" of a body. All prices are in `currency` (NULL: any one). Answers with the
 * list as JSON text, each rate with an id of its own; NULL when the body has none, or one is wrong
 * (then there are faults). */
const char *rates_read(const Fields *body, const char *currency);

#endif
