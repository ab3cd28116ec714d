/* One request of the HTTP server, from its line to its answer: libmicrohttpd's callbacks. Inside of
 * the server only. */
#ifndef KONTOR_NET_HTTP_EXCHANGE_H
#define KONTOR_NET_HTTP_EXCHANGE_H

#include <microhttpd.h>
#include <stdatomic.h>
#include <sys/socket.h>

#include "net/http_connections.h"
#include "net/http_metrics.h"
#include "net/router.h"

enum { HTTP_MOUNTS_MAX = 32 };

struct HttpServer {
    RouterMount mounts[HTTP_MOUNTS_MAX];
    int mount_count;
    HttpMetrics *metrics;
    struct MHD_Daemon *daemon;
    struct sockaddr_storage address;
    socklen_t address_length;
    int threads;
    int most; /* connections */
    int port;
    HttpConnections *connections;
    atomic_int running;   /* requests between their first callback and their completion */
    atomic_int apart;     /* of these, those that threads of their own answer */
    atomic_bool draining; /* each answer is its connection's last */
};

/* For MHD_OPTION_URI_LOG_CALLBACK, MHD_start_daemon and MHD_OPTION_NOTIFY_COMPLETED; `context` is
 * the HttpServer. */
void *http_exchange_begin(void *context, const char *uri, struct MHD_Connection *connection);
enum MHD_Result http_exchange_go_on(void *context, struct MHD_Connection *connection,
                                    const char *url, const char *method, const char *version,
                                    const char *upload, size_t *upload_size, void **state);
void http_exchange_end(void *context, struct MHD_Connection *connection, void **state,
                       enum MHD_RequestTerminationCode code);

#endif
