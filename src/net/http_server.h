/* The HTTP server (libmicrohttpd: epoll and a pool of threads) and its router. */
#ifndef KONTOR_NET_HTTP_SERVER_H
#define KONTOR_NET_HTTP_SERVER_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/arena.h"
#include "base/buffer.h"
#include "base/error.h"

enum {
    HTTP_BODY_MAX = 2 * 1024 * 1024, /* a larger body is answered 413 */
    HTTP_QUERY_MAX = 1000,           /* parameters; more are answered 400 */
    HTTP_HEAD_MAX = 30 * 1024, /* a request's line and headers, 64 for each; more is 431 or 414 */
    HTTP_PATH_PARAMETERS_MAX = 8,
    HTTP_APART_MAX = 8, /* requests that wait for others at once */
};

/* One request. All of it lives in `arena`, which is freed when the answer is sent. */
typedef struct HttpRequest {
    Arena *arena;
    const char *method; /* "GET" */
    const char *path;   /* percent-decoded, without the query: "/api/…" */
    const char *query;  /* raw, without '?'; "" when there is none */
    const char *body;   /* NUL-terminated; "" when there is none */
    size_t body_length;
    const char *remote_address; /* "127.0.0.1" */
    const char
        *path_parameters[HTTP_PATH_PARAMETERS_MAX]; /* what stood for {…}, in order; NULL: none */
    void *connection; /* the server's own; NULL: none, it was asked from inside */
    const char *const (
        *headers)[2]; /* of such a request: names and values, a NULL name ends them */
} HttpRequest;

typedef struct HttpResponse HttpResponse;

/* Answers one request. Runs on any of the server's threads. */
typedef void HttpHandler(void *context, HttpRequest *request, HttpResponse *response);

/* A body that is made while it is sent, for what is too large to be made before. */
typedef struct HttpStream {
    /* Puts up to `size` bytes, more than 0, at `bytes` and returns their number; 0: that was all;
     * -1: it can't be gone on with, and the connection is cut, so that nobody takes a part for the
     * whole. NULL: the answer has a plain body. */
    ssize_t (*read)(void *context, char *bytes, size_t size);
    void (*close)(void *context); /* called once, whatever happened */
    void *context;
} HttpStream;

/* A body that is kept somewhere, sent from there: no copy is made, whoever else is sent it. */
typedef struct HttpShared {
    const char *bytes; /* NULL: the answer has another body */
    size_t length;
    void (*release)(void *context); /* called once, whatever happened, on any thread */
    void *context;
} HttpShared;

/* The answer a handler fills; it starts as 200, application/json, empty. */
struct HttpResponse {
    Arena *arena;
    /* Who answers in the place of the handler that sets this and returns: one that may wait long
     * for others (object storage, another service), and runs on a thread of its own, lest the
     * server's threads all wait. At most HTTP_APART_MAX do at once; more requests are answered 503.
     */
    HttpHandler *apart;
    int status;
    const char *content_type;
    Buffer *body;
    HttpShared shared; /* sent in the place of `body` */
    HttpStream stream; /* sent in the place of both; on the server's threads, not the handler's */
    const char *headers[16][2]; /* more headers: name, value */
    int header_count;
};

/* A header by name, any case; NULL when absent. */
const char *http_request_header(const HttpRequest *request, const char *name);

/* Adds a header, of at most 16; one more is left out. Both texts must live until the answer is
 * sent.
 */
void http_response_header(HttpResponse *response, const char *name, const char *value);

/* One row of a room's route table; the table ends with a NULL method. `pattern` is a path whose
 * {parameters} each match one segment; a trailing slash of the request does not matter. GET
 * routes answer HEAD too. */
typedef struct HttpRoute {
    const char *method;
    const char *pattern;
    HttpHandler *handler;
} HttpRoute;

/* Writes the body of an error in the shape of the API under a prefix: status and a message, which
 * an API may put in words of its own (its request tells the method). Used for what no handler sees:
 * unknown paths (404), wrong methods (405), bodies too large (413). */
typedef void HttpErrorWriter(const HttpRequest *request, HttpResponse *response, int status,
                             const char *message);

typedef struct HttpServer HttpServer;

/* A server that listens on "ADDRESS:PORT" (port 0: any) once it is started. When more than
 * `connections` are open, the one that has kept it waiting longest is closed. */
HttpServer *http_server_new(const char *listen, int threads, int connections, Error *error);

/* Adds the routes below `prefix` ("/api/sources"); `context` goes to the handlers. */
void http_server_mount(HttpServer *server, const char *prefix, const HttpRoute *routes,
                       HttpErrorWriter *error_writer, void *context);

/* Says of everything below `prefix`, by 404 and `message`, that it is not served here. The body is
 * {"errors": [{"detail": message, "status": "404"}]}. `message` must outlive the server. */
void http_server_mount_absence(HttpServer *server, const char *prefix, const char *message);

/* Appends what the server counted, in the form that Prometheus reads (net/http_metrics.h). */
void http_server_write_metrics(HttpServer *server, Buffer *out);

/* Lets what is mounted answer a request that came over no network: arena, method, query, body,
 * remote_address and headers of `request` are given, `path` is percent-encoded. A shared body is
 * copied into `body`. The server need not be started. */
void http_server_ask(HttpServer *server, HttpRequest *request, const char *path,
                     HttpResponse *response);

/* Listens and answers on threads of its own; nothing may be mounted any more. ERROR_CONFLICT when
 * the port is taken. */
bool http_server_start(HttpServer *server, Error *error);
/* The port it listens on. */
int http_server_port(const HttpServer *server);
/* Stops accepting, lets running requests end (at most 10 s), frees it. NULL is allowed. */
void http_server_stop(HttpServer *server);

/* One decoded "name=value" of a query string. */
typedef struct HttpQueryItem {
    const char *name;
    const char *value;
    bool has_equals;
} HttpQueryItem;

/* Splits and percent-decodes a raw query string ('+' is a blank) in order of appearance. Bytes
 * after a broken percent sign stay as they are. */
HttpQueryItem *http_query_parse(Arena *arena, const char *query, int *count);

/* Percent-encodes everything but unreserved characters (RFC 3986). */
char *http_url_encode(Arena *arena, const char *text);

#endif
