/* The server over real connections: limits, keep-alive, slow clients. */
#include "unit.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/date.h"
#include "net/http_server.h"

enum {
    PATIENCE = 20, /* seconds that a test waits for the server */
    CONNECTIONS = 50,
};

/* The clock of this program runs ahead (the linker puts it in the place of clock_monotonic), so
 * that a minute's limit is tested in less. */
double __real_clock_monotonic(void);
double __wrap_clock_monotonic(void);
static _Atomic int seconds_ahead;

double __wrap_clock_monotonic(void)
{
    return __real_clock_monotonic() + seconds_ahead;
}

static void echo(void *context, HttpRequest *request, HttpResponse *response)
{
    const char *header = http_request_header(request, "x-echo");
    (void)context;
    response->content_type = "text/plain";
    http_response_header(response, "X-Answer", "yes");
    buffer_printf(response->body, "%s %s?%s %s [%s] %d bytes from %s", request->method,
                  request->path, request->query, request->path_parameters[0],
                  header != NULL ? header : "", (int)request->body_length, request->remote_address);
}

/* What all are sent from one place, and how often it was given back. */
static const char SHARED[] = "the same bytes for all";
static atomic_int given_back;

static void give_back(void *context)
{
    given_back += context == SHARED;
}

static void share(void *context, HttpRequest *request, HttpResponse *response)
{
    (void)context;
    (void)request;
    buffer_append_text(response->body, "not sent");
    response->shared = (HttpShared){SHARED, strlen(SHARED), give_back, (void *)SHARED};
}

/* More than the sockets between server and client take. */
static void share_much(void *context, HttpRequest *request, HttpResponse *response)
{
    static const char MUCH[16 * 1024 * 1024];
    (void)context;
    (void)request;
    response->shared = (HttpShared){MUCH, sizeof MUCH, give_back, NULL};
}

/* Waits for another service, which answers when the test says so. */
static atomic_bool other_answers;
static atomic_int begun_to_wait;

static void wait_for_other(void *context, HttpRequest *request, HttpResponse *response)
{
    (void)context;
    begun_to_wait++;
    while (!other_answers) {
        usleep(1000);
    }
    buffer_printf(response->body, "waited %s [%s]", request->path,
                  http_request_header(request, "x-echo"));
}

static void go_and_wait(void *context, HttpRequest *request, HttpResponse *response)
{
    (void)context;
    (void)request;
    response->apart = wait_for_other;
}

static void write_error(const HttpRequest *request, HttpResponse *response, int status,
                        const char *message)
{
    buffer_printf(response->body, "{\"method\":\"%s\",\"status\":%d,\"detail\":\"%s\"}",
                  request->method, status, message);
}

static const HttpRoute ROUTES[] = {
    {"GET", "/api/echo/{word}", echo}, {"POST", "/api/echo/{word}", echo},
    {"GET", "/api/shared", share},     {"GET", "/api/much", share_much},
    {"GET", "/api/wait", go_and_wait}, {NULL, NULL, NULL},
};

static int start(void **state)
{
    Error error = {0};
    HttpServer *server = http_server_new("127.0.0.1:0", 2, CONNECTIONS, &error);
    assert_non_null(server);
    http_server_mount(server, "/api", ROUTES, write_error, NULL);
    assert_true(http_server_start(server, &error));
    assert_true(http_server_port(server) > 0);
    *state = server;
    return 0;
}

/* Whatever a client did, the server ends at once: no request is left behind. */
static int stop(void **state)
{
    double begun = __real_clock_monotonic();
    http_server_stop(*state);
    return __real_clock_monotonic() - begun < 5 ? 0 : -1;
}

static int dial(const HttpServer *server)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons((uint16_t)http_server_port(server)),
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int connection = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(connect(connection, (struct sockaddr *)&address, sizeof address), 0);
    struct timeval patience = {.tv_sec = PATIENCE};
    setsockopt(connection, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    return connection;
}

