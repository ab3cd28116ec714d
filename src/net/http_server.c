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
#include "net/http_connections.h"
#include "net/http_head.h"
#include "net/http_metrics.h"
#include "net/http_reply.h"
#include "net/listen_address.h"
#include "net/router.h"

enum {
    MOUNTS_MAX = 32,
    STACK_SIZE = 256 * 1024,
    IDLE_SECONDS = 30, /* without any byte */
    DRAIN_SECONDS = 10,
    CONNECTION_MEMORY = 32 * 1024,
    CONNECTIONS_SPARE = 64,
    FILES_SPARE = 512, /* files beside the connections to the server */
};

typedef struct Exchange {
    HttpRequest request;
    Buffer *body;
    const char *encoded_path;
    HttpWatch *watch;
    HttpHead head;
    HttpFault fault; /* why it is not answered */
} Exchange;

struct HttpServer {
    RouterMount mounts[MOUNTS_MAX];
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
    atomic_bool draining; /* each answer is its connection's last */
};

const char *http_request_header(const HttpRequest *request, const char *name)
{
    if (request->connection != NULL) {
        return MHD_lookup_connection_value(request->connection, MHD_HEADER_KIND, name);
    }
    for (int i = 0; request->headers != NULL && request->headers[i][0] != NULL; i++) {
        if (strcasecmp(request->headers[i][0], name) == 0) {
            return request->headers[i][1];
        }
    }
    return NULL;
}

void http_response_header(HttpResponse *response, const char *name, const char *value)
{
    int most = (int)(sizeof response->headers / sizeof *response->headers);
    if (response->header_count < most) {
        response->headers[response->header_count][0] = name;
        response->headers[response->header_count][1] = value;
        response->header_count++;
    }
}

static void plain_error(const HttpRequest *request, HttpResponse *response, int status,
                        const char *message)
{
    (void)request;
    (void)status;
    response->content_type = "text/plain; charset=utf-8";
    buffer_printf(response->body, "%s\n", message);
}

/* The mount with the longest prefix that the path lies below. */
static const RouterMount *find_mount(const HttpServer *server, const char *path)
{
    const RouterMount *found = NULL;
    for (int i = 0; i < server->mount_count; i++) {
        const RouterMount *mount = &server->mounts[i];
        if (router_below(mount, path) &&
            (found == NULL || strlen(mount->prefix) > strlen(found->prefix))) {
            found = mount;
        }
    }
    return found;
}

static void write_error(const RouterMount *mount, const HttpRequest *request,
                        HttpResponse *response, int status, const char *message)
{
    HttpErrorWriter *writer =
        mount != NULL && mount->error_writer != NULL ? mount->error_writer : plain_error;
    response->status = status;
    writer(request, response, status, message);
}

/* Such an item is none that anybody could mean; to pass it over would answer another question. */
static bool holds_nul(const char *query)
{
    return *query != '\0' && strstr(query, "%00") != NULL;
}

/* Answers; returns the pattern of the route that did, or NULL. */
static const char *dispatch(HttpServer *server, Exchange *exchange, HttpResponse *response)
{
    HttpRequest *request = &exchange->request;
    const RouterMount *mount = find_mount(server, exchange->encoded_path);
    if (mount == NULL) {
        request->path = exchange->encoded_path;
        write_error(NULL, request, response, 404, "there is nothing at this path");
        return NULL;
    }
    RouterMatch match = router_match(mount, request->method, exchange->encoded_path, request);
    if (request->path == NULL) {
        request->path = "";
    }
    if (mount->absence != NULL) {
        write_error(mount, request, response, 404, mount->absence);
    } else if (exchange->fault.status != 0) {
        write_error(mount, request, response, exchange->fault.status, exchange->fault.message);
    } else if (match.route != NULL && holds_nul(request->query)) {
        write_error(mount, request, response, 400, "the query string holds an encoded NUL");
    } else if (match.route != NULL) {
        match.route->handler(mount->context, request, response);
    } else if (match.status == 405) {
        http_response_header(response, "Allow", match.allow);
        write_error(mount, request, response, 405,
                    arena_printf(request->arena, "method %s is not allowed here; allowed: %s",
                                 request->method, match.allow));
    } else if (match.status == 400) {
        write_error(mount, request, response, 400, "the path holds an encoded NUL");
    } else {
        write_error(mount, request, response, 404, "there is nothing at this path");
    }
    return match.route != NULL ? match.route->pattern : NULL;
}

