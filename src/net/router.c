#include "net/router.h"

#include <string.h>

static int hex_value(char digit)
{
    return digit >= '0' && digit <= '9'   ? digit - '0'
           : digit >= 'a' && digit <= 'f' ? digit - 'a' + 10
           : digit >= 'A' && digit <= 'F' ? digit - 'A' + 10
                                          : -1;
}

char *router_decode(Arena *arena, const char *text, size_t length, bool plus)
{
    char *decoded = arena_alloc(arena, length + 1);
    size_t to = 0;
    for (size_t i = 0; i < length; i++) {
        char byte = text[i];
        if (byte == '%' && i + 2 < length && hex_value(text[i + 1]) >= 0 &&
            hex_value(text[i + 2]) >= 0) {
            byte = (char)(hex_value(text[i + 1]) * 16 + hex_value(text[i + 2]));
            i += 2;
            if (byte == '\0') {
                return NULL;
            }
        } else if (byte == '+' && plus) {
            byte = ' ';
        }
        decoded[to++] = byte;
    }
    return decoded;
}

bool router_below(const RouterMount *mount, const char *path)
{
    size_t length = strlen(mount->prefix);
    return strncmp(path, mount->prefix, length) == 0 &&
           (length == 0 || path[length] == '\0' || path[length] == '/');
}

/* The length of a path without its trailing slashes. */
static size_t trimmed_length(const char *path)
{
    size_t length = strlen(path);
    while (length > 1 && path[length - 1] == '/') {
        length--;
    }
    return length;
}

/* Where in the encoded path the parameters of a pattern stand. */
typedef struct Parameters {
    struct {
        const char *start;
        size_t length;
    } spans[HTTP_PATH_PARAMETERS_MAX];
    int count;
} Parameters;

static size_t segment_length(const char *text, const char *end)
{
    size_t length = 0;
    while (text + length < end && text[length] != '/') {
        length++;
    }
    return length;
}

/* Does the encoded path (its first `length` bytes) have the pattern's segments? */
static bool match_pattern(const char *pattern, const char *path, size_t length,
                          Parameters *parameters)
{
    const char *end = path + length;
    parameters->count = 0;
    while (*pattern == '/' && path < end && *path == '/') {
        size_t given = segment_length(++path, end);
        pattern++;
        if (*pattern == '{') {
            if (given == 0 || parameters->count == HTTP_PATH_PARAMETERS_MAX) {
                return false;
            }
            parameters->spans[parameters->count].start = path;
            parameters->spans[parameters->count++].length = given;
            while (*pattern != '\0' && *pattern != '/') {
                pattern++;
            }
        } else if (strncmp(pattern, path, given) != 0 ||
                   (pattern[given] != '/' && pattern[given] != '\0')) {
            return false;
        } else {
            pattern += given;
        }
        path += given;
    }
    return *pattern == '\0' && path == end;
}

/* Segment by segment, so that an encoded slash stays inside its own; false when one holds an
 * encoded NUL. */
static bool decode_parameters(const Parameters *parameters, HttpRequest *request)
{
    memset(request->path_parameters, 0, sizeof request->path_parameters);
    for (int i = 0; i < parameters->count; i++) {
        request->path_parameters[i] = router_decode(request->arena, parameters->spans[i].start,
                                                    parameters->spans[i].length, false);
        if (request->path_parameters[i] == NULL) {
            return false;
        }
    }
    return true;
}

static bool same_method(const char *route, const char *request)
{
    return strcmp(route, request) == 0 ||
           (strcmp(request, "HEAD") == 0 && strcmp(route, "GET") == 0);
}

RouterMatch router_match(const RouterMount *mount, const char *method, const char *path,
                         HttpRequest *request)
{
    RouterMatch match = {.status = 404};
    request->path = router_decode(request->arena, path, strlen(path), false);
    if (request->path == NULL) {
        match.status = 400;
        return match;
    }
    size_t length = trimmed_length(path);
    Buffer *allow = NULL;
    for (const HttpRoute *route = mount->routes; route->method != NULL; route++) {
        Parameters parameters;
        if (!match_pattern(route->pattern, path, length, &parameters)) {
            continue;
        }
        if (!decode_parameters(&parameters, request)) {
            match.status = 400;
            return match;
        }
        if (same_method(route->method, method)) {
            match.route = route;
            match.status = 200;
            return match;
        }
        if (allow == NULL) {
            allow = buffer_new(request->arena);
        }
        buffer_printf(allow, "%s%s", allow->length > 0 ? ", " : "", route->method);
    }
    if (allow != NULL) {
        match.status = 405;
        match.allow = allow->data;
    }
    return match;
}

HttpQueryItem *http_query_parse(Arena *arena, const char *query, int *count)
{
    size_t most = 1;
    for (const char *at = query; *at != '\0'; at++) {
        most += *at == '&';
    }
    HttpQueryItem *items = arena_array(arena, most, sizeof *items);
    *count = 0;
    while (*query != '\0') {
        size_t length = strcspn(query, "&"), name_length = strcspn(query, "=&");
        if (length > 0) {
            HttpQueryItem *item = &items[*count];
            item->has_equals = name_length < length;
            item->name = router_decode(arena, query, name_length, true);
            item->value = item->has_equals ? router_decode(arena, query + name_length + 1,
                                                           length - name_length - 1, true)
                                           : "";
            /* An encoded NUL can't be part of any name or value: such an item is left out. */
            *count += item->name != NULL && item->value != NULL;
        }
        query += length + (query[length] == '&');
    }
    return items;
}

char *http_url_encode(Arena *arena, const char *text)
{
    static const char DIGITS[] = "0123456789ABCDEF";
    char *encoded = arena_alloc(arena, 3 * strlen(text) + 1), *to = encoded;
    for (; *text != '\0'; text++) {
        unsigned char byte = (unsigned char)*text;
        bool unreserved = (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
                          (byte >= '0' && byte <= '9') || (byte != 0 && strchr("-._~", byte));
        if (unreserved) {
            *to++ = (char)byte;
        } else {
            *to++ = '%';
            *to++ = DIGITS[byte >> 4];
            *to++ = DIGITS[byte & 15];
        }
    }
    return encoded;
}
