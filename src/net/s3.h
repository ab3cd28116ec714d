/* Signed S3 requests: for the files of this room only. */
#ifndef KONTOR_NET_S3_H
#define KONTOR_NET_S3_H

#include "net/http_client.h"
#include "net/sigv4.h"
#include "net/storage.h"

/* A request ready to be sent: its URL and its headers ("Name: value", NULL-terminated). */
typedef struct S3Prepared {
    const char *url;
    const char *const *headers;
} S3Prepared;

/* Builds and signs a GET or HEAD of `key` in `bucket` (both may be NULL). `extra` are more headers
 * to sign (lower-case names), ending with a NULL name; may be NULL. */
bool s3_prepare(Arena *arena, const StorageConfig *config, const char *method, const char *bucket,
                const char *key, const SigV4Pair *query, const SigV4Pair *extra,
                S3Prepared *prepared, Error *error);

/* What a refusing answer means, with the remedy. `what` is the bucket or object that was asked
 * for. Returns false. */
bool s3_refused(Arena *arena, const StorageConfig *config, const HttpAnswer *answer,
                const char *what, Error *error);

/* The streaming reader of an object (storage_read_open and its kin). */
bool s3_reader_open(StorageReader *reader, Error *error);
ssize_t s3_reader_read(StorageReader *reader, void *bytes, size_t size, Error *error);
void s3_reader_close(StorageReader *reader);

#endif
