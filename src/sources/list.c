/* Lists: the query string to one parameterised SELECT (sources-api.md §5). */
#include <stdlib.h>
#include <string.h>

#include "sources/list_query.h"

enum { SORTED_MAX = 2000 /* rows that are found before they are sorted */ };

static int compare_items(const void *left, const void *right)
{
    const HttpQueryItem *const *a = left, *const *b = right;
    int order = strcmp((*a)->name, (*b)->name);
    return order != 0 ? order : (*a > *b) - (*a < *b);
}

/* A link: the request's own query, keys sorted, with limit and offset set. The original's "first"
 * is the page that was asked for, its "last" the one behind it. */
static const char *link_to(const ListQuery *query, int64_t offset)
{
    Arena *arena = query->call->arena;
    HttpQueryItem page[] = {{"limit", arena_printf(arena, "%lld", (long long)query->limit), true},
                            {"offset", arena_printf(arena, "%lld", (long long)offset), true}};
    const HttpQueryItem **all = arena_array(arena, (size_t)query->item_count + 2, sizeof *all);
    int count = 0;
    for (int i = 0; i < query->item_count; i++) {
        const HttpQueryItem *item = &query->items[i];
        if (strcmp(item->name, "limit") != 0 && strcmp(item->name, "offset") != 0) {
            all[count++] = item;
        }
    }
    all[count++] = &page[0];
    all[count++] = &page[1];
    qsort(all, (size_t)count, sizeof *all, compare_items);
    Buffer *link = buffer_new(arena);
    size_t length = strlen(query->call->request->path);
    while (length > 1 && query->call->request->path[length - 1] == '/') {
        length--;
    }
    buffer_append(link, query->call->request->path, length);
    for (int i = 0; i < count; i++) {
        buffer_printf(link, "%s%s=", i == 0 ? "?" : "&", all[i]->name);
        for (const char *at = all[i]->value; *at != '\0'; at++) {
            buffer_append_char(link, *at == ' ' ? '+' : *at);
        }
    }
    return link->data;
}

static void write_list(ListQuery *query, const DbResult *rows, int64_t count)
{
    int64_t last; /* not beyond what an offset can be */
    if (__builtin_add_overflow(query->offset, query->limit, &last)) {
        last = INT64_MAX;
    }
    JsonWriter json = json_writer(query->call->response->body);
    json_begin_object(&json);
    json_write_key(&json, "data");
    json_begin_array(&json);
    for (int i = 0; i < db_row_count(rows); i++) {
        resource_write(&json, query->resource, rows, i);
    }
    json_end(&json);
    json_write_key(&json, "meta");
    json_begin_object(&json);
    json_member_int(&json, "count", count);
    json_member_int(&json, "limit", query->limit);
    json_member_int(&json, "offset", query->offset);
    json_end(&json);
    json_write_key(&json, "links");
    json_begin_object(&json);
    json_member_string(&json, "first", link_to(query, query->offset));
    json_member_string(&json, "last", link_to(query, last));
    json_end(&json);
    json_end(&json);
}

/* FROM and WHERE, shared by the count and the page. */
static const char *tail_of(const ListQuery *query, const char *condition)
{
    return arena_printf(query->call->arena, " FROM %s WHERE %s%s", query->resource->table,
                        condition, query->where->data);
}

/* The same for the page. The planner does not know how few rows a filter leaves; where it guesses
 * too many, it walks the index of the order through all of the tenant's rows to find them. So few
 * are found first (OFFSET 0 keeps the subquery apart), then sorted. */
static const char *page_tail(const ListQuery *query, const char *tail, int64_t count)
{
    return query->where->length > 0 && count <= SORTED_MAX
               ? arena_printf(query->call->arena, " FROM (SELECT *%s OFFSET 0) AS %s", tail,
                              query->resource->table)
               : tail;
}

/* The page's rows, and in *count how many there are in all; NULL when the answer is given. */
static DbResult *read_rows(ListQuery *query, const char *condition, const char *columns,
                           int64_t *count)
{
    Call *call = query->call;
    const char *tail = tail_of(query, condition);
    DbResult *total = db_query(call->db, call->arena, &call->error,
                               arena_printf(call->arena, "SELECT count(*)%s", tail),
                               query->parameter_count, query->parameters);
    DbResult *rows = NULL;
    if (total != NULL) {
        *count = db_int(total, 0, 0);
        rows = db_query(call->db, call->arena, &call->error,
                        arena_printf(call->arena, "SELECT %s%s ORDER BY %s LIMIT %lld OFFSET %lld",
                                     columns, page_tail(query, tail, *count), query->order->data,
                                     (long long)query->limit, (long long)query->offset),
                        query->parameter_count, query->parameters);
    }
    if (rows == NULL && call->error.code == ERROR_INVALID) {
        call_bad(call, "a filter's value does not fit its column");
    } else if (rows == NULL) {
        call_database_failed(call, &call->error);
    }
    return rows;
}

void resource_list(Call *call, const Resource *resource, const char *condition,
                   const char *parameter)
{
    ListQuery query;
    int item_count;
    int64_t count;
    HttpQueryItem *items = http_query_parse(call->arena, call->request->query, &item_count);
    Buffer *base = buffer_new(call->arena);
    DbResult *rows = list_query_read(&query, call, resource, items, item_count, condition,
                                     parameter, false, base)
                         ? read_rows(&query, base->data, resource_columns(resource), &count)
                         : NULL;
    if (rows != NULL) {
        write_list(&query, rows, count);
    }
}

DbResult *resource_rows(Call *call, const Resource *resource, const char *columns,
                        HttpQueryItem *items, int item_count, int64_t *count)
{
    ListQuery query;
    Buffer *base = buffer_new(call->arena);
    return list_query_read(&query, call, resource, items, item_count, NULL, NULL, true, base)
               ? read_rows(&query, base->data, columns, count)
               : NULL;
}
