/* What the schema's tables say of themselves (GraphQL specification, October 2021, §4). */
#ifndef KONTOR_SOURCES_GRAPHQL_INTROSPECTION_H
#define KONTOR_SOURCES_GRAPHQL_INTROSPECTION_H

#include "sources/graphql/query.h"

/* Of one request: some twenty times what the query of the usual clients asks for. */
enum { GRAPHQL_INTROSPECTION_FIELDS_MAX = 50000 };

/* The JSON of a picked field of the query's type with SHAPE_INTROSPECTION: __schema or
 * __type(name:); "null" for a type that there is not. It lives in the query's arena. `fields`
 * counts what the request has had so far, 0 at first; NULL when it becomes more than
 * GRAPHQL_INTROSPECTION_FIELDS_MAX. */
const char *graphql_introspect(const GraphqlQuery *query, const GraphqlPicked *asked, int *fields);

#endif
