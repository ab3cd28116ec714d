/* What changes of tag keys and cost categories have in common. */
#ifndef KONTOR_SETTINGS_KEYS_H
#define KONTOR_SETTINGS_KEYS_H

#include "cost_api/call.h"

/* The body's "ids", UUIDs, as a PostgreSQL array; NULL when the answer is written already. */
const char *keys_read_ids(CostCall *call);

/* The UUIDs of `list`, which is called `name` in the body; `refusal` is said of what is none. */
const char *keys_read_uuids(CostCall *call, const json_t *list, const char *name,
                            const char *refusal);

/* Keeps a change of keys, whose transaction it ends: the tenant's recent months will be read anew,
 * for they hold what was enabled when they were read. Answers 204, or the error. */
void keys_keep(CostCall *call);

#endif
