/* Binding: a header's family, and which of its columns give what. Of csv and of Parquet files. */
#ifndef KONTOR_INGEST_FOLD_BINDING_H
#define KONTOR_INGEST_FOLD_BINDING_H

#include "base/arena.h"
#include "ingest/fold/family.h"

/* A column that is read: where it stands and what it gives. */
typedef struct BoundColumn {
    uint32_t column;
    ColumnRole role;
    int index;
    const char *name; /* as the header has it, for messages */
} BoundColumn;

/* A map column of which some keys give something. */
typedef struct BoundMap {
    uint32_t column;
    const char *name;
    BoundColumn *members; /* .name is the key; .column that of the map */
    int member_count;
} BoundMap;

/* A column that gives tags or categories: one key, or a map of them. */
typedef struct BoundKey {
    uint32_t column;
    const char *name;
    const char *key; /* NULL: a map */
} BoundKey;

typedef struct Binding {
    const ReportFamily *family;
    uint32_t column_count; /* of the header */
    BoundColumn *columns;
    int count;
    BoundMap *maps;
    int map_count;
    /* Tags and categories; none when nothing is grouped by them. In the header's order. */
    bool keys_used[2];
    BoundKey *keys[2];
    int key_count[2];
} Binding;

/* The places of Binding.keys. */
enum { BOUND_TAGS, BOUND_CATEGORIES, BOUND_KEY_SETS };

/* The dimension of such a place. */
static inline FoldDimension bound_dimension(int set)
{
    return set == BOUND_TAGS ? FOLD_TAGS : FOLD_COST_CATEGORY;
}

/* Finds the family of a header and binds its columns; asks options->key_enabled for the keys that
 * are columns. `names` are the header's, unquoted. What the binding holds lives in `arena`.
 * ERROR_DATA that names what is missing when it is no known report. */
bool binding_find(Arena *arena, const FoldText *names, uint32_t count, const FoldOptions *options,
                  Binding *binding, Error *error);

/* The key of a map column's entry, `raw` without its prefix, by the family's rows; NULL when it is
 * not read. `column` is the map's name. */
const char *binding_map_key(const ReportFamily *family, FoldDimension dimension, const char *column,
                            const char *raw);

#endif
