#include "net/http_server.h"

#include <arpa/inet.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/date.h"
#include "base/json.h"
#include "base/log.h"
#include "net/http_metrics.h"
#include "net/listen_address.h"
#include "net/router.h"

enum {
    MOUNTS_MAX = 32,
    CONNECTIONS_MAX = 1000,
    STACK_SIZE = 256 * 1024,
    IDLE_SECONDS = 30, /* without any byte */
    WAIT_SECONDS = 60, /* from one answer (or the connection) to the end of the next request */
    DRAIN_SECONDS = 10,
    CONNECTION_MEMORY = 32 * 1024,
    STREAM_BLOCK = 16 * 1024,
};

/* A connection's clock: MHD's own time-out is per inactivity, so a header that comes byte by byte
 * would hold its connection for ever. */
typedef struct Watch {
    struct Watch *next, *previous;
    struct MHD_Connection *connection;
    char address[INET6_ADDRSTRLEN]; /* the client's */
    double waiting_since;           /* since when the client owes us bytes; 0: it does not */
} Watch;

typedef struct Exchange {
    HttpRequest request;
    Buffer *body;
    const char *encoded_path;
    bool too_large;
} Exchange;

struct HttpServer {
    RouterMount mounts[MOUNTS_MAX];
    int mount_count;
    HttpMetrics *metrics;
    struct MHD_Daemon *daemon;
    struct sockaddr_storage address;
    socklen_t address_length;
    int threads;
    int port;
    pthread_mutex_t lock; /* of watches and running */
    Watch *watches;
    int running; /* requests between their first callback and their completion */
    pthread_t reaper;
    pthread_cond_t stopping;
    bool stop;
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
    } else if (exchange->too_large) {
        write_error(
            mount, request, response, 413,
            arena_printf(request->arena, "the body is larger than %d bytes", HTTP_BODY_MAX));
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

static void answer(HttpServer *server, Exchange *exchange, HttpResponse *response)
{
    double start = clock_monotonic();
    const char *route = dispatch(server, exchange, response);
    http_metrics_count(server->metrics, route, exchange->request.method, response->status,
                       clock_monotonic() - start, exchange->request.body_length,
                       response->shared.bytes != NULL ? response->shared.length
                                                      : response->body->length);
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

static ssize_t read_stream(void *context, uint64_t position, char *bytes, size_t size)
{
    const HttpStream *stream = context;
    (void)position;
    ssize_t length = stream->read(stream->context, bytes, size);
    return length > 0    ? length
           : length == 0 ? (ssize_t)MHD_CONTENT_READER_END_OF_STREAM
                         : (ssize_t)MHD_CONTENT_READER_END_WITH_ERROR;
}

static void close_stream(void *context)
{
    HttpStream *stream = context;
    stream->close(stream->context);
    free(stream);
}

/* NULL when memory is short; what the body holds is freed. */
static struct MHD_Response *stream_reply(const HttpStream *stream)
{
    HttpStream *kept = malloc(sizeof *kept);
    struct MHD_Response *reply = NULL;
    if (kept != NULL) {
        *kept = *stream;
        reply = MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, STREAM_BLOCK, read_stream, kept,
                                                  close_stream);
    }
    if (reply == NULL) {
        stream->close(stream->context);
        free(kept);
    }
    return reply;
}

/* NULL when memory is short; what the body holds is freed. */
static struct MHD_Response *shared_reply(const HttpShared *shared)
{
    struct MHD_Response *reply = MHD_create_response_from_buffer_with_free_callback_cls(
        shared->length, (void *)shared->bytes, shared->release, shared->context);
    if (reply == NULL) {
        shared->release(shared->context);
    }
    return reply;
}

static struct MHD_Response *plain_reply(HttpResponse *response)
{
    bool empty = response->status == 204 || response->status == 304;
    size_t length = empty ? 0 : response->body->length;
    char *body = buffer_detach(response->body);
    struct MHD_Response *reply =
        MHD_create_response_from_buffer(length, body, MHD_RESPMEM_MUST_FREE);
    if (reply == NULL) {
        free(body);
    }
    return reply;
}

static enum MHD_Result queue_response(HttpServer *server, struct MHD_Connection *connection,
                                      HttpResponse *response)
{
    struct MHD_Response *reply = response->stream.read != NULL    ? stream_reply(&response->stream)
                                 : response->shared.bytes != NULL ? shared_reply(&response->shared)
                                                                  : plain_reply(response);
    if (reply == NULL) {
        return MHD_NO;
    }
    if (response->content_type != NULL) {
        MHD_add_response_header(reply, "Content-Type", response->content_type);
    }
    MHD_add_response_header(reply, "X-Content-Type-Options", "nosniff");
    if (atomic_load_explicit(&server->draining, memory_order_relaxed)) {
        MHD_add_response_header(reply, "Connection", "close");
    }
    for (int i = 0; i < response->header_count; i++) {
        MHD_add_response_header(reply, response->headers[i][0], response->headers[i][1]);
    }
    enum MHD_Result queued = MHD_queue_response(connection, (unsigned)response->status, reply);
    MHD_destroy_response(reply);
    return queued;
}

static Watch *watch_of(struct MHD_Connection *connection)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    return info != NULL ? info->socket_context : NULL;
}

