/* Object storage: an S3-compatible bucket or a local directory behind one interface. */
#ifndef KONTOR_NET_STORAGE_H
#define KONTOR_NET_STORAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/arena.h"
#include "base/buffer.h"
#include "base/date.h"
#include "base/error.h"

/* Where a bucket lies and with which keys it is read. */
typedef struct StorageConfig {
    const char *endpoint; /* "https://s3.example", "file:///srv/buckets"; NULL: AWS */
    const char *region;
    const char *access_key; /* NULL: requests are not signed */
    const char *secret_key;
    const char *session_token; /* NULL: none */
    const char *ca_bundle;     /* NULL: the system's */
    bool path_style;
    bool verify_tls;
} StorageConfig;

typedef struct StorageObject {
    const char *key;
    uint64_t size;    /* bytes */
    const char *etag; /* without quotes */
    Timestamp last_modified;
} StorageObject;

typedef struct Storage Storage;
typedef struct StorageReader StorageReader;

/* A bucket; nothing is asked of it yet. The strings of `config` are copied. */
Storage *storage_open(const StorageConfig *config, const char *bucket, Error *error);
void storage_close(Storage *storage);

/* Can the bucket be read? The error says which of: endpoint unreachable, certificate, key
 * refused, no such bucket, no permission to list; and what to do. */
bool storage_check(Storage *storage, Error *error);

/* The buckets (or directories) that the keys may see, names in `arena`, NULL-terminated. */
bool storage_list_buckets(const StorageConfig *config, Arena *arena, const char ***names,
                          Error *error);

/* Calls `each` for every object whose key starts with `prefix`, in key order, over all pages;
 * a false from `each` ends the listing and is returned with its error. */
typedef bool StorageEach(void *context, const StorageObject *object, Error *error);
bool storage_list(Storage *storage, const char *prefix, StorageEach *each, void *context,
                  Error *error);

/* Opens an object for one pass from its start. ERROR_NOT_FOUND when there is none. */
StorageReader *storage_read_open(Storage *storage, const char *key, Error *error);

/* The next bytes (at most `size`); 0 at the end; -1 on failure. A dropped connection is resumed
 * by range from where it broke (If-Match on the first ETag, so that a replaced object is an error
 * and never a mixture), with back-off, up to some tries. */
ssize_t storage_read(StorageReader *reader, void *bytes, size_t size, Error *error);

/* The descriptor of an object that is a local file, which may be read at offsets beside
 * storage_read; else -1. It belongs to the reader. */
int storage_reader_file(const StorageReader *reader);

/* What the opened object is: size and ETag. */
const StorageObject *storage_reader_object(const StorageReader *reader);
void storage_read_close(StorageReader *reader);

/* A small object as a whole, at most `most` bytes; NULL on failure. */
Buffer *storage_get(Storage *storage, Arena *arena, const char *key, size_t most, Error *error);

#endif
