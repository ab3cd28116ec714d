/* JSON: a streaming writer of our own (exact decimals, no tree) and helpers over jansson, which
 * reads what comes from outside. */
#ifndef KONTOR_BASE_JSON_H
#define KONTOR_BASE_JSON_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buffer.h"
#include "base/decimal.h"
#include "base/error.h"

enum { JSON_DEPTH_MAX = 64 };

/* Writes compact JSON to `out`. Commas and colons are its business; keys and values come in
 * order: json_begin_object, json_write_key, json_write_string, …, json_end. */
typedef struct JsonWriter {
    Buffer *out;
    int depth;
    bool filled[JSON_DEPTH_MAX]; /* the level holds an element already */
    char closers[JSON_DEPTH_MAX];
    bool after_key;
} JsonWriter;

/* A writer that appends to `out`; it needs no end. */
JsonWriter json_writer(Buffer *out);

void json_begin_object(JsonWriter *writer);
void json_begin_array(JsonWriter *writer);
/* Closes the innermost object or array. */
void json_end(JsonWriter *writer);
void json_write_key(JsonWriter *writer, const char *key);

/* `text` as a string; NULL becomes null. Bytes that are not UTF-8 become U+FFFD. */
void json_write_string(JsonWriter *writer, const char *text);
void json_write_string_length(JsonWriter *writer, const char *text, size_t length);
void json_write_int(JsonWriter *writer, int64_t value);
void json_write_bool(JsonWriter *writer, bool value);
void json_write_null(JsonWriter *writer);
void json_write_decimal(JsonWriter *writer, Decimal value);
/* `text` as it is: JSON that was made elsewhere (a jsonb column, a numeric's exact text). */
void json_write_raw(JsonWriter *writer, const char *text);

/* Begins a member whose key, quoted and with its colon, is `length` bytes of `text`; the value
 * follows. */
void json_write_ready_key(JsonWriter *writer, const char *text, size_t length);
/* Begins members that were made elsewhere, `"a": 1, "b": 2` in at most `most` bytes: returns where
 * they go; the caller tells with buffer_grew how many came. */
char *json_reserve_members(JsonWriter *writer, size_t most);

/* json_write_key and the value in one. */
void json_member_string(JsonWriter *writer, const char *key, const char *text);
void json_member_int(JsonWriter *writer, const char *key, int64_t value);
void json_member_bool(JsonWriter *writer, const char *key, bool value);
void json_member_raw(JsonWriter *writer, const char *key, const char *text);

/* Does the JSON value at the start of `text` nest deeper than `most` arrays and objects? jansson
 * reads, writes and frees trees by recursion, up to 2048 levels: more than a thread's small stack
 * holds. */
bool json_too_deep(const char *text, size_t length, int most);

/* Reads one JSON value that must fill `length` bytes (at most JSON_DEPTH_MAX deep; duplicate keys:
 * the last wins). The tree is freed with `arena`. NULL and an Error with line and column when it is
 * not JSON. */
json_t *json_parse(Arena *arena, const char *text, size_t length, Error *error);

/* The compact text of a tree, in `arena`. */
char *json_text(Arena *arena, const json_t *value);

/* What messages call the kind of a value: "str", "list", "dict", "int", "float", "bool",
 * "NoneType"; so the API's clients know them. */
const char *json_type_name(const json_t *value);

/* The string at `key` of an object, or NULL when it is absent or not a string. */
const char *json_get_string(const json_t *object, const char *key);

#endif
