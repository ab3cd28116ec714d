/* What the query of a plain list may ask for beside its page: filters, and one order. */
#ifndef KONTOR_COST_API_LIST_QUERY_H
#define KONTOR_COST_API_LIST_QUERY_H

#include "cost_api/call.h"

/* A name that order_by may have, and the SQL expression that stands for it. */
typedef struct ListOrder {
    const char *name;
    const char *sql;
} ListOrder;

/* Is every filter[NAME] of the query one of `names` (ends with NULL)? Else answers 400, naming it,
 * and returns false. */
bool list_check_filters(CostCall *call, const char *const *names);

/* Is every parameter of the query one of `names` (ends with NULL), by what stands before its first
 * bracket? Else answers 400, naming it, and returns false. */
bool list_check_parameters(CostCall *call, const char *const *names);

/* Reads filter[`name`] as a boolean ("true", "1", "False"): its text in SQL, or NULL when it was
 * not given. False when it is none; the answer, 400, is written then. */
bool list_boolean(CostCall *call, const char *name, const char **sql);

/* The SQL of order_by[NAME]=asc|desc, order_by=NAME or order_by=-NAME; that of the first of
 * `orders` (which end with a NULL name) when there is none. NULL when the answer is written: 400
 * for a name or a direction that is none; `choices` tells the names there are. */
const char *list_order(CostCall *call, const ListOrder *orders, const char *choices);

#endif