/* Returns the seconds that it took. */
static double answer(HttpServer *server, Exchange *exchange, HttpResponse *response)
{
    double start = clock_monotonic();
    const char *route = dispatch(server, exchange, response);
    double elapsed = clock_monotonic() - start;
    http_metrics_count(server->metrics, route, exchange->request.method, response->status, elapsed,
                       exchange->request.body_length,
                       response->shared.bytes != NULL ? response->shared.length
                                                      : response->body->length);
    return elapsed;
}

static HttpResponse new_response(Arena *arena)
{
    return (HttpResponse){.arena = arena,
                          .status = 200,
                          .content_type = "application/json",
                          .body = buffer_new(arena)};
}

void http_server_ask(HttpServer *server, HttpRequest *request, const char *path,
                     HttpResponse *response)
{
    Exchange exchange = {.request = *request, .encoded_path = path};
    *response = new_response(request->arena);
    dispatch(server, &exchange, response);
    HttpShared *shared = &response->shared;
    if (shared->bytes != NULL) {
        buffer_clear(response->body);
        buffer_append(response->body, shared->bytes, shared->length);
        shared->release(shared->context);
        *shared = (HttpShared){0};
    }
}

void http_server_write_metrics(HttpServer *server, Buffer *out)
{
    http_metrics_write(server->metrics, out);
}

static HttpWatch *watch_of(struct MHD_Connection *connection)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    return info != NULL ? info->socket_context : NULL;
}

/* The path and query of a whole URL, as one asks a proxy. */
static const char *without_authority(const char *uri)
{
    const char *host = strncasecmp(uri, "http://", 7) == 0    ? uri + 7
                       : strncasecmp(uri, "https://", 8) == 0 ? uri + 8
                                                              : NULL;
    if (host == NULL) {
        return uri;
    }
    const char *path = host + strcspn(host, "/?");
    return *path == '/' ? path : "/";
}

/* MHD hands the query out parsed only; the raw one, and the path still encoded, are kept here. The
 * query is then cut off, for MHD would make a list of it that nobody reads: each parameter is 56
 * bytes of the connection's memory, and where that is short, the client waits for ever. */
static void *on_uri(void *context, const char *uri, struct MHD_Connection *connection)
{
    HttpServer *server = context;
    uri = uri != NULL ? uri : "";
    Arena *arena = arena_new();
    Exchange *exchange = arena_alloc(arena, sizeof *exchange);
    exchange->request.arena = arena;
    exchange->request.connection = connection;
    exchange->head.target = uri;
    exchange->head.target_length = strlen(uri);
    exchange->fault = http_head_check_target(arena, uri);
    const char *path = *uri == '/' ? uri : without_authority(uri);
    size_t path_length = strcspn(path, "?");
    exchange->encoded_path = arena_strndup(arena, path, path_length);
    exchange->request.query = "";
    char *query = strchr(uri, '?');
    if (query != NULL) {
        exchange->request.query = arena_strdup(arena, query + 1);
        query[1] = '\0';
    }
    atomic_fetch_add(&server->running, 1);
    return exchange;
}

static enum MHD_Result finish(HttpServer *server, Exchange *exchange, bool is_last)
{
    HttpRequest *request = &exchange->request;
    struct MHD_Connection *connection = request->connection;
    HttpResponse response = new_response(request->arena);
    http_watch_turn(exchange->watch, HTTP_TURN_SERVER);
    double elapsed = answer(server, exchange, &response);
    LogLevel level = response.status >= 500 ? LOG_WARNING : LOG_DEBUG;
    log_write(level, "net", "%s %s -> %d in %.1f ms", request->method, request->path,
              response.status, elapsed * 1000);
    if (response.status == 431) {
        http_reply_send(connection, &response);
        return MHD_NO;
    }
    struct MHD_Response *reply = http_reply_new(
        &response, is_last || atomic_load_explicit(&server->draining, memory_order_relaxed));
    if (reply == NULL) {
        return MHD_NO;
    }
    http_watch_turn(exchange->watch, HTTP_TURN_SENDING);
    enum MHD_Result queued = MHD_queue_response(connection, (unsigned)response.status, reply);
    MHD_destroy_response(reply);
    return queued;
}

