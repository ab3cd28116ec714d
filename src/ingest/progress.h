/* How far the ingest is, for those who watch it. */
#ifndef KONTOR_INGEST_PROGRESS_H
#define KONTOR_INGEST_PROGRESS_H

#include "base/json.h"
#include "db/db.h"

/* The provider that `id` names within a tenant: the id of a source, or a provider's or source's
 * UUID. A source that has no provider yet has its own UUID. ERROR_NOT_FOUND when the tenant has
 * none such. */
bool progress_find_provider(Db *db, Arena *arena, const char *schema, const char *id,
                            const char **uuid, Error *error);

/* Writes an array of the tenant's providers, the oldest first: each with its newest months (state,
 * files, bytes and how many of them are read, lines, faults, and while it runs the pace) and the
 * jobs that wait, run or failed of late. */
bool progress_write(Db *db, Arena *arena, const char *schema, JsonWriter *json, Error *error);

#endif
