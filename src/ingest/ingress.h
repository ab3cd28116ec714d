/* Reports that someone names file by file, instead of having them found (masu.md §B.6). Each is a
 * manifest whose assembly is the ingress report's uuid. */
#ifndef KONTOR_INGEST_INGRESS_H
#define KONTOR_INGEST_INGRESS_H

#include "base/config.h"
#include "providers/provider.h"

enum { INGRESS_FILES_MOST = 1000 };

/* Takes the files at these keys (a bucket's name may stand before a key) as all there is of a month
 * of the provider, and has them read: the month is replaced. The uuid lives in the arena.
 * ERROR_NOT_FOUND names the first that is not in the bucket; otherwise the storage's error. */
bool ingress_submit(const Config *config, Db *db, Arena *arena, const Provider *provider, Day month,
                    const char *const *keys, int count, const char **uuid, Error *error);

/* The ingress reports of a tenant, or of one of its providers, the newest first. Columns: uuid,
 * created and completed ("2026-11-23T11:41:02.573622Z"), the list of keys as JSON, the provider's
 * uuid, year ("2026"), month ("11"), status ("pending", "Completed", or "failed: WHY"). */
DbResult *ingress_list(Db *db, Arena *arena, const char *schema, const char *provider_uuid,
                       const char *uuid, Error *error);

#endif