static void set_waiting(HttpServer *server, struct MHD_Connection *connection, bool waiting)
{
    Watch *watch = watch_of(connection);
    if (watch != NULL) {
        pthread_mutex_lock(&server->lock);
        watch->waiting_since = waiting ? clock_monotonic() : 0;
        pthread_mutex_unlock(&server->lock);
    }
}

static void write_address(struct MHD_Connection *connection, char text[INET6_ADDRSTRLEN])
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
    if (info != NULL && info->client_addr->sa_family == AF_INET) {
        const struct sockaddr_in *address = (const void *)info->client_addr;
        inet_ntop(AF_INET, &address->sin_addr, text, INET6_ADDRSTRLEN);
    } else if (info != NULL && info->client_addr->sa_family == AF_INET6) {
        const struct sockaddr_in6 *address = (const void *)info->client_addr;
        inet_ntop(AF_INET6, &address->sin6_addr, text, INET6_ADDRSTRLEN);
    }
}

/* MHD hands the query out parsed only; the raw one, and the path still encoded, are kept here. */
/* The path and query of a whole URL, as one asks a proxy. */
static const char *without_authority(const char *uri)
{
    const char *host = strncasecmp(uri, "http://", 7) == 0    ? uri + 7
                       : strncasecmp(uri, "https://", 8) == 0 ? uri + 8
                                                              : NULL;
    const char *path = host != NULL ? strchr(host, '/') : NULL;
    return host == NULL ? uri : path != NULL ? path : "/";
}

static void *on_uri(void *context, const char *uri, struct MHD_Connection *connection)
{
    HttpServer *server = context;
    uri = *uri == '/' ? uri : without_authority(uri);
    Arena *arena = arena_new();
    Exchange *exchange = arena_alloc(arena, sizeof *exchange);
    size_t path_length = strcspn(uri, "?");
    exchange->request.arena = arena;
    exchange->request.connection = connection;
    exchange->encoded_path = arena_strndup(arena, uri, path_length);
    exchange->request.query =
        uri[path_length] == '?' ? arena_strdup(arena, uri + path_length + 1) : "";
    pthread_mutex_lock(&server->lock);
    server->running++;
    pthread_mutex_unlock(&server->lock);
    return exchange;
}

static enum MHD_Result on_request(void *context, struct MHD_Connection *connection, const char *url,
                                  const char *method, const char *version, const char *upload,
                                  size_t *upload_size, void **state)
{
    HttpServer *server = context;
    Exchange *exchange = *state;
    HttpRequest *request = &exchange->request;
    (void)url;
    (void)version;
    if (request->method == NULL) { /* the header is complete, the body may follow */
        request->method = arena_strdup(request->arena, method);
        const Watch *watch = watch_of(connection);
        request->remote_address = watch != NULL ? watch->address : "";
        exchange->body = buffer_new(request->arena);
        return MHD_YES;
    }
    if (*upload_size > 0) {
        if (exchange->body->length + *upload_size > HTTP_BODY_MAX) {
            exchange->too_large = true;
        } else if (!exchange->too_large) {
            buffer_append(exchange->body, upload, *upload_size);
        }
        *upload_size = 0;
        return MHD_YES;
    }
    set_waiting(server, connection, false);
    request->body = exchange->body->data;
    request->body_length = exchange->body->length;
    HttpResponse response = new_response(request->arena);
    double start = clock_monotonic();
    answer(server, exchange, &response);
    LogLevel level = response.status >= 500 ? LOG_WARNING : LOG_DEBUG;
    log_write(level, "net", "%s %s -> %d in %.1f ms", request->method, request->path,
              response.status, (clock_monotonic() - start) * 1000);
    return queue_response(server, connection, &response);
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
    arena_free(exchange->request.arena);
    pthread_mutex_lock(&server->lock);
    server->running--;
    pthread_mutex_unlock(&server->lock);
    set_waiting(server, connection, true);
}

static void on_connection(void *context, struct MHD_Connection *connection, void **socket_context,
                          enum MHD_ConnectionNotificationCode code)
{
    HttpServer *server = context;
    pthread_mutex_lock(&server->lock);
    if (code == MHD_CONNECTION_NOTIFY_STARTED) {
        Watch *watch = calloc(1, sizeof *watch);
        if (watch != NULL) {
            watch->connection = connection;
            write_address(connection, watch->address);
            watch->waiting_since = clock_monotonic();
            watch->next = server->watches;
            if (watch->next != NULL) {
                watch->next->previous = watch;
            }
            server->watches = watch;
        }
        *socket_context = watch;
    } else if (*socket_context != NULL) {
        Watch *watch = *socket_context;
        *(watch->previous != NULL ? &watch->previous->next : &server->watches) = watch->next;
        if (watch->next != NULL) {
            watch->next->previous = watch->previous;
        }
        free(watch);
        *socket_context = NULL;
    }
    pthread_mutex_unlock(&server->lock);
}

