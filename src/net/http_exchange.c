#include "net/http_exchange.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/date.h"
#include "base/log.h"
#include "net/http_head.h"
#include "net/http_reply.h"

enum { APART_STACK_SIZE = 256 * 1024 };

typedef struct Exchange {
    HttpServer *server;
    HttpRequest request;
    HttpResponse response;
    Buffer *body;
    const char *encoded_path;
    HttpWatch *watch;
    HttpHead head;
    HttpFault fault; /* why it is not answered */
    const RouterMount *mount;
    const char *route; /* the pattern of what answers; NULL: nothing does */
    double started;
    bool is_answered; /* by a thread of its own */
} Exchange;

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

static void refuse(Exchange *exchange, int status, const char *message)
{
    write_error(exchange->mount, &exchange->request, &exchange->response, status, message);
}

static void refuse_route(Exchange *exchange, const RouterMatch *match)
{
    HttpRequest *request = &exchange->request;
    if (match->status == 405) {
        http_response_header(&exchange->response, "Allow", match->allow);
        refuse(exchange, 405,
               arena_printf(request->arena, "method %s is not allowed here; allowed: %s",
                            request->method, match->allow));
    } else if (match->status == 400) {
        refuse(exchange, 400, "the path holds an encoded NUL");
    } else {
        refuse(exchange, 404, "there is nothing at this path");
    }
}

/* Answers, or has the response say who will. */
static void dispatch(HttpServer *server, Exchange *exchange)
{
    HttpRequest *request = &exchange->request;
    const RouterMount *mount = find_mount(server, exchange->encoded_path);
    RouterMatch match = {.status = 404};
    exchange->mount = mount;
    exchange->response = (HttpResponse){.arena = request->arena,
                                        .status = 200,
                                        .content_type = "application/json",
                                        .body = buffer_new(request->arena)};
    if (mount != NULL) {
        match = router_match(mount, request->method, exchange->encoded_path, request);
    }
    if (request->path == NULL) {
        request->path = mount != NULL ? "" : exchange->encoded_path;
    }
    exchange->route = match.route != NULL ? match.route->pattern : NULL;
    if (mount != NULL && mount->absence != NULL) {
        refuse(exchange, 404, mount->absence);
    } else if (exchange->fault.status != 0) {
        refuse(exchange, exchange->fault.status, exchange->fault.message);
    } else if (match.route == NULL) {
        refuse_route(exchange, &match);
    } else if (holds_nul(request->query)) {
        refuse(exchange, 400, "the query string holds an encoded NUL");
    } else {
        match.route->handler(mount->context, request, &exchange->response);
    }
}

/* Runs what waits for others. */
static void run_apart(Exchange *exchange)
{
    HttpHandler *handler = exchange->response.apart;
    exchange->response.apart = NULL;
    handler(exchange->mount->context, &exchange->request, &exchange->response);
}

void http_server_ask(HttpServer *server, HttpRequest *request, const char *path,
                     HttpResponse *response)
{
    Exchange exchange = {.request = *request, .encoded_path = path};
    dispatch(server, &exchange);
    if (exchange.response.apart != NULL) {
        run_apart(&exchange);
    }
    *response = exchange.response;
    HttpShared *shared = &response->shared;
    if (shared->bytes != NULL) {
        buffer_clear(response->body);
        buffer_append(response->body, shared->bytes, shared->length);
        shared->release(shared->context);
        *shared = (HttpShared){0};
    }
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
void *http_exchange_begin(void *context, const char *uri, struct MHD_Connection *connection)
{
    HttpServer *server = context;
    uri = uri != NULL ? uri : "";
    Arena *arena = arena_new();
    Exchange *exchange = arena_alloc(arena, sizeof *exchange);
    exchange->server = server;
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

/* Counts and sends what is answered. */
static enum MHD_Result reply(HttpServer *server, Exchange *exchange, bool is_last)
{
    HttpRequest *request = &exchange->request;
    HttpResponse *response = &exchange->response;
    struct MHD_Connection *connection = request->connection;
    double elapsed = clock_monotonic() - exchange->started;
    http_metrics_count(server->metrics, exchange->route, request->method, response->status, elapsed,
                       request->body_length,
                       response->shared.bytes != NULL ? response->shared.length
                                                      : response->body->length);
    LogLevel level = response->status >= 500 ? LOG_WARNING : LOG_DEBUG;
    log_write(level, "net", "%s %s -> %d in %.1f ms", request->method, request->path,
              response->status, elapsed * 1000);
    if (response->status == 431) {
        http_reply_send(connection, response);
        return MHD_NO;
    }
    struct MHD_Response *made = http_reply_new(
        response, is_last || atomic_load_explicit(&server->draining, memory_order_relaxed));
    if (made == NULL) {
        return MHD_NO;
    }
    http_watch_turn(exchange->watch, HTTP_TURN_SENDING);
    enum MHD_Result queued = MHD_queue_response(connection, (unsigned)response->status, made);
    MHD_destroy_response(made);
    return queued;
}

static void *answer_apart(void *context)
{
    Exchange *exchange = context;
    HttpServer *server = exchange->server;
    struct MHD_Connection *connection = exchange->request.connection;
    run_apart(exchange);
    exchange->is_answered = true;
    MHD_resume_connection(connection); /* the exchange is the server's thread's again */
    atomic_fetch_sub(&server->apart, 1);
    return NULL;
}

/* Has a thread of its own answer; the connection is suspended meanwhile. */
static enum MHD_Result go_apart(HttpServer *server, Exchange *exchange)
{
    pthread_t thread;
    pthread_attr_t attributes;
    if (atomic_fetch_add(&server->apart, 1) >= HTTP_APART_MAX) {
        atomic_fetch_sub(&server->apart, 1);
        exchange->response.apart = NULL;
        refuse(exchange, 503, "too many requests wait for other services already; try again soon");
        return reply(server, exchange, false);
    }
    MHD_suspend_connection(exchange->request.connection);
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, APART_STACK_SIZE);
    pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    if (pthread_create(&thread, &attributes, answer_apart, exchange) != 0) {
        answer_apart(exchange);
    }
    pthread_attr_destroy(&attributes);
    return MHD_YES;
}

static enum MHD_Result finish(HttpServer *server, Exchange *exchange, bool is_last)
{
    http_watch_turn(exchange->watch, HTTP_TURN_SERVER);
    exchange->started = clock_monotonic();
    dispatch(server, exchange);
    return exchange->response.apart != NULL ? go_apart(server, exchange)
                                            : reply(server, exchange, is_last);
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

enum MHD_Result http_exchange_go_on(void *context, struct MHD_Connection *connection,
                                    const char *url, const char *method, const char *version,
                                    const char *upload, size_t *upload_size, void **state)
{
    Exchange *exchange = *state;
    HttpRequest *request = &exchange->request;
    (void)url;
    if (exchange->is_answered) {
        return reply(context, exchange, false);
    }
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

void http_exchange_end(void *context, struct MHD_Connection *connection, void **state,
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
