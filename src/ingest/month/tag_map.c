#include "ingest/month/tag_map.h"

#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "ingest/fold/cell_cache.h"
#include "ingest/month/key_object.h"

enum { CACHE_SIZE = 8 * 1024 * 1024 };

typedef struct Mapping {
    FoldText child, parent;
} Mapping;

typedef struct Pair {
    FoldText as; /* the key that it counts for */
    FoldText key;
    FoldText value;
    bool mapped;
} Pair;

struct TagMap {
    const Mapping *mappings;
    int count;
    Arena *arena; /* of one object */
    CellCache *known;
};

static FoldText text_of(const char *text)
{
    return (FoldText){text, (uint32_t)strlen(text)};
}

static void clean_up(void *object)
{
    arena_free(((TagMap *)object)->arena);
}

TagMap *tag_map_load(Db *db, Arena *arena, const char *provider_type, Error *error)
{
    DbResult *rows =
        DB_QUERY(db, arena, error,
                 "SELECT child.key, parent.key"
                 "  FROM reporting_tagmapping map"
                 "  JOIN reporting_enabledtagkeys child ON child.uuid = map.child_id"
                 "  JOIN reporting_enabledtagkeys parent ON parent.uuid = map.parent_id"
                 " WHERE child.provider_type = $1",
                 provider_type);
    if (rows == NULL) {
        return NULL;
    }
    TagMap *map = arena_alloc(arena, sizeof *map);
    map->count = db_row_count(rows);
    Mapping *mappings = arena_array(arena, (size_t)map->count + 1, sizeof *mappings);
    for (int i = 0; i < map->count; i++) {
        mappings[i] = (Mapping){text_of(db_text(rows, i, 0)), text_of(db_text(rows, i, 1))};
    }
    map->mappings = mappings;
    map->arena = arena_new();
    arena_on_free(arena, clean_up, map);
    map->known = cell_cache_new(arena, sizeof(FoldText), CACHE_SIZE);
    return map;
}

static Pair map_pair(TagMap *map, const KeyPair *pair)
{
    FoldText key = key_object_text(map->arena, pair->key);
    Pair mapped = {
        .as = key, .key = key, .value = key_object_text(map->arena, pair->value), .mapped = false};
    for (int i = 0; i < map->count; i++) {
        if (fold_text_compare(map->mappings[i].child, key) == 0) {
            mapped.as = map->mappings[i].parent;
            mapped.mapped = true;
        }
    }
    return mapped;
}

static int compare_pairs(const void *left, const void *right)
{
    const Pair *a = left, *b = right;
    int order = fold_text_compare(a->as, b->as);
    order = order != 0 ? order : (int)a->mapped - (int)b->mapped;
    return order != 0 ? order : fold_text_compare(a->key, b->key);
}

static int count_pairs(FoldText tags)
{
    KeyPair pair;
    int count = 0;
    while (key_object_next(&tags, &pair)) {
        count++;
    }
    return count;
}

static FoldText rewrite(TagMap *map, FoldText tags, Arena *arena)
{
    int count = 0;
    Pair *pairs = arena_array(map->arena, (size_t)count_pairs(tags) + 1, sizeof *pairs);
    for (KeyPair pair; key_object_next(&tags, &pair); count++) {
        pairs[count] = map_pair(map, &pair);
    }
    qsort(pairs, (size_t)count, sizeof *pairs, compare_pairs);
    Buffer *text = buffer_new(map->arena);
    JsonWriter json = json_writer(text);
    json_begin_object(&json);
    for (int i = 0; i < count; i++) {
        if (i == 0 || fold_text_compare(pairs[i].as, pairs[i - 1].as) != 0) {
            json_write_key(&json, arena_strndup(map->arena, pairs[i].as.bytes, pairs[i].as.length));
            json_write_string_length(&json, pairs[i].value.bytes, pairs[i].value.length);
        }
    }
    json_end(&json);
    FoldText mapped = {arena_strndup(arena, text->data, text->length), (uint32_t)text->length};
    arena_reset(map->arena);
    return mapped;
}

FoldText tag_map_apply(TagMap *map, FoldText tags)
{
    if (map->count == 0 || tags.length == 0) {
        return tags;
    }
    bool fresh;
    FoldText *known = cell_cache_find(map->known, tags.bytes, tags.length, &fresh);
    if (fresh) {
        *known = rewrite(map, tags, cell_cache_arena(map->known));
    }
    return *known;
}
