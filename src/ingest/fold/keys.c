#include "ingest/fold/keys.h"

#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/json.h"
#include "ingest/fold/dictionary.h"

typedef struct Pair {
    const char *key;
    FoldText value;
    int order; /* in which it was added */
} Pair;

/* Keys of a map as they stand, and what they mean: NULL for one that is not read. */
typedef struct Known {
    Dictionary *raw; /* the column's name, a zero byte, the key */
    const char **keys;
    uint32_t capacity;
} Known;

struct Keys {
    Arena *arena;
    Arena *line; /* what lives until keys_end */
    const Binding *binding;
    const FoldOptions *options;
    FoldDimension dimension;
    Known known;
    Pair *pairs;
    int count, capacity;
    Buffer *sound; /* a value */
    Buffer *name;  /* of an entry */
};

static void clean_up(void *object)
{
    Keys *keys = object;
    dictionary_free(keys->known.raw);
    free(keys->known.keys);
    free(keys->pairs);
    arena_free(keys->line);
}

Keys *keys_new(Arena *arena, const Binding *binding, int set, const FoldOptions *options)
{
    Keys *keys = arena_alloc(arena, sizeof *keys);
    *keys = (Keys){.arena = arena,
                   .line = arena_new(),
                   .binding = binding,
                   .options = options,
                   .dimension = bound_dimension(set),
                   .known = {.raw = dictionary_new()},
                   .sound = buffer_new(arena),
                   .name = buffer_new(arena)};
    arena_on_free(arena, clean_up, keys);
    return keys;
}

static void *grown(void *memory, size_t count, size_t size)
{
    memory = realloc(memory, count * size);
    if (memory == NULL) {
        abort();
    }
    return memory;
}

void keys_begin(Keys *keys)
{
    keys->count = 0;
    arena_reset(keys->line);
}

void keys_add(Keys *keys, const char *key, FoldText value)
{
    if (value.length == 0) {
        return;
    }
    if (keys->count == keys->capacity) {
        keys->capacity = keys->capacity * 2 + 32;
        keys->pairs = grown(keys->pairs, (size_t)keys->capacity, sizeof *keys->pairs);
    }
    keys->pairs[keys->count] = (Pair){key, value, keys->count};
    keys->count++;
}

/* What a new key of a map means. It is put into JSON and asked for by name: broken bytes first. */
static const char *meaning(Keys *keys, const char *column, FoldText raw)
{
    buffer_clear(keys->sound);
    append_sound(keys->sound, raw.bytes, raw.length);
    const char *key =
        binding_map_key(keys->binding->family, keys->dimension, column, keys->sound->data);
    const FoldOptions *options = keys->options;
    return key == NULL || (options->key_enabled != NULL &&
                           !options->key_enabled(options->context, keys->dimension, key))
               ? NULL
               : arena_strdup(keys->arena, key);
}

void keys_add_entry(Keys *keys, const char *column, FoldText raw_key, FoldText value)
{
    Known *known = &keys->known;
    buffer_clear(keys->name);
    buffer_append(keys->name, column, strlen(column) + 1);
    buffer_append(keys->name, raw_key.bytes, raw_key.length);
    uint32_t before = dictionary_count(known->raw);
    uint32_t id = dictionary_add_raw(known->raw, keys->name->data, (uint32_t)keys->name->length);
    if (id == before) {
        if (id >= known->capacity) {
            known->capacity = id * 2 + 64;
            known->keys = grown(known->keys, known->capacity, sizeof *known->keys);
        }
        known->keys[id] = meaning(keys, column, raw_key);
    }
    if (known->keys[id] != NULL) {
        keys_add(keys, known->keys[id], value);
    }
}

/* An entry's value as text: of a string itself, of null nothing, of anything else its JSON. */
static FoldText value_text(Arena *arena, const json_t *value)
{
    if (json_is_string(value)) {
        return (FoldText){json_string_value(value), (uint32_t)json_string_length(value)};
    }
    if (json_is_null(value)) {
        return (FoldText){NULL, 0};
    }
    const char *text = json_text(arena, value);
    return (FoldText){text, (uint32_t)strlen(text)};
}

void keys_add_json(Keys *keys, const char *column, FoldText text)
{
    if (text.length == 0) {
        return;
    }
    buffer_clear(keys->sound);
    append_sound(keys->sound, text.bytes, text.length);
    json_t *object = json_parse(keys->line, keys->sound->data, keys->sound->length, NULL);
    const char *key;
    json_t *value;
    json_object_foreach (object, key, value) {
        FoldText raw = {key, (uint32_t)strlen(key)};
        keys_add_entry(keys, column, raw, value_text(keys->line, value));
    }
}

static int compare_pairs(const void *left, const void *right)
{
    const Pair *a = left, *b = right;
    int order = strcmp(a->key, b->key);
    return order != 0 ? order : (a->order > b->order) - (a->order < b->order);
}

FoldText keys_end(Keys *keys, Arena *arena)
{
    if (keys->count == 0) {
        return (FoldText){"{}", 2};
    }
    qsort(keys->pairs, (size_t)keys->count, sizeof *keys->pairs, compare_pairs);
    Buffer *text = buffer_new(arena);
    JsonWriter json = json_writer(text);
    json_begin_object(&json);
    for (int i = 0; i < keys->count; i++) {
        const Pair *pair = &keys->pairs[i];
        if (i > 0 && strcmp(pair->key, pair[-1].key) == 0) {
            continue;
        }
        buffer_clear(keys->sound);
        append_sound(keys->sound, pair->value.bytes, pair->value.length);
        json_write_key(&json, pair->key);
        json_write_string_length(&json, keys->sound->data, keys->sound->length);
    }
    json_end(&json);
    return (FoldText){text->data, (uint32_t)text->length};
}
