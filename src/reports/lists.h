/* The plain lists of the Cost Management API: cost types, currencies (koku-api.md §1.8, §1.9), what
 * the caller may do (§1.10). */
#ifndef KONTOR_REPORTS_LISTS_H
#define KONTOR_REPORTS_LISTS_H

#include "cost_api/cost_api.h"

/* Adds their routes. */
void lists_add(CostApi *api);

#endif
