/* The types that GraphQL queries may ask for, as tables (sources-api.md §7, graphql). */
#ifndef KONTOR_SOURCES_GRAPHQL_SCHEMA_H
#define KONTOR_SOURCES_GRAPHQL_SCHEMA_H

#include "sources/resource.h"

typedef enum GraphqlShape {
    SHAPE_TEXT, /* ID, String, Time: a string in the answer */
    SHAPE_RAW,  /* Int, Any: as the database writes it */
    SHAPE_BOOLEAN,
    SHAPE_ROWS, /* rows of another type, one list a parent */
    SHAPE_LIST, /* of the query itself: a list with limit, offset, sort_by and filter */
    SHAPE_META, /* of the query itself: {count} */
} GraphqlShape;

typedef struct GraphqlField {
    const char *name;
    const char *type_text; /* as messages name it: "String!" */
    GraphqlShape shape;
    const char *column;             /* of a scalar: SQL */
    const struct GraphqlType *type; /* of rows, lists and meta */
    const char *from;               /* of rows: the tables they come from */
    const char *parent;             /* of rows: the column with the parent's id */
} GraphqlField;

typedef struct GraphqlType {
    const char *name;
    const Resource *resource;   /* NULL: the query itself, and meta */
    const GraphqlField *fields; /* ends with a NULL name */
} GraphqlType;

extern const GraphqlType GRAPHQL_QUERY;

/* A type's field by name; NULL when it has none such. */
const GraphqlField *graphql_field(const GraphqlType *type, const char *name);

/* Is there a type of that name? */
bool graphql_type_known(const char *name);

#endif
