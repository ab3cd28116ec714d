/* Which tag and cost category keys a tenant's summaries keep (reporting_enabledtagkeys,
 * reporting_awsenabledcategorykeys). New keys are enabled until there are TAG_KEYS_MAX enabled
 * ones (masu.md §C.2), later ones are noted, disabled. */
#ifndef KONTOR_INGEST_MONTH_TAG_KEYS_H
#define KONTOR_INGEST_MONTH_TAG_KEYS_H

#include "db/db.h"
#include "ingest/fold/fold.h"

enum { TAG_KEYS_MAX = 200 };

typedef struct TagKeys TagKeys;

/* Reads the keys of the tenant whose schema the connection's search path names. The TagKeys
 * belong to `arena`. NULL on failure. */
TagKeys *tag_keys_load(Db *db, Arena *arena, const char *provider_type, Error *error);

/* Is the key to be kept? A new one is decided about and remembered. `which` is FOLD_TAGS or
 * FOLD_COST_CATEGORY. Several threads may ask. */
bool tag_keys_enabled(TagKeys *keys, FoldDimension which, const char *key);

/* Writes the new keys, inside the caller's transaction. */
bool tag_keys_save(TagKeys *keys, Db *db, Arena *arena, Error *error);

#endif
