/* One GraphQL request: a document, the operation of it that runs, its variables. */
#ifndef KONTOR_SOURCES_GRAPHQL_QUERY_H
#define KONTOR_SOURCES_GRAPHQL_QUERY_H

#include "sources/graphql/document.h"
#include "sources/graphql/schema.h"

enum {
    GRAPHQL_SELECTIONS_MAX = 5000, /* with every use of a fragment counted */
    GRAPHQL_INTROSPECTION_LISTS_MAX =
        3, /* so many lists of __Type within each other are too deep */
    GRAPHQL_FAULTS_MAX = 50,
    GRAPHQL_SUGGESTIONS_MAX = 5,
};

/* Names of variables or fragments that are used somewhere. */
typedef struct GraphqlUse {
    const char *name;
    struct GraphqlUse *next;
} GraphqlUse;

typedef struct GraphqlQuery {
    Arena *arena;
    const GraphqlDefinition *document;
    const GraphqlDefinition *operation;
    const json_t *variables; /* as sent; may be NULL */
    GraphqlFault fault;      /* the first of a chain */
    GraphqlUse *used_variables, *used_fragments;
} GraphqlQuery;

/* Finds the operation and checks it, and the variables, against the schema. False and query->fault
 * (at most GRAPHQL_FAULTS_MAX) when it is not good. */
bool graphql_validate(GraphqlQuery *query, const char *operation_name);

/* Adds a fault, unless it is known; returns false. graphql_fail_at is of what came as a variable.
 */
bool graphql_fail(GraphqlQuery *query, GraphqlPlace place, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
bool graphql_fail_at(GraphqlQuery *query, const char *path, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

void graphql_note_use(GraphqlQuery *query, GraphqlUse **uses, const char *name);
bool graphql_is_used(const GraphqlUse *uses, const char *name);

/* A type without its outermost "!"; a new text of the arena when it has one. */
const char *graphql_nullable(Arena *arena, const char *type);

/* What a list, such as "[Filter!]", is of; NULL when the type is none, or ends with "!". */
const char *graphql_item_type(Arena *arena, const char *type);

/* Does a type end with "!"? */
bool graphql_is_needed(const char *type);

/* Is a value in the document of the type that stands there, such as "[Filter]"? Notes the variables
 * that it uses. */
bool graphql_check_literal(GraphqlQuery *query, const char *type, const GraphqlValue *value);

/* Are the operation's variables of known types, with defaults that fit? */
bool graphql_check_variable_types(GraphqlQuery *query);

/* Do the variables that were sent fit their types? */
bool graphql_check_variables(GraphqlQuery *query);

/* The operation's variable of that name, or NULL. */
const GraphqlVariable *graphql_variable(const GraphqlQuery *query, const char *name);

/* ' Did you mean "name"?' with those of `names` that are near what was typed, the nearest first; ""
 * for none. */
const char *graphql_suggestion(Arena *arena, const char *typed, const char *const *names,
                               int count);

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
