#include "ingest/month/key_object.h"

#include <string.h>

#include "base/json.h"

/* The text behind the next quote, up to its end. */
static bool next_string(FoldText *rest, FoldText *text)
{
    const char *end = rest->bytes + rest->length;
    const char *start = rest->length > 0 ? memchr(rest->bytes, '"', rest->length) : NULL;
    if (start == NULL) {
        return false;
    }
    const char *at = ++start;
    while (at < end && *at != '"') {
        at += *at == '\\' ? 2 : 1;
    }
    if (at >= end) {
        return false;
    }
    *text = (FoldText){start, (uint32_t)(at - start)};
    *rest = (FoldText){at + 1, (uint32_t)(end - at - 1)};
    return true;
}

bool key_object_next(FoldText *rest, KeyPair *pair)
{
    return next_string(rest, &pair->key) && next_string(rest, &pair->value);
}

FoldText key_object_text(Arena *arena, FoldText quoted)
{
    if (quoted.length == 0 || memchr(quoted.bytes, '\\', quoted.length) == NULL) {
        return quoted;
    }
    const char *json = arena_printf(arena, "[\"%.*s\"]", (int)quoted.length, quoted.bytes);
    json_t *list = json_parse(arena, json, strlen(json), NULL);
    const json_t *text = json_array_get(list, 0);
    return text != NULL ? (FoldText){json_string_value(text), (uint32_t)json_string_length(text)}
                        : quoted;
}
