/* The types that GraphQL queries may ask for, as tables (sources-api.md §7, graphql). */
#ifndef KONTOR_SOURCES_GRAPHQL_SCHEMA_H
#define KONTOR_SOURCES_GRAPHQL_SCHEMA_H

#include "sources/resource.h"

typedef enum GraphqlShape {
    SHAPE_TEXT, /* ID, String, Time: a string in the answer */
    SHAPE_RAW,  /* Int, Any: as the database writes it */
    SHAPE_BOOLEAN,
    SHAPE_ROWS,          /* rows of another type, one list a parent */
    SHAPE_LIST,          /* of the query itself: a list with limit, offset, sort_by and filter */
    SHAPE_META,          /* of the query itself: {count} */
    SHAPE_INTROSPECTION, /* of the query itself: what these tables say */
} GraphqlShape;

/* An argument, or a field of an input object. */
typedef struct GraphqlInput {
    const char *name;
    const char *type_text;
    const char *fallback; /* the default as a document would have it; NULL: none */
} GraphqlInput;

typedef struct GraphqlField {
    const char *name;
    const char *type_text; /* as messages name it: "String!" */
    GraphqlShape shape;
    const char *column;             /* of a scalar: SQL */
    const struct GraphqlType *type; /* of all that has fields itself */
    const char *from;               /* of rows: the tables they come from */
    const char *parent;             /* of rows: the column with the parent's id */
    const GraphqlInput *arguments;  /* ends with a NULL name; NULL: none */
} GraphqlField;

typedef enum GraphqlKind {
    KIND_OBJECT,
    KIND_SCALAR,
    KIND_ENUM,
    KIND_INPUT_OBJECT,
} GraphqlKind;

typedef struct GraphqlType {
    const char *name;
    GraphqlKind kind;
    const Resource *resource;   /* NULL: not kept in a table of the database */
    const GraphqlField *fields; /* of an object; ends with a NULL name */
    const GraphqlInput *inputs; /* of an input object; ends with a NULL name */
    const char *const *values;  /* of an enum; ends with NULL */
} GraphqlType;

/* A directive as introspection lists it. */
typedef struct GraphqlDirectiveType {
    const char *name;
    const char *const *locations;  /* ends with NULL */
    const GraphqlInput *arguments; /* ends with a NULL name; NULL: none */
} GraphqlDirectiveType;

extern const GraphqlType GRAPHQL_QUERY;

/* Those of introspection itself (GraphQL specification §4.2, and what the original's library has of
 * later drafts: isOneOf, inputs that are deprecated). */
extern const GraphqlType GRAPHQL_META_SCHEMA, GRAPHQL_META_TYPE, GRAPHQL_META_FIELD,
    GRAPHQL_META_INPUT, GRAPHQL_META_ENUM_VALUE, GRAPHQL_META_DIRECTIVE, GRAPHQL_META_TYPE_KIND,
    GRAPHQL_META_LOCATION;

/* All types, by name; ends with NULL. */
extern const GraphqlType *const GRAPHQL_TYPES[];

/* All directives, by name; ends with a NULL name. */
extern const GraphqlDirectiveType GRAPHQL_DIRECTIVES[];

/* A type's field by name; NULL when it has none such. */
const GraphqlField *graphql_field(const GraphqlType *type, const char *name);

/* An argument or an input object's field by name; NULL when there is none such. `inputs` may be
 * NULL. */
const GraphqlInput *graphql_input(const GraphqlInput *inputs, const char *name);

/* A type by name; NULL when there is none such. */
const GraphqlType *graphql_type(const char *name);

#endif
