/* A server that answers as it is told, byte by byte, for clients under test. */
#ifndef KONTOR_TESTS_TINY_SERVER_H
#define KONTOR_TESTS_TINY_SERVER_H

typedef struct TinyServer TinyServer;

/* Listens on a free port of this machine. Connection k is given answers[k], head and all, once the
 * head of its request is there, and closed; those behind the last answer are closed at once.
 * `answers` must outlive the server. */
TinyServer *tiny_server_start(const char *const *answers, int count);
int tiny_server_port(const TinyServer *server);

/* Waits for what it has begun, and closes. */
void tiny_server_stop(TinyServer *server);

/* How many requests there were, and the head of one; once it has stopped. */
int tiny_server_requests(const TinyServer *server);
const char *tiny_server_head(const TinyServer *server, int request);
void tiny_server_free(TinyServer *server);

#endif
