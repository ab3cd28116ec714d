#include "net/http_connections.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "base/date.h"

enum {
    WAIT_SECONDS = 60, /* from one answer (or the connection) to the end of the next request */
    LOOK_SECONDS = 2,
};

/* MHD's own time-out is per inactivity, so a header that comes byte by byte would hold its
 * connection for ever. The clock is set by the connection's own thread, and read by others. */
struct HttpWatch {
    HttpWatch *next, *previous;
    struct MHD_Connection *connection;
    char address[INET6_ADDRSTRLEN];
    atomic_int turn;
    _Atomic double since;
    bool is_cut;
};

struct HttpConnections {
    pthread_mutex_t lock;
    HttpWatch *watches;
    int most;
    int open; /* without those that are cut and about to go */
    pthread_t reaper;
    pthread_cond_t stopping;
    bool stop;
};

HttpConnections *http_connections_new(int most)
{
    HttpConnections *connections = calloc(1, sizeof *connections);
    if (connections != NULL) {
        connections->most = most;
        pthread_mutex_init(&connections->lock, NULL);
        pthread_cond_init(&connections->stopping, NULL);
    }
    return connections;
}

void http_connections_free(HttpConnections *connections)
{
    if (connections != NULL) {
        pthread_mutex_destroy(&connections->lock);
        pthread_cond_destroy(&connections->stopping);
        free(connections);
    }
}

/* With the lock held, so that the socket is still the connection's own. */
static void cut(HttpConnections *connections, HttpWatch *watch)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(watch->connection, MHD_CONNECTION_INFO_CONNECTION_FD);
    if (info != NULL) {
        shutdown(info->connect_fd, SHUT_RDWR);
    }
    watch->is_cut = true;
    connections->open--;
}

static void *reap(void *context)
{
    HttpConnections *connections = context;
    pthread_mutex_lock(&connections->lock);
    while (!connections->stop) {
        struct timespec wake;
        clock_gettime(CLOCK_REALTIME, &wake);
        wake.tv_sec += LOOK_SECONDS;
        pthread_cond_timedwait(&connections->stopping, &connections->lock, &wake);
        double now = clock_monotonic();
        for (HttpWatch *watch = connections->watches; watch != NULL; watch = watch->next) {
            if (!watch->is_cut && watch->turn == HTTP_TURN_CLIENT &&
                now - watch->since > WAIT_SECONDS) {
                cut(connections, watch);
            }
        }
    }
    pthread_mutex_unlock(&connections->lock);
    return NULL;
}

void http_connections_start(HttpConnections *connections)
{
    pthread_create(&connections->reaper, NULL, reap, connections);
}

void http_connections_stop(HttpConnections *connections)
{
    pthread_mutex_lock(&connections->lock);
    connections->stop = true;
    pthread_cond_signal(&connections->stopping);
    pthread_mutex_unlock(&connections->lock);
    pthread_join(connections->reaper, NULL);
}

/* Does the first keep the server waiting more than the second (NULL: none) does? */
static bool is_worse(const HttpWatch *watch, const HttpWatch *other)
{
    if (other == NULL || (watch->turn == HTTP_TURN_CLIENT) != (other->turn == HTTP_TURN_CLIENT)) {
        return other == NULL || watch->turn == HTTP_TURN_CLIENT;
    }
    return watch->since < other->since;
}

/* Cuts who owes us a request longest; where nobody does, who takes longest to read an answer. */
static void make_room(HttpConnections *connections)
{
    HttpWatch *worst = NULL;
    for (HttpWatch *watch = connections->watches; watch != NULL; watch = watch->next) {
        if (!watch->is_cut && watch->turn != HTTP_TURN_SERVER && is_worse(watch, worst)) {
            worst = watch;
        }
    }
    if (worst != NULL) {
        cut(connections, worst);
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

HttpWatch *http_connections_add(HttpConnections *connections, struct MHD_Connection *connection)
{
    HttpWatch *watch = calloc(1, sizeof *watch);
    if (watch == NULL) {
        return NULL;
    }
    watch->connection = connection;
    write_address(connection, watch->address);
    http_watch_turn(watch, HTTP_TURN_CLIENT);
    pthread_mutex_lock(&connections->lock);
    if (connections->open >= connections->most) {
        make_room(connections);
    }
    connections->open++;
    watch->next = connections->watches;
    if (watch->next != NULL) {
        watch->next->previous = watch;
    }
    connections->watches = watch;
    pthread_mutex_unlock(&connections->lock);
    return watch;
}

void http_connections_remove(HttpConnections *connections, HttpWatch *watch)
{
    pthread_mutex_lock(&connections->lock);
    *(watch->previous != NULL ? &watch->previous->next : &connections->watches) = watch->next;
    if (watch->next != NULL) {
        watch->next->previous = watch->previous;
    }
    connections->open -= watch->is_cut ? 0 : 1;
    pthread_mutex_unlock(&connections->lock);
    free(watch);
}

void http_watch_turn(HttpWatch *watch, HttpTurn turn)
{
    if (watch != NULL) {
        watch->since = clock_monotonic();
        watch->turn = (int)turn;
    }
}

const char *http_watch_address(const HttpWatch *watch)
{
    return watch != NULL ? watch->address : "";
}
