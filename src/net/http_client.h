/* HTTP requests to other servers, by libcurl. */
#ifndef KONTOR_NET_HTTP_CLIENT_H
#define KONTOR_NET_HTTP_CLIENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buffer.h"
#include "base/error.h"

typedef struct HttpCall {
    const char *method; /* "GET" */
    const char *url;
    const char *const *headers; /* "Name: value", NULL-terminated; may be NULL */
    const char *body;           /* NULL: none */
    size_t body_length;
    const char *ca_bundle; /* NULL: the system's */
    bool insecure;         /* don't check the certificate */
    int timeout_seconds;   /* for the whole call; 0: 30 */
    size_t answer_max;     /* bytes of body that are taken; more is an error; 0: 16 MB */
} HttpCall;

typedef struct HttpAnswer {
    int status;
    Buffer *body;
    const char *const *headers; /* "name: value" with lower-case names, NULL-terminated */
} HttpAnswer;

/* Once in the process, before threads start. */
bool http_client_global_init(Error *error);

/* One call; the answer lives in `arena`. False (ERROR_UNAVAILABLE) when no answer came; any
 * status is an answer. */
bool http_call(Arena *arena, const HttpCall *call, HttpAnswer *answer, Error *error);

/* The value of an answer's header, or NULL. `name` in lower case. */
const char *http_answer_header(const HttpAnswer *answer, const char *name);

#endif
