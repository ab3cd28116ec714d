/* Pages of a list and the links between them (koku-api.md §3.2, §4). */
#ifndef KONTOR_COST_API_PAGES_H
#define KONTOR_COST_API_PAGES_H

#include <stdint.h>

#include "base/json.h"

/* Which part of `count` entries is answered, and what the parameters are called. */
typedef struct Page {
    const char *limit_name; /* "limit" or "filter[limit]" */
    const char *offset_name;
    int64_t count;
    int64_t limit; /* 0: all */
    int64_t offset;
} Page;

/* The page of a plain list: limit and offset of the query string, 10 and 0 by default, at most
 * `most` entries; values that make no sense count as not given. */
Page page_of_query(Arena *arena, const char *query, int64_t limit, int64_t most);

/* A list that is known as a whole never claims a longer page than it has entries. */
void page_of_known_list(Page *page);

/* The entries [*first, *last) of the page. */
void page_range(const Page *page, int64_t *first, int64_t *last);

/* Writes "links": {…}. `path` is the request's, `query` its raw query string. */
void page_write_links(JsonWriter *writer, Arena *arena, const Page *page, const char *path,
                      const char *query);

/* Begins the member "meta" with {count, limit, offset}; the caller may add to it and ends it. */
void page_begin_meta(JsonWriter *writer, const Page *page);

/* Writes the members "meta" {count, limit, offset} and "links" of a plain list's answer. */
void page_write_head(JsonWriter *writer, Arena *arena, const Page *page, const char *path,
                     const char *query);

#endif
