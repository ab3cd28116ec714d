/* The currencies of an organisation: which are enabled (koku-api.md §1.9, §7). */
#ifndef KONTOR_SETTINGS_CURRENCIES_H
#define KONTOR_SETTINGS_CURRENCIES_H

#include "cost_api/call.h"
#include "cost_api/fields.h"

/* Is the currency, in upper case, one of ISO 4217 that the tenant has enabled? Of a tenant without
 * tables those are that are enabled at first. */
bool currencies_enabled(Db *db, Arena *arena, const char *schema, const char *code, bool *enabled,
                        Error *error);

/* The same for a value that was given as `source`; adds a fault when it can't be used. False when
 * the database can't tell: the answer is written then. */
bool currencies_check(CostCall *call, Faults *faults, const char *source, const char *code);

/* The currency in a field of a body, checked and in upper case; when absent, `otherwise`, or (NULL)
 * the organisation's. False when the database can't tell: the answer is written then. */
bool currencies_read(CostCall *call, const Fields *body, const char *name, const char *otherwise,
                     const char **code);

#endif
