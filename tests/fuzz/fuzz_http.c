/* What a client sends: whatever it is, the server answers by HTTP or not at all, and still answers
 * others. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "fuzz.h"
#include "net/http_server.h"

enum { MOMENT = 20, PATIENCE = 10000, ANSWER_MOST = 64 * 1024 }; /* times in ms */

static void echo(void *context, HttpRequest *request, HttpResponse *response)
{
    const char *value = http_request_header(request, "x-echo");
    int count;
    (void)context;
    http_query_parse(request->arena, request->query, &count);
    FUZZ_CHECK(count <= HTTP_QUERY_MAX && request->body_length <= HTTP_BODY_MAX);
    FUZZ_CHECK(request->body[request->body_length] == '\0');
    buffer_printf(response->body, "%s %s", request->path, value != NULL ? value : "");
}

static int start(void)
{
    static const HttpRoute ROUTES[] = {
        {"GET", "/a/{b}", echo},
        {"POST", "/a/{b}", echo},
        {NULL, NULL, NULL},
    };
    Error error = {0};
    HttpServer *server = http_server_new("127.0.0.1:0", 1, 4, &error);
    FUZZ_CHECK(server != NULL);
    http_server_mount(server, "/a", ROUTES, NULL, NULL);
    FUZZ_CHECK(http_server_start(server, &error));
    return http_server_port(server);
}

/* Sends bytes and nothing more; `answer` is what comes back until the server closes the connection,
 * or nothing has come for `patience` ms. */
static size_t exchange(int port, const void *bytes, size_t size, int patience, char *answer)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons((uint16_t)port),
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct timeval wait = {.tv_sec = patience / 1000, .tv_usec = patience % 1000 * 1000};
    int connection = socket(AF_INET, SOCK_STREAM, 0);
    setsockopt(connection, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof wait);
    FUZZ_CHECK(connect(connection, (struct sockaddr *)&address, sizeof address) == 0);
    size_t length = 0;
    send(connection, bytes, size, MSG_NOSIGNAL);
    ssize_t got;
    while (length < ANSWER_MOST &&
           (got = recv(connection, answer + length, ANSWER_MOST - length, 0)) > 0) {
        length += (size_t)got;
    }
    close(connection);
    return length;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    static const char CLEAR[] = "GET /a/b HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n";
    static int port;
    static char answer[ANSWER_MOST];
    if (port == 0) {
        port = start();
    }
    size_t length = exchange(port, bytes, size, MOMENT, answer);
    FUZZ_CHECK(length == 0 || strncmp(answer, "HTTP/1.1 ", 9) == 0);
    length = exchange(port, CLEAR, strlen(CLEAR), PATIENCE, answer);
    FUZZ_CHECK(length > 0 && strncmp(answer, "HTTP/1.1 200 ", 13) == 0);
    return 0;
}
