#include "net/http_server.h"

#include <errno.h>
#include <microhttpd.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/date.h"
#include "base/json.h"
#include "base/log.h"
#include "net/http_exchange.h"
#include "net/listen_address.h"

enum {
    STACK_SIZE = 256 * 1024,
    IDLE_SECONDS = 30, /* without any byte */
    DRAIN_SECONDS = 10,
    CONNECTION_MEMORY = 32 * 1024,
    CONNECTIONS_SPARE = 64,
    FILES_SPARE = 512, /* files beside the connections to the server */
};

void http_server_write_metrics(HttpServer *server, Buffer *out)
{
    http_metrics_write(server->metrics, out);
}

static void on_connection(void *context, struct MHD_Connection *connection, void **socket_context,
                          enum MHD_ConnectionNotificationCode code)
{
    HttpServer *server = context;
    if (code == MHD_CONNECTION_NOTIFY_STARTED) {
        *socket_context = http_connections_add(server->connections, connection);
    } else if (*socket_context != NULL) {
        http_connections_remove(server->connections, *socket_context);
        *socket_context = NULL;
    }
}

HttpServer *http_server_new(const char *listen, int threads, int connections, Error *error)
{
    HttpServer *server = calloc(1, sizeof *server);
    if (server == NULL ||
        !listen_address(listen, &server->address, &server->address_length, error)) {
        free(server);
        return NULL;
    }
    server->threads = threads < 1 ? 1 : threads;
    server->most = connections < 1 ? 1 : connections;
    server->metrics = http_metrics_new();
    server->connections = http_connections_new(server->most);
    if (server->metrics == NULL || server->connections == NULL) {
        http_server_stop(server);
        error_set(error, ERROR_INTERNAL, "out of memory");
        return NULL;
    }
    return server;
}

void http_server_mount(HttpServer *server, const char *prefix, const HttpRoute *routes,
                       HttpErrorWriter *error_writer, void *context)
{
    if (server->mount_count == HTTP_MOUNTS_MAX) {
        abort();
    }
    server->mounts[server->mount_count++] =
        (RouterMount){prefix, routes, error_writer, context, NULL};
}

static void write_absence(const HttpRequest *request, HttpResponse *response, int status,
                          const char *message)
{
    (void)request;
    JsonWriter json = json_writer(response->body);
    json_begin_object(&json);
    json_write_key(&json, "errors");
    json_begin_array(&json);
    json_begin_object(&json);
    json_member_string(&json, "detail", message);
    json_member_string(&json, "status", arena_printf(response->arena, "%d", status));
    json_end(&json);
    json_end(&json);
    json_end(&json);
}

void http_server_mount_absence(HttpServer *server, const char *prefix, const char *message)
{
    static const HttpRoute NONE[] = {{NULL, NULL, NULL}};
    http_server_mount(server, prefix, NONE, write_absence, NULL);
    server->mounts[server->mount_count - 1].absence = message;
}

static void log_library(void *context, const char *format, va_list arguments)
{
    Arena *arena = arena_new();
    (void)context;
    log_debug("net", "libmicrohttpd: %s", arena_vprintf(arena, format, arguments));
    arena_free(arena);
}

/* Beyond what is meant to be open, so that there is always room to take one more and cut another;
 * MHD deals it out to its threads, any of which may have all. */
static unsigned connection_limit(const HttpServer *server)
{
    return (unsigned)server->threads * ((unsigned)server->most + CONNECTIONS_SPARE);
}

/* Each connection is an open file; the usual bound of a shell is too low for many. */
static void allow_files(rlim_t wanted)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < wanted) {
        limit.rlim_cur = limit.rlim_max < wanted ? limit.rlim_max : wanted;
        if (setrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur < wanted) {
            log_warning("net",
                        "only %ju files may be open, for all connections and files: with fewer "
                        "--connections none is turned away; or raise the limit of open files",
                        (uintmax_t)limit.rlim_cur);
        }
    }
}

bool http_server_start(HttpServer *server, Error *error)
{
    allow_files((rlim_t)server->most + FILES_SPARE);
    unsigned flags = MHD_USE_EPOLL_INTERNAL_THREAD | MHD_USE_ERROR_LOG | MHD_ALLOW_SUSPEND_RESUME;
    flags |= server->address.ss_family == AF_INET6 ? MHD_USE_IPv6 : 0u;
    struct MHD_OptionItem pool[] = {
        {server->threads > 1 ? MHD_OPTION_THREAD_POOL_SIZE : MHD_OPTION_END, server->threads, NULL},
        {MHD_OPTION_END, 0, NULL}};
    /* No MHD_OPTION_LISTENING_ADDRESS_REUSE: two servers would share a port then. */
    server->daemon = MHD_start_daemon(
        flags, 0, NULL, NULL, http_exchange_go_on, server, MHD_OPTION_SOCK_ADDR, &server->address,
        MHD_OPTION_ARRAY, pool, MHD_OPTION_THREAD_STACK_SIZE, (size_t)STACK_SIZE,
        MHD_OPTION_CONNECTION_LIMIT, connection_limit(server), MHD_OPTION_CONNECTION_TIMEOUT,
        (unsigned)IDLE_SECONDS, MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)CONNECTION_MEMORY,
        MHD_OPTION_URI_LOG_CALLBACK, http_exchange_begin, server, MHD_OPTION_NOTIFY_COMPLETED,
        http_exchange_end, server, MHD_OPTION_NOTIFY_CONNECTION, on_connection, server,
        MHD_OPTION_EXTERNAL_LOGGER, log_library, NULL, MHD_OPTION_END);
    if (server->daemon == NULL) {
        return error_set(error, ERROR_CONFLICT,
                         "the HTTP server cannot listen (%s): is another program on that port? "
                         "Choose another with --listen",
                         strerror(errno));
    }
    const union MHD_DaemonInfo *info =
        MHD_get_daemon_info(server->daemon, MHD_DAEMON_INFO_BIND_PORT);
    server->port = info != NULL ? info->port : 0;
    http_connections_start(server->connections);
    return true;
}

int http_server_port(const HttpServer *server)
{
    return server->port;
}

/* Not by MHD_quiesce_daemon: it and the threads of the pool may both take the socket out of an
 * epoll set, and libmicrohttpd 0.9.75 ends the program when the second finds it gone. */
static void stop_listening(HttpServer *server)
{
    const union MHD_DaemonInfo *info =
        MHD_get_daemon_info(server->daemon, MHD_DAEMON_INFO_LISTEN_FD);
    if (info != NULL) {
        shutdown(info->listen_fd, SHUT_RD);
    }
}

void http_server_stop(HttpServer *server)
{
    if (server == NULL) {
        return;
    }
    if (server->daemon != NULL) {
        atomic_store(&server->draining, true);
        stop_listening(server);
        double deadline = clock_monotonic() + DRAIN_SECONDS;
        while (atomic_load(&server->running) > 0 && clock_monotonic() < deadline) {
            usleep(2000);
        }
        while (atomic_load(&server->apart) > 0) { /* they have limits of their own */
            usleep(2000);
        }
        http_connections_stop(server->connections);
        MHD_stop_daemon(server->daemon);
    }
    http_connections_free(server->connections);
    http_metrics_free(server->metrics);
    free(server);
}
