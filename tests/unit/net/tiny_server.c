#include "tiny_server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { REQUESTS_MAX = 32, HEAD_MAX = 8192 };

struct TinyServer {
    const char *const *answers;
    int answer_count;
    int listener, port;
    pthread_t thread;
    char *heads[REQUESTS_MAX];
    int request_count;
};

static void must(bool done, const char *what)
{
    if (!done) {
        perror(what);
        abort();
    }
}

static char *read_head(int connection)
{
    char *head = calloc(1, HEAD_MAX);
    must(head != NULL, "calloc");
    size_t length = 0;
    while (length + 1 < HEAD_MAX && strstr(head, "\r\n\r\n") == NULL) {
        ssize_t got = recv(connection, head + length, HEAD_MAX - 1 - length, 0);
        if (got <= 0) {
            break;
        }
        length += (size_t)got;
    }
    return head;
}

static void send_all(int connection, const char *bytes, size_t length)
{
    while (length > 0) {
        ssize_t sent = send(connection, bytes, length, MSG_NOSIGNAL);
        if (sent <= 0) {
            return; /* the client has enough */
        }
        bytes += sent;
        length -= (size_t)sent;
    }
}

static void *serve(void *context)
{
    TinyServer *server = context;
    int connection;
    while ((connection = accept(server->listener, NULL, NULL)) >= 0) {
        int request = server->request_count;
        if (request < REQUESTS_MAX) {
            server->heads[server->request_count++] = read_head(connection);
        }
        if (request < server->answer_count) {
            send_all(connection, server->answers[request], strlen(server->answers[request]));
        }
        close(connection);
    }
    return NULL;
}

TinyServer *tiny_server_start(const char *const *answers, int count)
{
    TinyServer *server = calloc(1, sizeof *server);
    must(server != NULL, "calloc");
    server->answers = answers;
    server->answer_count = count;
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t length = sizeof address;
    server->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    must(bind(server->listener, (struct sockaddr *)&address, length) == 0, "bind");
    must(listen(server->listener, 8) == 0, "listen");
    must(getsockname(server->listener, (struct sockaddr *)&address, &length) == 0, "getsockname");
    server->port = ntohs(address.sin_port);
    must(pthread_create(&server->thread, NULL, serve, server) == 0, "pthread_create");
    return server;
}

int tiny_server_port(const TinyServer *server)
{
    return server->port;
}

void tiny_server_stop(TinyServer *server)
{
    shutdown(server->listener, SHUT_RDWR);
    pthread_join(server->thread, NULL);
    close(server->listener);
}

int tiny_server_requests(const TinyServer *server)
{
    return server->request_count;
}

const char *tiny_server_head(const TinyServer *server, int request)
{
    return request < server->request_count ? server->heads[request] : "";
}

void tiny_server_free(TinyServer *server)
{
    for (int i = 0; i < server->request_count; i++) {
        free(server->heads[i]);
    }
    free(server);
}
