#include "cost_api/pages.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "net/http_server.h"

/* The text as a number of at least `least`, else `otherwise`. */
static int64_t number_or(const char *text, int64_t least, int64_t otherwise)
{
    char *end;
    errno = 0;
    int64_t number = strtoll(text, &end, 10);
    return end != text && *end == '\0' && errno == 0 && number >= least ? number : otherwise;
}

Page page_of_query(Arena *arena, const char *query, int64_t limit, int64_t most)
{
    Page page = {.limit_name = "limit", .offset_name = "offset", .limit = limit};
    int count;
    HttpQueryItem *items = http_query_parse(arena, query, &count);
    for (int i = 0; i < count; i++) {
        if (strcmp(items[i].name, "limit") == 0) {
            page.limit = number_or(items[i].value, 1, limit);
        } else if (strcmp(items[i].name, "offset") == 0) {
            page.offset = number_or(items[i].value, 0, 0);
        }
    }
    page.limit = page.limit > most ? most : page.limit;
    return page;
}

void page_of_known_list(Page *page)
{
    page->limit = page->limit < page->count ? page->limit : page->count;
}

void page_range(const Page *page, int64_t *first, int64_t *last)
{
    *first = page->offset < page->count ? page->offset : page->count;
    *last =
        page->limit > 0 && page->limit < page->count - *first ? *first + page->limit : page->count;
}

/* By name; items of one name stay in their order. */
static void sort_by_name(HttpQueryItem *items, int count)
{
    for (int i = 1; i < count; i++) {
        HttpQueryItem moved = items[i];
        int to = i;
        for (; to > 0 && strcmp(items[to - 1].name, moved.name) > 0; to--) {
            items[to] = items[to - 1];
        }
        items[to] = moved;
    }
}

/* As http_url_encode; but what `code` encodes is written as `plain`: the slashes of a path, and
 * blanks as '+', as in links that people have bookmarked. */
static void append_encoded(Buffer *link, Arena *arena, const char *text, const char *code,
                           char plain)
{
    const char *encoded = http_url_encode(arena, text);
    while (*encoded != '\0') {
        bool special = strncmp(encoded, code, strlen(code)) == 0;
        buffer_append_char(link, special ? plain : *encoded);
        encoded += special ? strlen(code) : 1;
    }
}

/* The request's own address with another limit and offset; names sorted, all encoded. A negative
 * offset is left out. */
static const char *link_to(Arena *arena, const Page *page, const char *path, const char *query,
                           int64_t offset)
{
    int parsed, count = 0;
    HttpQueryItem *items = http_query_parse(arena, query, &parsed);
    HttpQueryItem *kept = arena_array(arena, (size_t)parsed + 2, sizeof *kept);
    for (int i = 0; i < parsed; i++) {
        if (strcmp(items[i].name, page->limit_name) != 0 &&
            strcmp(items[i].name, page->offset_name) != 0) {
            kept[count++] = items[i];
        }
    }
    kept[count++] = (HttpQueryItem){page->limit_name,
                                    arena_printf(arena, "%lld", (long long)page->limit), true};
    if (offset >= 0) {
        kept[count++] = (HttpQueryItem){page->offset_name,
                                        arena_printf(arena, "%lld", (long long)offset), true};
    }
    sort_by_name(kept, count);
    Buffer *link = buffer_new(arena);
    append_encoded(link, arena, path, "%2F", '/');
    if (link->length == 0 || link->data[link->length - 1] != '/') {
        buffer_append_char(link, '/');
    }
    for (int i = 0; i < count; i++) {
        buffer_append_char(link, i == 0 ? '?' : '&');
        append_encoded(link, arena, kept[i].name, "%20", '+');
        buffer_append_char(link, '=');
        append_encoded(link, arena, kept[i].value, "%20", '+');
    }
    return link->data;
}

void page_write_links(JsonWriter *writer, Arena *arena, const Page *page, const char *path,
                      const char *query)
{
    int64_t step = page->limit > 0 ? page->limit : page->count;
    int64_t last = page->count > step ? page->count - step : 0;
    bool more = page->offset < page->count - step;
    bool before = page->offset > 0;
    int64_t previous = page->offset - step > 0 ? page->offset - step : -1;
    json_write_key(writer, "links");
    json_begin_object(writer);
    json_member_string(writer, "first", link_to(arena, page, path, query, 0));
    json_member_string(writer, "next",
                       more ? link_to(arena, page, path, query, page->offset + step) : NULL);
    json_member_string(writer, "previous",
                       before ? link_to(arena, page, path, query, previous) : NULL);
    json_member_string(writer, "last", link_to(arena, page, path, query, last));
    json_end(writer);
}

void page_begin_meta(JsonWriter *writer, const Page *page)
{
    json_write_key(writer, "meta");
    json_begin_object(writer);
    json_member_int(writer, "count", page->count);
    json_member_int(writer, "limit", page->limit);
    json_member_int(writer, "offset", page->offset);
}

void page_write_head(JsonWriter *writer, Arena *arena, const Page *page, const char *path,
                     const char *query)
{
    page_begin_meta(writer, page);
    json_end(writer);
    page_write_links(writer, arena, page, path, query);
}
