/* GraphQL documents: text to a tree (GraphQL specification, October 2021, §2 and Appendix B). Only
 * what a client sends: operations and fragments, no schema definitions. */
#ifndef KONTOR_SOURCES_GRAPHQL_DOCUMENT_H
#define KONTOR_SOURCES_GRAPHQL_DOCUMENT_H

#include <jansson.h>
#include <stdbool.h>

#include "base/arena.h"

enum {
    GRAPHQL_TOKENS_MAX = 4000,
    GRAPHQL_DEPTH_MAX = 20, /* of selections, and of lists and objects in values */
};

typedef struct GraphqlPlace {
    int line, column; /* from 1; 0 for none */
} GraphqlPlace;

typedef enum GraphqlValueKind {
    GRAPHQL_VARIABLE,
    GRAPHQL_INT,
    GRAPHQL_FLOAT,
    GRAPHQL_STRING,
    GRAPHQL_BOOLEAN,
    GRAPHQL_NULL,
    GRAPHQL_ENUM,
    GRAPHQL_LIST,
    GRAPHQL_OBJECT,
} GraphqlValueKind;

/* A value; those of a list, an object or an argument list are chained. */
typedef struct GraphqlValue {
    GraphqlValueKind kind;
    const char *name; /* of an argument or an object's field */
    const char *text; /* of a scalar, an enum, a variable */
    struct GraphqlValue *items;
    struct GraphqlValue *next;
    GraphqlPlace place;
    GraphqlPlace name_place;
} GraphqlValue;

typedef struct GraphqlDirective {
    const char *name;
    GraphqlValue *arguments;
    struct GraphqlDirective *next;
    GraphqlPlace place;
} GraphqlDirective;

typedef enum GraphqlSelectionKind {
    GRAPHQL_FIELD,
    GRAPHQL_SPREAD, /* ...name */
    GRAPHQL_INLINE, /* ... on Type { } */
} GraphqlSelectionKind;

typedef struct GraphqlSelection {
    GraphqlSelectionKind kind;
    const char *alias; /* the name in the answer; equals name without one */
    const char *name;  /* of the field or the fragment; of an inline fragment its type, or NULL */
    GraphqlValue *arguments;
    GraphqlDirective *directives;
    struct GraphqlSelection *selections; /* NULL: none */
    struct GraphqlSelection *next;
    GraphqlPlace place;
} GraphqlSelection;

/* $name: Type = default. */
typedef struct GraphqlVariable {
    const char *name;
    const char *type; /* as it stands: "[Filter!]" */
    GraphqlValue *fallback;
    struct GraphqlVariable *next;
    GraphqlPlace place;
} GraphqlVariable;

/* An operation or a fragment. */
typedef struct GraphqlDefinition {
    bool is_fragment;
    const char *operation; /* "query", "mutation", "subscription" */
    const char *name;      /* NULL: the operation has none */
    const char *on;        /* the fragment's type */
    GraphqlVariable *variables;
    GraphqlSelection *selections;
    struct GraphqlDefinition *next;
    GraphqlPlace place;
} GraphqlDefinition;

/* What is wrong with a request, and where. */
typedef struct GraphqlFault {
    const char *message; /* NULL: nothing */
    GraphqlPlace place;
    const char *path; /* of what came as a variable: the inside of an array of JSON; or NULL */
    struct GraphqlFault *next;
} GraphqlFault;

/* Reads a document; the tree lives in `arena`. NULL and *fault when it is none. */
GraphqlDefinition *graphql_parse(Arena *arena, const char *text, GraphqlFault *fault);

#endif
