/* What a kind of storage (S3, directory) gives to storage.c: for the files of this room only. */
#ifndef KONTOR_NET_STORAGE_KIND_H
#define KONTOR_NET_STORAGE_KIND_H

#include "net/storage.h"

typedef struct StorageKind {
    bool (*check)(Storage *storage, Error *error);
    bool (*list)(Storage *storage, const char *prefix, StorageEach *each, void *context,
                 Error *error);
    bool (*open)(StorageReader *reader, Error *error);
    ssize_t (*read)(StorageReader *reader, void *bytes, size_t size, Error *error);
    void (*close)(StorageReader *reader);
} StorageKind;

struct Storage {
    const StorageKind *kind;
    Arena *arena;
    StorageConfig config; /* its texts in the arena */
    const char *bucket;
    const char *directory; /* of the directory kind: where the bucket's files are */
};

struct StorageReader {
    Storage *storage;
    Arena *arena;
    const char *key;
    StorageObject object;
    int file;    /* of the directory kind */
    void *state; /* of the S3 kind */
};

extern const StorageKind STORAGE_S3;
extern const StorageKind STORAGE_DIRECTORY;

/* storage_list_buckets of the two kinds. */
bool s3_list_buckets(const StorageConfig *config, Arena *arena, const char ***names, Error *error);
bool directory_list_buckets(const char *root, Arena *arena, const char ***names, Error *error);

/* The directory of a file:// endpoint, or NULL for another one. */
const char *directory_root(const char *endpoint);

#endif
