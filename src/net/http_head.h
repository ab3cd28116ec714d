/* Whether the head of a request (its line and headers) may be believed. libmicrohttpd takes what
 * a proxy in front of it may read otherwise: two lengths, a length beside chunks, folded lines. Who
 * can make the two disagree about where a request ends smuggles one past the proxy; so these are
 * refused (RFC 9112 §§2.2, 3.2, 5.1, 5.2, 6.1, 6.3). Inside of the server only. */
#ifndef KONTOR_NET_HTTP_HEAD_H
#define KONTOR_NET_HTTP_HEAD_H

#include <microhttpd.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"

/* What is wrong with a request; status 0: nothing. Messages live in the arena that is given. */
typedef struct HttpFault {
    int status;
    const char *message;
} HttpFault;

/* The head of a request in libmicrohttpd's memory, where the line is cut by NULs. */
typedef struct HttpHead {
    const char *method;
    const char *target; /* "/path?query", as it was before anything in it was decoded */
    size_t target_length;
    const char *version; /* "HTTP/1.1" */
    size_t memory;       /* bytes of the connection's memory that it takes */
    bool chunked;        /* the body comes in chunks; headers may follow it */
} HttpHead;

/* Looks at what is asked for, as it was sent: more than HTTP_QUERY_MAX parameters, blanks and
 * other bytes that no URL has, what is neither a path nor a URL. */
HttpFault http_head_check_target(Arena *arena, const char *target);

/* Looks at the line and headers of a request whose head is complete, its body not yet read, and
 * fills `memory` and `chunked`. More than HTTP_HEAD_MAX is 431. */
HttpFault http_head_check(Arena *arena, struct MHD_Connection *connection, HttpHead *head);

/* Looks at the headers that followed a body in chunks: with those, more than HTTP_HEAD_MAX is 431.
 */
HttpFault http_head_check_trailers(Arena *arena, struct MHD_Connection *connection,
                                   const HttpHead *head);

/* That the body is larger than HTTP_BODY_MAX. */
HttpFault http_head_body_too_large(Arena *arena);

#endif
