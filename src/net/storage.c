#include <string.h>

#include "net/storage_kind.h"

static StorageConfig copy_config(Arena *arena, const StorageConfig *config)
{
    return (StorageConfig){
        .endpoint = arena_strdup(arena, config->endpoint),
        .region = arena_strdup(arena, config->region != NULL ? config->region : "us-east-1"),
        .access_key = arena_strdup(arena, config->access_key),
        .secret_key = arena_strdup(arena, config->secret_key),
        .session_token = arena_strdup(arena, config->session_token),
        .ca_bundle = arena_strdup(arena, config->ca_bundle),
        .path_style = config->path_style,
        .verify_tls = config->verify_tls,
    };
}

static bool bucket_valid(const char *bucket)
{
    size_t length = strlen(bucket);
    return length > 0 && length <= 255 && strcmp(bucket, ".") != 0 && strcmp(bucket, "..") != 0 &&
           strpbrk(bucket, "/\\?#% ") == NULL;
}

Storage *storage_open(const StorageConfig *config, const char *bucket, Error *error)
{
    if (!bucket_valid(bucket)) {
        error_set(error, ERROR_INVALID, "\"%.100s\" is no name of a bucket", bucket);
        return NULL;
    }
    const char *root = directory_root(config->endpoint);
    if (config->endpoint != NULL && root == NULL && strncmp(config->endpoint, "http://", 7) != 0 &&
        strncmp(config->endpoint, "https://", 8) != 0) {
        error_set(error, ERROR_INVALID,
                  "S3 endpoint \"%.200s\" must begin with https://, http:// or file:///",
                  config->endpoint);
        return NULL;
    }
    Arena *arena = arena_new();
    Storage *storage = arena_alloc(arena, sizeof *storage);
    storage->arena = arena;
    storage->config = copy_config(arena, config);
    storage->bucket = arena_strdup(arena, bucket);
    storage->kind = root != NULL ? &STORAGE_DIRECTORY : &STORAGE_S3;
    storage->directory = root != NULL ? arena_printf(arena, "%s/%s", root, bucket) : NULL;
    return storage;
}

void storage_close(Storage *storage)
{
    if (storage != NULL) {
        arena_free(storage->arena);
    }
}

bool storage_check(Storage *storage, Error *error)
{
    return storage->kind->check(storage, error);
}

bool storage_list_buckets(const StorageConfig *config, Arena *arena, const char ***names,
                          Error *error)
{
    const char *root = directory_root(config->endpoint);
    return root != NULL ? directory_list_buckets(root, arena, names, error)
                        : s3_list_buckets(config, arena, names, error);
}

bool storage_list(Storage *storage, const char *prefix, StorageEach *each, void *context,
                  Error *error)
{
    return storage->kind->list(storage, prefix, each, context, error);
}

StorageReader *storage_read_open(Storage *storage, const char *key, Error *error)
{
    Arena *arena = arena_new();
    StorageReader *reader = arena_alloc(arena, sizeof *reader);
    reader->storage = storage;
    reader->arena = arena;
    reader->key = arena_strdup(arena, key);
    reader->object.key = reader->key;
    reader->file = -1;
    if (!storage->kind->open(reader, error)) {
        storage_read_close(reader);
        return NULL;
    }
    return reader;
}

ssize_t storage_read(StorageReader *reader, void *bytes, size_t size, Error *error)
{
    return reader->storage->kind->read(reader, bytes, size, error);
}

int storage_reader_file(const StorageReader *reader)
{
    return reader->file;
}

const StorageObject *storage_reader_object(const StorageReader *reader)
{
    return &reader->object;
}

void storage_read_close(StorageReader *reader)
{
    if (reader != NULL) {
        reader->storage->kind->close(reader);
        arena_free(reader->arena);
    }
}

Buffer *storage_get(Storage *storage, Arena *arena, const char *key, size_t most, Error *error)
{
    StorageReader *reader = storage_read_open(storage, key, error);
    if (reader == NULL) {
        return NULL;
    }
    Buffer *buffer = buffer_new(arena);
    ssize_t got;
    do {
        char *end = buffer_reserve(buffer, 64 * 1024);
        got = storage_read(reader, end, 64 * 1024, error);
        if (got > 0) {
            buffer_grew(buffer, (size_t)got);
        }
        if (buffer->length > most) {
            error_set(error, ERROR_DATA, "object %s is larger than %zu bytes", key, most);
            got = -1;
        }
    } while (got > 0);
    storage_read_close(reader);
    return got == 0 ? buffer : NULL;
}
