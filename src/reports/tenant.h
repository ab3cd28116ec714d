/* What a report needs to know of its tenant. */
#ifndef KONTOR_REPORTS_TENANT_H
#define KONTOR_REPORTS_TENANT_H

#include "db/db.h"
#include "reports/grammar.h"

/* The tag keys of the report type's providers and the cost categories of the tenant. An unknown
 * tenant has none. */
bool tenant_known_keys(Db *db, Arena *arena, const ReportType *type, const char *schema,
                       KnownKey **keys, int *count, Error *error);

#endif