/* False when the server has closed the connection. */
static bool say(int connection, const char *bytes, size_t length)
{
    while (length > 0) {
        ssize_t sent = send(connection, bytes, length, MSG_NOSIGNAL);
        if (sent <= 0) {
            return false;
        }
        bytes += sent;
        length -= (size_t)sent;
    }
    return true;
}

static size_t length_of(const char *answer)
{
    const char *head = strstr(answer, "Content-Length: ");
    return head != NULL ? (size_t)atoi(head + strlen("Content-Length: ")) : 0;
}

/* One whole answer; `empty`: one without the body that its length tells of (to HEAD). */
static const char *hear(int connection, bool empty)
{
    static char answer[16384];
    size_t length = 0;
    for (;;) {
        const char *end = strstr(answer, "\r\n\r\n");
        if (length > 0 && end != NULL &&
            (empty || length >= (size_t)(end + 4 - answer) + length_of(answer))) {
            return answer;
        }
        /* Byte by byte: what follows belongs to the next answer. */
        ssize_t got = recv(connection, answer + length, 1, 0);
        assert_true(got == 1 && length + 2 < sizeof answer);
        length += (size_t)got;
        answer[length] = '\0';
    }
}

static const char *ask(int connection, const char *request)
{
    assert_true(say(connection, request, strlen(request)));
    return hear(connection, strncmp(request, "HEAD", 4) == 0);
}

static void assert_has(const char *answer, const char *text)
{
    if (strstr(answer, text) == NULL) {
        fail_msg("\"%s\" is not in: %s", text, answer);
    }
}

