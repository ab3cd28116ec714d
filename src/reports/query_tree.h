/* The query string of the Cost Management API as a tree: "a[b]=v" is the value v of b below a
 * (koku-api.md §2.1). */
#ifndef KONTOR_REPORTS_QUERY_TREE_H
#define KONTOR_REPORTS_QUERY_TREE_H

#include <stdbool.h>

#include "base/arena.h"

enum { QUERY_PARAMETERS_MAX = 1000 };

typedef struct QueryText {
    const char *text;
    struct QueryText *next;
} QueryText;

/* One name, in the order in which names are first seen. It has either values (a name that is
 * repeated has several; without '=' the value is empty) or children, never both: a value takes the
 * place of children that came before it. */
typedef struct QueryNode {
    const char *name;
    int place; /* the parameter, counted from 0, that named it first */
    QueryText *values;
    int value_count;
    struct QueryNode *children;
    struct QueryNode *next;
} QueryNode;

/* The tree of a raw query string; *tree is NULL for an empty one. False when it is none: a
 * bracket that is not closed, a name with children behind values, text that is not UTF-8, or
 * more than QUERY_PARAMETERS_MAX parameters. */
bool query_tree_parse(Arena *arena, const char *query, QueryNode **tree);

/* The node called `name` in a list of siblings, or NULL. */
const QueryNode *query_tree_find(const QueryNode *siblings, const char *name);

#endif