/* The head is complete, the body may follow. */
static enum MHD_Result on_head(HttpServer *server, Exchange *exchange, const char *method,
                               const char *version)
{
    HttpRequest *request = &exchange->request;
    exchange->head.method = method;
    exchange->head.version = version;
    request->method = arena_strdup(request->arena, method);
    exchange->watch = watch_of(request->connection);
    request->remote_address = http_watch_address(exchange->watch);
    request->body = "";
    exchange->body = buffer_new(request->arena);
    if (exchange->fault.status == 0) {
        exchange->fault = http_head_check(request->arena, request->connection, &exchange->head);
    }
    return exchange->fault.status == 0 ? MHD_YES : finish(server, exchange, true);
}

/* What is too large is read to its end all the same: most clients send before they read. */
static void take_body(Exchange *exchange, const char *bytes, size_t size)
{
    if (exchange->fault.status != 0) {
        return;
    }
    if (exchange->body->length + size > HTTP_BODY_MAX) {
        exchange->fault = http_head_body_too_large(exchange->request.arena);
    } else {
        buffer_append(exchange->body, bytes, size);
    }
}

static enum MHD_Result on_request(void *context, struct MHD_Connection *connection, const char *url,
                                  const char *method, const char *version, const char *upload,
                                  size_t *upload_size, void **state)
{
    Exchange *exchange = *state;
    HttpRequest *request = &exchange->request;
    (void)url;
    if (request->method == NULL) {
        return on_head(context, exchange, method, version);
    }
    if (*upload_size > 0) {
        take_body(exchange, upload, *upload_size);
        *upload_size = 0;
        return MHD_YES;
    }
    if (exchange->head.chunked && exchange->fault.status == 0) {
        exchange->fault = http_head_check_trailers(request->arena, connection, &exchange->head);
    }
    request->body = exchange->body->data;
    request->body_length = exchange->body->length;
    return finish(context, exchange, false);
}

static void on_completed(void *context, struct MHD_Connection *connection, void **state,
                         enum MHD_RequestTerminationCode code)
{
    HttpServer *server = context;
    Exchange *exchange = *state;
    (void)code;
    if (exchange == NULL) {
        return;
    }
    *state = NULL;
    http_watch_turn(watch_of(connection), HTTP_TURN_CLIENT);
    arena_free(exchange->request.arena);
    atomic_fetch_sub(&server->running, 1);
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
    if (server->mount_count == MOUNTS_MAX) {
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
    unsigned flags = MHD_USE_EPOLL_INTERNAL_THREAD | MHD_USE_ERROR_LOG | MHD_USE_ITC;
    flags |= server->address.ss_family == AF_INET6 ? MHD_USE_IPv6 : 0u;
    struct MHD_OptionItem pool[] = {
        {server->threads > 1 ? MHD_OPTION_THREAD_POOL_SIZE : MHD_OPTION_END, server->threads, NULL},
        {MHD_OPTION_END, 0, NULL}};
    /* No MHD_OPTION_LISTENING_ADDRESS_REUSE: two servers would share a port then. */
    server->daemon = MHD_start_daemon(
        flags, 0, NULL, NULL, on_request, server, MHD_OPTION_SOCK_ADDR, &server->address,
        MHD_OPTION_ARRAY, pool, MHD_OPTION_THREAD_STACK_SIZE, (size_t)STACK_SIZE,
        MHD_OPTION_CONNECTION_LIMIT, connection_limit(server), MHD_OPTION_CONNECTION_TIMEOUT,
        (unsigned)IDLE_SECONDS, MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)CONNECTION_MEMORY,
        MHD_OPTION_URI_LOG_CALLBACK, on_uri, server, MHD_OPTION_NOTIFY_COMPLETED, on_completed,
        server, MHD_OPTION_NOTIFY_CONNECTION, on_connection, server, MHD_OPTION_EXTERNAL_LOGGER,
        log_library, NULL, MHD_OPTION_END);
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
        http_connections_stop(server->connections);
        MHD_stop_daemon(server->daemon);
    }
    http_connections_free(server->connections);
    http_metrics_free(server->metrics);
    free(server);
}