static void a_connection_is_kept(void **state)
{
    int connection = dial(*state);
    const char *answer = ask(connection, "GET /api/echo/a%20b/?x=%20y&z HTTP/1.1\r\nHost: h\r\n"
                                         "X-ECHO: one\r\n\r\n");
    assert_has(answer, "HTTP/1.1 200 OK\r\n");
    assert_has(answer, "X-Content-Type-Options: nosniff\r\n");
    assert_has(answer, "X-Answer: yes\r\n");
    assert_has(answer, "GET /api/echo/a b/?x=%20y&z a b [one] 0 bytes from 127.0.0.1");
    answer =
        ask(connection, "POST /api/echo/c HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\n\r\nbody");
    assert_has(answer, "POST /api/echo/c? c [] 4 bytes");
    answer = ask(connection, "POST /api/echo/c HTTP/1.1\r\nHost: h\r\n"
                             "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n");
    assert_has(answer, "5 bytes");
    answer = ask(connection, "GET http://h/api/echo/whole?x=1 HTTP/1.1\r\nHost: h\r\n\r\n");
    assert_has(answer, "GET /api/echo/whole?x=1 ");
    answer = ask(connection, "HEAD /api/echo/d HTTP/1.1\r\nHost: h\r\n\r\n");
    assert_has(answer, "HTTP/1.1 200 OK\r\n");
    answer = ask(connection, "GET /api/echo/e HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
    assert_has(answer, "/api/echo/e");
    char more;
    assert_int_equal(recv(connection, &more, 1, 0), 0);
    close(connection);
}

static void what_there_is_not_is_told(void **state)
{
    int connection = dial(*state);
    const char *answer = ask(connection, "GET /api/nothing HTTP/1.1\r\nHost: h\r\n\r\n");
    assert_has(answer, "HTTP/1.1 404 Not Found\r\n");
    assert_has(answer,
               "{\"method\":\"GET\",\"status\":404,\"detail\":\"there is nothing at this path\"}");
    answer = ask(connection, "GET /elsewhere HTTP/1.1\r\nHost: h\r\n\r\n");
    assert_has(answer, "HTTP/1.1 404 Not Found\r\n");
    answer = ask(connection, "DELETE /api/echo/a HTTP/1.1\r\nHost: h\r\n\r\n");
    assert_has(answer, "HTTP/1.1 405 Method Not Allowed\r\n");
    assert_has(answer, "Allow: GET, POST\r\n");
    assert_has(answer, "{\"method\":\"DELETE\",\"status\":405,");
    answer = ask(connection, "GET /api/echo/a%00b HTTP/1.1\r\nHost: h\r\n\r\n");
    assert_has(answer, "HTTP/1.1 400 Bad Request\r\n");
    close(connection);
}

/* Posts a body of `length` bytes; the answer. */
static const char *post(int connection, size_t length)
{
    char head[128];
    char *body = calloc(1, length);
    snprintf(head, sizeof head,
             "POST /api/echo/a HTTP/1.1\r\nHost: h\r\nContent-Length: %zu\r\n\r\n", length);
    assert_true(say(connection, head, strlen(head)));
    assert_true(say(connection, body, length));
    free(body);
    return hear(connection, false);
}

static void an_encoded_nul_is_told(void **state)
{
    int connection = dial(*state);
    const char *answer = ask(connection, "GET /api/echo/a?x=1&y=%00 HTTP/1.1\r\nHost: h\r\n\r\n");
    assert_has(answer, "HTTP/1.1 400 Bad Request\r\n");
    assert_has(answer, "the query string holds an encoded NUL");
    answer = ask(connection, "GET /api/echo/a%00b HTTP/1.1\r\nHost: h\r\n\r\n");
    assert_has(answer, "the path holds an encoded NUL");
    answer = ask(connection, "GET http://h HTTP/1.1\r\nHost: h\r\n\r\n");
    assert_has(answer, "HTTP/1.1 404 Not Found\r\n");
    close(connection);
}

static void bodies_have_a_bound(void **state)
{
    int connection = dial(*state);
    assert_has(post(connection, HTTP_BODY_MAX), "2097152 bytes from");
    const char *answer = post(connection, HTTP_BODY_MAX + 1);
    assert_has(answer, "HTTP/1.1 413 ");
    assert_has(answer, "{\"method\":\"POST\",\"status\":413,\"detail\":\"the body is larger than "
                       "2097152 bytes\"}");
    assert_has(post(connection, 1), "HTTP/1.1 200 OK\r\n");
    close(connection);
}

/* The bytes are given back once for each answer, also for those without a body, and inside. */
static void shared_bytes_are_sent_and_given_back(void **state)
{
    given_back = 0;
    int connection = dial(*state);
    const char *answer = ask(connection, "GET /api/shared HTTP/1.1\r\nHost: h\r\n\r\n");
    assert_has(answer, "Content-Length: 22\r\n");
    assert_has(answer, "\r\n\r\nthe same bytes for all");
    answer = ask(connection, "HEAD /api/shared HTTP/1.1\r\nHost: h\r\n\r\n");
    assert_has(answer, "Content-Length: 22\r\n");
    ask(connection, "GET /api/echo/last HTTP/1.1\r\nHost: h\r\n\r\n"); /* both are over */
    assert_int_equal(given_back, 2);
    close(connection);
    HttpRequest request = {.arena = arena_new(), .method = "GET", .query = "", .body = ""};
    HttpResponse response;
    http_server_ask(*state, &request, "/api/shared", &response);
    assert_string_equal(response.body->data, "the same bytes for all");
    assert_int_equal(given_back, 3);
    arena_free(request.arena);
}

static void headers_have_a_bound(void **state)
{
    static char request[64 * 1024];
    int length = snprintf(request, sizeof request, "GET /api/echo/a HTTP/1.1\r\nHost: h\r\n");
    for (int i = 0; length < 40 * 1024; i++) {
        length += snprintf(request + length, 200, "X-Filler-%d: %0120d\r\n", i, i);
    }
    snprintf(request + length, 8, "\r\n");
    int connection = dial(*state);
    say(connection, request, strlen(request)); /* it may hang up before all is said */
    assert_has(hear(connection, false), "HTTP/1.1 431 ");
    close(connection);
    connection = dial(*state);
    assert_has(ask(connection, "GET /api/echo/a HTTP/1.1\r\nHost: h\r\n\r\n"), "HTTP/1.1 200 OK");
    close(connection);
}

static void addresses_have_a_bound(void **state)
{
    static char request[64 * 1024];
    int connection = dial(*state);
    snprintf(request, sizeof request, "GET /api/echo/%040000d HTTP/1.1\r\nHost: h\r\n\r\n", 0);
    say(connection, request, strlen(request));
    assert_has(hear(connection, false), "HTTP/1.1 414 ");
    close(connection);
}

static void what_is_no_http_is_refused(void **state)
{
    static const char *const TEXTS[] = {
        "\x16\x03\x01\x02 a TLS hello\r\n\r\n",
        "GET /api/echo/a HTTP/1.1\r\n\r\n", /* no Host */
        "POST /api/echo/a HTTP/1.1\r\nHost: h\r\nContent-Length: -1\r\n\r\n",
        "POST /api/echo/a HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n",
    };
    for (size_t i = 0; i < sizeof TEXTS / sizeof *TEXTS; i++) {
        int connection = dial(*state);
        char answer[4096] = "";
        assert_true(say(connection, TEXTS[i], strlen(TEXTS[i])));
        shutdown(connection, SHUT_WR);
        ssize_t got = recv(connection, answer, sizeof answer - 1, 0);
        assert_true(got >= 0 || errno == ECONNRESET);
        assert_true(got <= 0 || strstr(answer, " 4") != NULL);
        close(connection);
    }
}

/* Says a little now and then, for ever; false when the server has hung up. */
static bool is_open_after_dripping(int connection, const char *drop)
{
    struct pollfd watched = {.fd = connection, .events = POLLIN};
    seconds_ahead += 5;
    bool open = say(connection, drop, strlen(drop));
    return open && poll(&watched, 1, 50) == 0;
}

/* One byte of a header, or a body, in each second would keep its connection for ever. */
static void slow_clients_are_cut_off(void **state)
{
    static const char *const BEGINNINGS[] = {
        "GET /api/echo/a HTTP/1.1\r\nHost: h\r\nX-Slow: ",
        "POST /api/echo/a HTTP/1.1\r\nHost: h\r\nContent-Length: 100000\r\n\r\n",
    };
    for (size_t i = 0; i < sizeof BEGINNINGS / sizeof *BEGINNINGS; i++) {
        int connection = dial(*state);
        double begun = __wrap_clock_monotonic();
        double deadline = __real_clock_monotonic() + PATIENCE;
        assert_true(say(connection, BEGINNINGS[i], strlen(BEGINNINGS[i])));
        while (is_open_after_dripping(connection, "x")) {
            assert_true(__real_clock_monotonic() < deadline);
        }
        assert_true(__wrap_clock_monotonic() - begun > 60);
        close(connection);
    }
    int connection = dial(*state);
    assert_has(ask(connection, "GET /api/echo/a HTTP/1.1\r\nHost: h\r\n\r\n"), "HTTP/1.1 200 OK");
    close(connection);
}

/* One more than may be connected takes the place of who does not read its answer. */
static void clients_that_read_nothing_make_room(void **state)
{
    int readers[CONNECTIONS];
    static const char REQUEST[] = "GET /api/much HTTP/1.1\r\nHost: h\r\n\r\n";
    for (int i = 0; i < CONNECTIONS; i++) {
        char first;
        readers[i] = dial(*state);
        assert_true(say(readers[i], REQUEST, strlen(REQUEST)));
        assert_int_equal(recv(readers[i], &first, 1, 0), 1);
    }
    int connection = dial(*state);
    assert_has(ask(connection, "GET /api/echo/a HTTP/1.1\r\nHost: h\r\n\r\n"), "HTTP/1.1 200 OK");
    close(connection);
    for (int i = 0; i < CONNECTIONS; i++) {
        close(readers[i]);
    }
}

/* However many wait for others, the rest are answered; of those, one too many is told so. */
static void who_waits_for_others_keeps_nobody(void **state)
{
    static const char WAIT[] = "GET /api/wait HTTP/1.1\r\nHost: h\r\nX-Echo: w\r\n\r\n";
    static const char ECHO[] = "GET /api/echo/a HTTP/1.1\r\nHost: h\r\n\r\n";
    int waiting[HTTP_APART_MAX];
    other_answers = false;
    begun_to_wait = 0;
    for (int i = 0; i < HTTP_APART_MAX; i++) {
        waiting[i] = dial(*state);
        assert_true(say(waiting[i], WAIT, strlen(WAIT)));
    }
    double deadline = __real_clock_monotonic() + PATIENCE;
    while (begun_to_wait < HTTP_APART_MAX) {
        assert_true(__real_clock_monotonic() < deadline);
        usleep(1000);
    }
    int connection = dial(*state);
    assert_has(ask(connection, WAIT), "HTTP/1.1 503 ");
    assert_has(ask(connection, ECHO), "HTTP/1.1 200 OK");
    close(connection);
    other_answers = true;
    for (int i = 0; i < HTTP_APART_MAX; i++) {
        assert_has(hear(waiting[i], false), "waited /api/wait [w]");
        assert_has(ask(waiting[i], ECHO), "HTTP/1.1 200 OK");
        close(waiting[i]);
    }
    HttpRequest request = {.arena = arena_new(),
                           .method = "GET",
                           .query = "",
                           .body = "",
                           .headers = (const char *const[][2]){{"X-Echo", "inside"}, {NULL, NULL}}};
    HttpResponse response;
    http_server_ask(*state, &request, "/api/wait", &response);
    assert_string_equal(response.body->data, "waited /api/wait [inside]");
    arena_free(request.arena);
}

static void addresses_to_listen_on_are_checked(void **state)
{
    static const char *const WRONG[] = {
        "127.0.0.1:65536", "127.0.0.1:99999999999", "127.0.0.1:http", "", "8000",
        "127.0.0.1:",      "127.0.0.1:http:",       "no host:80"};
    (void)state;
    for (size_t i = 0; i < sizeof WRONG / sizeof *WRONG; i++) {
        Error error = {0};
        assert_null(http_server_new(WRONG[i], 1, CONNECTIONS, &error));
        assert_int_equal(error.code, ERROR_INVALID);
        assert_non_null(strstr(error.message, "--listen"));
    }
}

static void a_port_that_is_taken_is_told(void **state)
{
    Error error = {0};
    char taken[32];
    snprintf(taken, sizeof taken, "127.0.0.1:%d", http_server_port(*state));
    HttpServer *second = http_server_new(taken, 1, CONNECTIONS, &error);
    assert_non_null(second);
    assert_false(http_server_start(second, &error));
    assert_int_equal(error.code, ERROR_CONFLICT);
    http_server_stop(second);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_connection_is_kept, start, stop),
        cmocka_unit_test_setup_teardown(what_there_is_not_is_told, start, stop),
        cmocka_unit_test_setup_teardown(an_encoded_nul_is_told, start, stop),
        cmocka_unit_test_setup_teardown(bodies_have_a_bound, start, stop),
        cmocka_unit_test_setup_teardown(shared_bytes_are_sent_and_given_back, start, stop),
        cmocka_unit_test_setup_teardown(headers_have_a_bound, start, stop),
        cmocka_unit_test_setup_teardown(addresses_have_a_bound, start, stop),
        cmocka_unit_test_setup_teardown(what_is_no_http_is_refused, start, stop),
        cmocka_unit_test_setup_teardown(slow_clients_are_cut_off, start, stop),
        cmocka_unit_test_setup_teardown(clients_that_read_nothing_make_room, start, stop),
        cmocka_unit_test_setup_teardown(who_waits_for_others_keeps_nobody, start, stop),
        cmocka_unit_test(addresses_to_listen_on_are_checked),
        cmocka_unit_test_setup_teardown(a_port_that_is_taken_is_told, start, stop),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
