#include "reports/query_tree.h"

#include <string.h>

#include "base/buffer.h"
#include "net/http_server.h"

enum { DEPTH_MAX = 4 };

static QueryNode *find_or_add(Arena *arena, QueryNode **siblings, const char *name, int place)
{
    QueryNode **at = siblings;
    while (*at != NULL && strcmp((*at)->name, name) != 0) {
        at = &(*at)->next;
    }
    if (*at == NULL) {
        *at = arena_alloc(arena, sizeof **at);
        (*at)->name = name;
        (*at)->place = place;
    }
    return *at;
}

static void add_value(Arena *arena, QueryNode *node, const char *text)
{
    QueryText **at = &node->values;
    while (*at != NULL) {
        at = &(*at)->next;
    }
    *at = arena_alloc(arena, sizeof **at);
    (*at)->text = text;
    node->value_count++;
}

static bool is_utf8(const char *text)
{
    size_t length = strlen(text);
    for (size_t i = 0; i < length;) {
        size_t step =
            (unsigned char)text[i] < 0x80 ? 1 : utf8_sequence_length(text + i, length - i);
        if (step == 0) {
            return false;
        }
        i += step;
    }
    return true;
}

/* Follows "a[b][c]" down the tree, making what is missing; NULL when it can't be followed. */
static QueryNode *descend(Arena *arena, QueryNode **tree, const char *name, int place)
{
    size_t length = strcspn(name, "[");
    QueryNode *node = find_or_add(arena, tree, arena_strndup(arena, name, length), place);
    const char *at = name + length;
    for (int depth = 0; *at != '\0'; depth++) {
        const char *close = *at == '[' ? strchr(at, ']') : NULL;
        if (close == NULL || node->values != NULL || depth == DEPTH_MAX) {
            return NULL;
        }
        const char *inner = arena_strndup(arena, at + 1, (size_t)(close - at - 1));
        node = find_or_add(arena, &node->children, inner, place);
        at = close + 1;
    }
    return node;
}

bool query_tree_parse(Arena *arena, const char *query, QueryNode **tree)
{
    int count;
    HttpQueryItem *items = http_query_parse(arena, query, &count);
    *tree = NULL;
    if (count > QUERY_PARAMETERS_MAX) {
        return false;
    }
    for (int i = 0; i < count; i++) {
        if (!is_utf8(items[i].name) || !is_utf8(items[i].value)) {
            return false;
        }
        QueryNode *node = descend(arena, tree, items[i].name, i);
        if (node == NULL) {
            return false;
        }
        node->children = NULL; /* what comes last counts: filter=1 behind filter[limit]=1 */
        add_value(arena, node, items[i].value);
    }
    return true;
}

const QueryNode *query_tree_find(const QueryNode *siblings, const char *name)
{
    const QueryNode *node = siblings;
    while (node != NULL && strcmp(node->name, name) != 0) {
        node = node->next;
    }
    return node;
}
