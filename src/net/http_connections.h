/* The open connections of the HTTP server, and which of them must go: those whose clients owe a
 * request for too long, and, where there are too many, the one that has kept the server waiting
 * longest. So clients that stall, however many, keep no other out. Inside of the server only. */
#ifndef KONTOR_NET_HTTP_CONNECTIONS_H
#define KONTOR_NET_HTTP_CONNECTIONS_H

#include <microhttpd.h>
#include <stdbool.h>

typedef struct HttpConnections HttpConnections;

/* One connection's clock. */
typedef struct HttpWatch HttpWatch;

/* Whom a connection waits for. */
typedef enum HttpTurn {
    HTTP_TURN_CLIENT,  /* for the rest of a request: at most a minute from the last answer on */
    HTTP_TURN_SERVER,  /* for the answer: it is not cut */
    HTTP_TURN_SENDING, /* for the client to take the answer: cut only to make room */
} HttpTurn;

/* `most` is how many may be open at once. NULL when memory is short. */
HttpConnections *http_connections_new(int most);
/* All must be removed, and the watching over. NULL is allowed. */
void http_connections_free(HttpConnections *connections);

/* Watches the clocks on a thread of its own, until http_connections_stop. */
void http_connections_start(HttpConnections *connections);
void http_connections_stop(HttpConnections *connections);

/* A connection that was just accepted; another one is cut when there are too many. NULL when memory
 * is short: then it is not watched. */
HttpWatch *http_connections_add(HttpConnections *connections, struct MHD_Connection *connection);
/* Before its socket is closed. */
void http_connections_remove(HttpConnections *connections, HttpWatch *watch);

/* Says whose turn it is; its time begins now. NULL is allowed. */
void http_watch_turn(HttpWatch *watch, HttpTurn turn);
/* The client's address, such as "127.0.0.1"; "" when it is not known. NULL is allowed. */
const char *http_watch_address(const HttpWatch *watch);

#endif
