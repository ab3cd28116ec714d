/* Tags and cost categories of a line as one canonical JSON object: keys sorted, empty values left
 * out, of a key that comes twice the first. */
#ifndef KONTOR_INGEST_FOLD_KEYS_H
#define KONTOR_INGEST_FOLD_KEYS_H

#include "base/arena.h"
#include "ingest/fold/binding.h"

typedef struct Keys Keys;

/* For one of the sets of `binding` (BOUND_TAGS, …), which must outlive it. Lives in `arena`. */
Keys *keys_new(Arena *arena, const Binding *binding, int set, const FoldOptions *options);

/* Begins a line's object; then its pairs are added. */
void keys_begin(Keys *keys);

/* A value of a key that is a column, from the binding. What `value` points to must stay until
 * keys_end. */
void keys_add(Keys *keys, const char *key, FoldText value);

/* An entry of the map column `column`: its key as it stands there, of which the family's rows say
 * whether it is read (options->key_enabled is asked once for each). */
void keys_add_entry(Keys *keys, const char *column, FoldText raw_key, FoldText value);

/* All entries of a map column's text, a JSON object; what is none has no entries: a cost counts,
 * whatever its tags are. */
void keys_add_json(Keys *keys, const char *column, FoldText text);

/* The object's text, in `arena`. */
FoldText keys_end(Keys *keys, Arena *arena);

#endif
