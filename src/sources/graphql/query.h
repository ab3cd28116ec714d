/* One GraphQL request: a document, the operation of it that runs, its variables. */
#ifndef KONTOR_SOURCES_GRAPHQL_QUERY_H
#define KONTOR_SOURCES_GRAPHQL_QUERY_H

#include "sources/graphql/document.h"
#include "sources/graphql/schema.h"

enum { GRAPHQL_SELECTIONS_MAX = 5000 }; /* with every use of a fragment counted */

typedef struct GraphqlQuery {
    Arena *arena;
    const GraphqlDefinition *document;
    const GraphqlDefinition *operation;
    const json_t *variables; /* as sent; may be NULL */
    GraphqlFault fault;
} GraphqlQuery;

/* Finds the operation and checks it against the schema. False and query->fault when it is not
 * good. */
bool graphql_validate(GraphqlQuery *query, const char *operation_name);

/* A value with its variables filled in; NULL when it is a variable that is not given. It lives in
 * the query's arena. */
json_t *graphql_value(const GraphqlQuery *query, const GraphqlValue *value);

/* Does @skip or @include leave a selection out? */
bool graphql_left_out(const GraphqlQuery *query, const GraphqlDirective *directives);

/* A fragment by name, or NULL. */
const GraphqlDefinition *graphql_fragment(const GraphqlQuery *query, const char *name);

/* One field of an answer: all selections that have its alias, merged. */
typedef struct GraphqlPicked {
    const GraphqlField *field; /* NULL: __typename */
    const GraphqlSelection *selection;
    const GraphqlSelection **sets; /* the selections below it, one list a use; ends with NULL */
    int set_count;
} GraphqlPicked;

/* The fields that lists of selections ask of a type, fragments resolved, in the order of their
 * first appearance. The query must be valid. */
GraphqlPicked *graphql_pick(const GraphqlQuery *query, const GraphqlType *type,
                            const GraphqlSelection *const *sets, int set_count, int *count);

/* Runs a valid query and writes {"data": …}, or {"errors": …, "data": null} when a list refuses its
 * arguments. */
void graphql_execute(Call *call, const GraphqlQuery *query);

#endif
