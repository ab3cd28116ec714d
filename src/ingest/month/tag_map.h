/* Tag keys that are read as another one (reporting_tagmapping). */
#ifndef KONTOR_INGEST_MONTH_TAG_MAP_H
#define KONTOR_INGEST_MONTH_TAG_MAP_H

#include "db/db.h"
#include "ingest/fold/fold.h"

typedef struct TagMap TagMap;

/* The mappings of the tenant in the search path for providers of a type. */
TagMap *tag_map_load(Db *db, Arena *arena, const char *provider_type, Error *error);

/* A line's tags, a canonical JSON object, as its summaries have them. Where it has several of one
 * parent, the parent's own value counts, else that of the child whose key comes first. Valid until
 * the next call. */
FoldText tag_map_apply(TagMap *map, FoldText tags);

#endif
