#include "ingest/month/tag_keys.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

typedef struct Key {
    const char *name;
    bool enabled;
    bool fresh; /* not in the database yet */
} Key;

typedef struct KeySet {
    Key *keys; /* sorted by name */
    int count;
    int capacity;
    int enabled;
} KeySet;

struct TagKeys {
    pthread_mutex_t lock;
    Arena *arena; /* its own, for it is filled under the lock only */
    const char *provider_type;
    KeySet tags;
    KeySet categories;
};

/* Where `name` stands in the set, or is to be put. */
static int find(const KeySet *set, const char *name, bool *found)
{
    int low = 0, high = set->count;
    *found = false;
    while (low < high && !*found) {
        int middle = low + (high - low) / 2;
        int order = strcmp(set->keys[middle].name, name);
        if (order == 0) {
            *found = true;
            low = middle;
        } else if (order < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

static void insert(TagKeys *keys, KeySet *set, int at, Key key)
{
    if (set->count == set->capacity) {
        int capacity = set->capacity == 0 ? 32 : set->capacity * 2;
        Key *grown = arena_array(keys->arena, (size_t)capacity, sizeof *grown);
        if (set->count > 0) {
            memcpy(grown, set->keys, (size_t)set->count * sizeof *grown);
        }
        set->keys = grown;
        set->capacity = capacity;
    }
    memmove(&set->keys[at + 1], &set->keys[at], (size_t)(set->count - at) * sizeof key);
    key.name = arena_strdup(keys->arena, key.name);
    set->keys[at] = key;
    set->count++;
    set->enabled += key.enabled;
}

static void fill(TagKeys *keys, KeySet *set, const DbResult *rows)
{
    for (int i = 0; i < db_row_count(rows); i++) {
        bool found;
        int at = find(set, db_text(rows, i, 0), &found);
        if (!found) {
            insert(keys, set, at,
                   (Key){.name = db_text(rows, i, 0), .enabled = db_bool(rows, i, 1)});
        }
    }
}

static void clean_up(void *object)
{
    TagKeys *keys = object;
    pthread_mutex_destroy(&keys->lock);
    arena_free(keys->arena);
}

TagKeys *tag_keys_load(Db *db, Arena *arena, const char *provider_type, Error *error)
{
    DbResult *tags = DB_QUERY(db, arena, error,
                              "SELECT key, enabled"
                              "  FROM reporting_enabledtagkeys"
                              " WHERE provider_type = $1",
                              provider_type);
    DbResult *categories =
        tags == NULL ? NULL
                     : DB_QUERY(db, arena, error,
                                "SELECT key, enabled FROM reporting_awsenabledcategorykeys");
    if (categories == NULL) {
        return NULL;
    }
    TagKeys *keys = arena_alloc(arena, sizeof *keys);
    pthread_mutex_init(&keys->lock, NULL);
    keys->arena = arena_new();
    arena_on_free(arena, clean_up, keys);
    keys->provider_type = provider_type;
    fill(keys, &keys->tags, tags);
    fill(keys, &keys->categories, categories);
    return keys;
}

bool tag_keys_enabled(TagKeys *keys, FoldDimension which, const char *key)
{
    KeySet *set = which == FOLD_COST_CATEGORY ? &keys->categories : &keys->tags;
    bool found;
    pthread_mutex_lock(&keys->lock);
    int at = find(set, key, &found);
    if (!found) {
        insert(keys, set, at,
               (Key){.name = key, .enabled = set->enabled < TAG_KEYS_MAX, .fresh = true});
    }
    bool enabled = set->keys[at].enabled;
    pthread_mutex_unlock(&keys->lock);
    return enabled;
}

/* In the order of the names: two ingests that save at once wait for each other, not in a ring. */
static bool save_set(const KeySet *set, Db *db, Arena *arena, const char *sql, const char *type,
                     Error *error)
{
    for (int i = 0; i < set->count; i++) {
        const Key *key = &set->keys[i];
        const char *parameters[] = {key->name, key->enabled ? "true" : "false", type};
        if (key->fresh &&
            db_query(db, arena, error, sql, type != NULL ? 3 : 2, parameters) == NULL) {
            return false;
        }
    }
    return true;
}

bool tag_keys_save(TagKeys *keys, Db *db, Arena *arena, Error *error)
{
    return save_set(&keys->tags, db, arena,
                    "INSERT INTO reporting_enabledtagkeys (key, enabled, provider_type)"
                    " VALUES (left($1, 512), $2, $3)"
                    " ON CONFLICT (key, provider_type) DO NOTHING",
                    keys->provider_type, error) &&
           save_set(&keys->categories, db, arena,
                    "INSERT INTO reporting_awsenabledcategorykeys (key, enabled)"
                    " VALUES (left($1, 253), $2)"
                    " ON CONFLICT (key) DO NOTHING",
                    NULL, error);
}
