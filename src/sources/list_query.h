/* What a list's query string asks for, as SQL: for list.c only. */
#ifndef KONTOR_SOURCES_LIST_QUERY_H
#define KONTOR_SOURCES_LIST_QUERY_H

#include "sources/resource.h"

enum { LIST_PARAMETERS_MAX = 64 };

/* What a query string asks for. */
typedef struct ListQuery {
    Call *call;
    const Resource *resource;
    HttpQueryItem *items;
    int item_count;
    bool *done; /* items that belonged to an earlier filter of the same key */
    Buffer *where;
    Buffer *order;
    const char *parameters[LIST_PARAMETERS_MAX];
    int parameter_count;
    int64_t limit, offset;
    bool deep; /* more associations than a query string has */
    /* A column that an operation for texts was asked of, and the operation: told last, as the
     * original's database does. */
    const char *unfit, *unfit_operation;
} ListQuery;

/* Reads the items as a query for the rows that the caller may see and for which `condition` (SQL
 * with $1 = `parameter`; NULL: all) holds; the condition of all that goes into `base`, the items'
 * own into query->where. `deep`: as resource_rows has it. False when the answer is given. */
bool list_query_read(ListQuery *query, Call *call, const Resource *resource, HttpQueryItem *items,
                     int item_count, const char *condition, const char *parameter, bool deep,
                     Buffer *base);

#endif
