/* The plain lists of the Cost Management API: resource types, which interfaces offer while one
 * types (koku-api.md §1.4), cost types, currencies (§1.8, §1.9), what the caller may do (§1.10). */
#ifndef KONTOR_REPORTS_LISTS_H
#define KONTOR_REPORTS_LISTS_H

#include "net/http_server.h"

extern const HttpRoute LIST_ROUTES[];

#endif
