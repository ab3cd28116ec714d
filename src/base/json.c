#include "base/json.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

JsonWriter json_writer(Buffer *out)
{
    return (JsonWriter){.out = out};
}

/* What stands between the last element and the one that comes. */
static void separate(JsonWriter *writer)
{
    if (writer->after_key) {
        writer->after_key = false;
        return;
    }
    if (writer->filled[writer->depth]) {
        buffer_append_char(writer->out, ',');
    }
    writer->filled[writer->depth] = true;
}

static void begin(JsonWriter *writer, char opener, char closer)
{
    separate(writer);
    if (writer->depth + 1 >= JSON_DEPTH_MAX) {
        fprintf(stderr, "kontor: JSON answer deeper than %d levels\n", JSON_DEPTH_MAX);
        abort();
    }
    buffer_append_char(writer->out, opener);
    writer->depth++;
    writer->filled[writer->depth] = false;
    writer->closers[writer->depth] = closer;
}

void json_begin_object(JsonWriter *writer)
{
    begin(writer, '{', '}');
}

void json_begin_array(JsonWriter *writer)
{
    begin(writer, '[', ']');
}

void json_end(JsonWriter *writer)
{
    buffer_append_char(writer->out, writer->closers[writer->depth]);
    writer->depth--;
}

static void append_escape(Buffer *out, unsigned char byte)
{
    static const char SHORT[] = {['\b'] = 'b', ['\f'] = 'f', ['\n'] = 'n', ['\r'] = 'r',
                                 ['\t'] = 't', ['"'] = '"',  ['\\'] = '\\'};
    if (byte < sizeof SHORT && SHORT[byte] != 0) {
        buffer_append_char(out, '\\');
        buffer_append_char(out, SHORT[byte]);
    } else {
        buffer_printf(out, "\\u%04x", byte);
    }
}

/* Are eight bytes printable ASCII that stands for itself in a JSON string? Of bytes below 0x80,
 * x + 0x60 has a high bit where x is 0x20 or more, x + 1 where it is 0x7f, and (x ^ c) + 0x7f where
 * it is not c. */
static bool plain_word(const char *text)
{
    const uint64_t ones = 0x0101010101010101u, high = ones * 0x80;
    uint64_t word;
    memcpy(&word, text, sizeof word);
    uint64_t low = word & ~high;
    uint64_t plain = (low + ones * 0x60) & ((low ^ ones * '"') + ones * 0x7f) &
                     ((low ^ ones * '\\') + ones * 0x7f) & ~(low + ones) & ~word & high;
    return plain == high;
}

/* How many such bytes there are from the start. */
static size_t plain_length(const char *text, size_t length)
{
    const size_t step = sizeof(uint64_t);
    size_t i = 0;
    while (i + step <= length && plain_word(text + i)) {
        i += step;
    }
    if (length >= step && length - i < step && plain_word(text + length - step)) {
        return length;
    }
    while (i < length && (unsigned char)text[i] >= 0x20 && (unsigned char)text[i] < 0x7f &&
           text[i] != '"' && text[i] != '\\') {
        i++;
    }
    return i;
}

static void append_quoted(Buffer *out, const char *text, size_t length)
{
    const unsigned char *bytes = (const unsigned char *)text;
    char *to = buffer_reserve(out, length + 2);
    size_t done = 0, i = plain_length(text, length);
    if (i == length) { /* as nearly all are */
        to[0] = '"';
        memcpy(to + 1, text, length);
        to[length + 1] = '"';
        buffer_grew(out, length + 2);
        return;
    }
    buffer_append_char(out, '"');
    while (i < length) {
        unsigned char byte = bytes[i];
        size_t step = byte < 0x80 ? 1 : utf8_sequence_length(text + i, length - i);
        if (step != 0 && byte >= 0x20 && byte != '"' && byte != '\\' && byte != 0x7f) {
            i += step;
            continue;
        }
        buffer_append(out, text + done, i - done);
        if (step == 0) {
            buffer_append_text(out, "\xef\xbf\xbd");
        } else {
            append_escape(out, byte);
        }
        done = ++i;
    }
    buffer_append(out, text + done, length - done);
    buffer_append_char(out, '"');
}