static void cut(Watch *watch)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(watch->connection, MHD_CONNECTION_INFO_CONNECTION_FD);
    if (info != NULL) {
        shutdown(info->connect_fd, SHUT_RDWR);
    }
    watch->waiting_since = 0;
}

static void *reap(void *context)
{
    HttpServer *server = context;
    pthread_mutex_lock(&server->lock);
    while (!server->stop) {
        struct timespec wake;
        clock_gettime(CLOCK_REALTIME, &wake);
        wake.tv_sec += 2;
        pthread_cond_timedwait(&server->stopping, &server->lock, &wake);
        double now = clock_monotonic();
        for (Watch *watch = server->watches; watch != NULL; watch = watch->next) {
            if (watch->waiting_since > 0 && now - watch->waiting_since > WAIT_SECONDS) {
                cut(watch);
            }
        }
    }
    pthread_mutex_unlock(&server->lock);
    return NULL;
}

HttpServer *http_server_new(const char *listen, int threads, Error *error)
{
    HttpServer *server = calloc(1, sizeof *server);
    if (server == NULL ||
        !listen_address(listen, &server->address, &server->address_length, error)) {
        free(server);
        return NULL;
    }
    server->metrics = http_metrics_new();
    if (server->metrics == NULL) {
        free(server);
        error_set(error, ERROR_INTERNAL, "out of memory");
        return NULL;
    }
    server->threads = threads < 1 ? 1 : threads;
    pthread_mutex_init(&server->lock, NULL);
    pthread_cond_init(&server->stopping, NULL);
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

bool http_server_start(HttpServer *server, Error *error)
{
    unsigned flags = MHD_USE_EPOLL_INTERNAL_THREAD | MHD_USE_ERROR_LOG | MHD_USE_ITC;
    flags |= server->address.ss_family == AF_INET6 ? MHD_USE_IPv6 : 0u;
    struct MHD_OptionItem pool[] = {
        {server->threads > 1 ? MHD_OPTION_THREAD_POOL_SIZE : MHD_OPTION_END, server->threads, NULL},
        {MHD_OPTION_END, 0, NULL}};
    /* No MHD_OPTION_LISTENING_ADDRESS_REUSE: two servers would share a port then. */
    server->daemon = MHD_start_daemon(
        flags, 0, NULL, NULL, on_request, server, MHD_OPTION_SOCK_ADDR, &server->address,
        MHD_OPTION_ARRAY, pool, MHD_OPTION_THREAD_STACK_SIZE, (size_t)STACK_SIZE,
        MHD_OPTION_CONNECTION_LIMIT, (unsigned)CONNECTIONS_MAX, MHD_OPTION_CONNECTION_TIMEOUT,
        (unsigned)IDLE_SECONDS, MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)CONNECTION_MEMORY,
        MHD_OPTION_URI_LOG_CALLBACK, on_uri, server, MHD_OPTION_NOTIFY_COMPLETED, on_completed,
        server, MHD_OPTION_NOTIFY_CONNECTION, on_connection, server, MHD_OPTION_EXTERNAL_LOGGER,
        log_library, NULL, MHD_OPTION_END);
    if (server->daemon == NULL) {
        return error_set(error, ERROR_CONFLICT,
                         "the HTTP server cannot listen: is another program on that port? Choose "
                         "another with --listen");
    }
    const union MHD_DaemonInfo *info =
        MHD_get_daemon_info(server->daemon, MHD_DAEMON_INFO_BIND_PORT);
    server->port = info != NULL ? info->port : 0;
    pthread_create(&server->reaper, NULL, reap, server);
    return true;
}

int http_server_port(const HttpServer *server)
{
    return server->port;
}

static int running_requests(HttpServer *server)
{
    pthread_mutex_lock(&server->lock);
    int running = server->running;
    pthread_mutex_unlock(&server->lock);
    return running;
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
        while (running_requests(server) > 0 && clock_monotonic() < deadline) {
            usleep(2000);
        }
        pthread_mutex_lock(&server->lock);
        server->stop = true;
        pthread_cond_signal(&server->stopping);
        pthread_mutex_unlock(&server->lock);
        pthread_join(server->reaper, NULL);
        MHD_stop_daemon(server->daemon);
    }
    pthread_mutex_destroy(&server->lock);
    pthread_cond_destroy(&server->stopping);
    http_metrics_free(server->metrics);
    free(server);
}
