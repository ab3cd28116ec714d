/* Which handler answers a path: for the HTTP server, and for its tests. */
#ifndef KONTOR_NET_ROUTER_H
#define KONTOR_NET_ROUTER_H

#include "net/http_server.h"

/* The routes of one room below one prefix. */
typedef struct RouterMount {
    const char *prefix;
    const HttpRoute *routes;
    HttpErrorWriter *error_writer;
    void *context;
    const char *absence; /* why nothing below the prefix is answered, or NULL */
} RouterMount;

typedef struct RouterMatch {
    const HttpRoute *route; /* NULL: none; then `status` says why */
    int status;             /* 200, 404, 405 or 400 */
    const char *allow;      /* the methods that the path has, for 405 */
} RouterMatch;

/* Does `path` (percent-encoded) lie below the mount's prefix? */
bool router_below(const RouterMount *mount, const char *path);

/* Finds the route of a method and a percent-encoded path; a trailing slash does not matter.
 * Fills the request's decoded path and path parameters. HEAD finds GET routes. */
RouterMatch router_match(const RouterMount *mount, const char *method, const char *path,
                         HttpRequest *request);

/* Decodes percent-encoding ('+' becomes a blank when `plus`). NULL when it holds an encoded NUL.
 * A '%' without two digits stays as it is. */
char *router_decode(Arena *arena, const char *text, size_t length, bool plus);

#endif
