/* AWS Signature Version 4 (AWS documentation, "Create a signed AWS API request"). */
#ifndef KONTOR_NET_SIGV4_H
#define KONTOR_NET_SIGV4_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/date.h"

/* A name and a value, neither encoded. */
typedef struct SigV4Pair {
    const char *name;
    const char *value;
} SigV4Pair;

typedef struct SigV4Request {
    const char *method;
    const char *path;         /* percent-encoded as it is sent; "/" at least */
    const SigV4Pair *query;   /* ends with a NULL name */
    const SigV4Pair *headers; /* those to sign, lower-case names, any order; ends with NULL */
    const char *payload_hash; /* hex SHA-256 of the body, or "UNSIGNED-PAYLOAD" */
    const char *region;
    const char *service; /* "s3" */
    const char *access_key;
    const char *secret_key;
    Timestamp time; /* the real time: servers refuse a skewed one */
} SigV4Request;

/* The query in canonical form, strictly percent-encoded and sorted by name, then value: what is
 * signed is what must be sent. "" for none. */
char *sigv4_query(Arena *arena, const SigV4Pair *query);

/* "20130524T000000Z", the form of the x-amz-date header. */
char *sigv4_time(Arena *arena, Timestamp time);

/* The canonical request's text; for tests. */
char *sigv4_canonical_request(Arena *arena, const SigV4Request *request);

/* The value of the Authorization header. */
char *sigv4_authorization(Arena *arena, const SigV4Request *request);

#endif