void json_write_key(JsonWriter *writer, const char *key)
{
    separate(writer);
    append_quoted(writer->out, key, strlen(key));
    buffer_append_char(writer->out, ':');
    writer->after_key = true;
}

void json_write_ready_key(JsonWriter *writer, const char *text, size_t length)
{
    separate(writer);
    buffer_append(writer->out, text, length);
    writer->after_key = true;
}

char *json_reserve_members(JsonWriter *writer, size_t most)
{
    separate(writer);
    return buffer_reserve(writer->out, most);
}

void json_write_string_length(JsonWriter *writer, const char *text, size_t length)
{
    separate(writer);
    append_quoted(writer->out, text, length);
}

void json_write_raw(JsonWriter *writer, const char *text)
{
    separate(writer);
    buffer_append_text(writer->out, text);
}

void json_write_string(JsonWriter *writer, const char *text)
{
    if (text == NULL) {
        json_write_raw(writer, "null");
    } else {
        json_write_string_length(writer, text, strlen(text));
    }
}

void json_write_int(JsonWriter *writer, int64_t value)
{
    separate(writer);
    buffer_printf(writer->out, "%lld", (long long)value);
}

void json_write_bool(JsonWriter *writer, bool value)
{
    json_write_raw(writer, value ? "true" : "false");
}

void json_write_null(JsonWriter *writer)
{
    json_write_raw(writer, "null");
}

void json_write_decimal(JsonWriter *writer, Decimal value)
{
    separate(writer);
    char *text = buffer_reserve(writer->out, DECIMAL_TEXT_SIZE);
    buffer_grew(writer->out, decimal_format(value, text));
}

void json_member_string(JsonWriter *writer, const char *key, const char *text)
{
    json_write_key(writer, key);
    json_write_string(writer, text);
}

void json_member_int(JsonWriter *writer, const char *key, int64_t value)
{
    json_write_key(writer, key);
    json_write_int(writer, value);
}

void json_member_bool(JsonWriter *writer, const char *key, bool value)
{
    json_write_key(writer, key);
    json_write_bool(writer, value);
}

void json_member_raw(JsonWriter *writer, const char *key, const char *text)
{
    json_write_key(writer, key);
    json_write_raw(writer, text);
}

static void release_tree(void *tree)
{
    json_decref(tree);
}

bool json_too_deep(const char *text, size_t length, int most)
{
    int depth = 0;
    bool quoted = false;
    for (size_t i = 0; i < length; i++) {
        char byte = text[i];
        if (quoted) {
            i += byte == '\\';
            quoted = byte != '"';
        } else if (byte == '"') {
            quoted = true;
        } else if (byte == '[' || byte == '{') {
            if (++depth > most) {
                return true;
            }
        } else if ((byte == ']' || byte == '}') && --depth <= 0) {
            return false; /* the value's end, or no JSON */
        }
    }
    return false;
}

json_t *json_parse(Arena *arena, const char *text, size_t length, Error *error)
{
    json_error_t fault;
    if (json_too_deep(text, length, JSON_DEPTH_MAX)) {
        error_set(error, ERROR_INVALID, "the JSON nests deeper than %d levels", JSON_DEPTH_MAX);
        return NULL;
    }
    json_t *tree = json_loadb(text, length, JSON_DECODE_ANY, &fault);
    if (tree == NULL) {
        error_set(error, ERROR_INVALID, "not valid JSON at line %d, column %d: %s", fault.line,
                  fault.column, fault.text);
        return NULL;
    }
    arena_on_free(arena, release_tree, tree);
    return tree;
}

char *json_text(Arena *arena, const json_t *value)
{
    char *text = json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY);
    if (text == NULL) {
        return arena_strdup(arena, "null");
    }
    arena_on_free(arena, free, text);
    return text;
}

const char *json_get_string(const json_t *object, const char *key)
{
    return json_string_value(json_object_get(object, key));
}

const char *json_type_name(const json_t *value)
{
    static const char *const NAMES[] = {
        [JSON_OBJECT] = "dict", [JSON_ARRAY] = "list",    [JSON_STRING] = "str",
        [JSON_INTEGER] = "int", [JSON_REAL] = "float",    [JSON_TRUE] = "bool",
        [JSON_FALSE] = "bool",  [JSON_NULL] = "NoneType",
    };
    return NAMES[json_typeof(value)];
}
