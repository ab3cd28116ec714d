/* A directory as a bucket: file:///srv/buckets is the endpoint, each directory in it a bucket. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "net/storage_kind.h"

enum { DEPTH_MAX = 32 };

const char *directory_root(const char *endpoint)
{
    static const char SCHEME[] = "file://";
    size_t length = sizeof SCHEME - 1;
    return endpoint != NULL && strncmp(endpoint, SCHEME, length) == 0 ? endpoint + length : NULL;
}

static bool fail(const char *path, Error *error)
{
    ErrorCode code = errno == ENOENT || errno == ENOTDIR ? ERROR_NOT_FOUND
                     : errno == EACCES                   ? ERROR_DENIED
                                                         : ERROR_UNAVAILABLE;
    return error_set(error, code, "%s: %s", path, strerror(errno));
}

static bool check(Storage *storage, Error *error)
{
    DIR *directory = opendir(storage->directory);
    if (directory == NULL) {
        fail(storage->directory, error);
        return error_wrap(error, "bucket %s is no readable directory", storage->bucket);
    }
    closedir(directory);
    return true;
}

/* What stands for an ETag: another content means another time, size or file. */
static const char *etag_of(Arena *arena, const struct stat *status)
{
    return arena_printf(arena, "%llx-%llx-%llx.%lx", (unsigned long long)status->st_ino,
                        (unsigned long long)status->st_size,
                        (unsigned long long)status->st_mtim.tv_sec,
                        (unsigned long)status->st_mtim.tv_nsec);
}

static StorageObject object_of(Arena *arena, const char *key, const struct stat *status)
{
    return (StorageObject){.key = key,
                           .size = (uint64_t)status->st_size,
                           .etag = etag_of(arena, status),
                           .last_modified = (Timestamp)status->st_mtim.tv_sec * 1000000 +
                                            status->st_mtim.tv_nsec / 1000};
}

typedef struct Walk {
    Arena *arena;
    const char *root;
    const char *real_root;
    const char *prefix;
    StorageObject *objects;
    size_t count, capacity;
    struct stat above[DEPTH_MAX + 1]; /* the folder that is read, and those that it lies in */
} Walk;

/* Could keys below `folder` (its key, "" or ending with '/') begin with the prefix? */
static bool may_hold(const char *folder, const char *prefix)
{
    size_t length = strlen(folder), wanted = strlen(prefix);
    return strncmp(folder, prefix, length < wanted ? length : wanted) == 0;
}

/* A link that leads out of the bucket is not followed. */
static bool inside(const Walk *walk, const char *path)
{
    char real[PATH_MAX];
    size_t length = strlen(walk->real_root);
    return realpath(path, real) != NULL && strncmp(real, walk->real_root, length) == 0 &&
           (real[length] == '/' || real[length] == '\0');
}

/* Does the folder hold the one that is read now? A link leads back to it then. */
static bool is_above(const Walk *walk, int depth, const struct stat *folder)
{
    for (int i = 0; i <= depth; i++) {
        if (walk->above[i].st_dev == folder->st_dev && walk->above[i].st_ino == folder->st_ino) {
            return true;
        }
    }
    return false;
}

static void add(Walk *walk, StorageObject object)
{
    if (walk->count == walk->capacity) {
        size_t capacity = walk->capacity == 0 ? 64 : walk->capacity * 2;
        StorageObject *objects = arena_array(walk->arena, capacity, sizeof *objects);
        if (walk->count > 0) {
            memcpy(objects, walk->objects, walk->count * sizeof *objects);
        }
        walk->objects = objects;
        walk->capacity = capacity;
    }
    walk->objects[walk->count++] = object;
}

static bool walk_folder(Walk *walk, const char *folder, int depth, Error *error)
{
    const char *path = arena_printf(walk->arena, "%s/%s", walk->root, folder);
    DIR *directory = opendir(path);
    if (directory == NULL) {
        return fail(path, error);
    }
    bool done = fstat(dirfd(directory), &walk->above[depth]) == 0 || fail(path, error);
    for (struct dirent *entry; done && (entry = readdir(directory)) != NULL;) {
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0) {
            continue;
        }
        const char *key = arena_printf(walk->arena, "%s%s", folder, entry->d_name);
        const char *full = arena_printf(walk->arena, "%s/%s", walk->root, key);
        struct stat status;
        if (stat(full, &status) != 0 || !inside(walk, full)) {
            continue;
        }
        if (S_ISDIR(status.st_mode)) {
            if (depth == DEPTH_MAX || is_above(walk, depth, &status)) {
                continue;
            }
            const char *below = arena_printf(walk->arena, "%s/", key);
            done = !may_hold(below, walk->prefix) || walk_folder(walk, below, depth + 1, error);
        } else if (S_ISREG(status.st_mode) &&
                   strncmp(key, walk->prefix, strlen(walk->prefix)) == 0) {
            add(walk, object_of(walk->arena, key, &status));
        }
    }
    closedir(directory);
    return done;
}

static int compare_objects(const void *left, const void *right)
{
    return strcmp(((const StorageObject *)left)->key, ((const StorageObject *)right)->key);
}

static bool list(Storage *storage, const char *prefix, StorageEach *each, void *context,
                 Error *error)
{
    char real_root[PATH_MAX];
    if (realpath(storage->directory, real_root) == NULL) {
        fail(storage->directory, error);
        return error_wrap(error, "bucket %s", storage->bucket);
    }
    Arena *arena = arena_new();
    Walk walk = {
        .arena = arena, .root = storage->directory, .real_root = real_root, .prefix = prefix};
    bool done = walk_folder(&walk, "", 0, error);
    if (done && walk.count > 0) {
        qsort(walk.objects, walk.count, sizeof *walk.objects, compare_objects);
    }
    for (size_t i = 0; done && i < walk.count; i++) {
        done = each(context, &walk.objects[i], error);
    }
    arena_free(arena);
    return done;
}

/* No step of a key may lead upwards. */
static bool key_valid(const char *key)
{
    for (const char *at = key; *at != '\0';) {
        size_t length = strcspn(at, "/");
        if ((length == 2 && memcmp(at, "..", 2) == 0) || (length == 1 && *at == '.')) {
            return false;
        }
        at += length + (at[length] == '/');
    }
    return key[0] != '\0';
}

static bool open_file(StorageReader *reader, Error *error)
{
    const Storage *storage = reader->storage;
    const char *path = arena_printf(reader->arena, "%s/%s", storage->directory, reader->key);
    char real_root[PATH_MAX];
    if (!key_valid(reader->key) || realpath(storage->directory, real_root) == NULL ||
        !inside(&(Walk){.real_root = real_root}, path)) {
        return error_set(error, ERROR_NOT_FOUND, "there is no %s in bucket %s", reader->key,
                         storage->bucket);
    }
    struct stat status;
    reader->file = open(path, O_RDONLY | O_CLOEXEC);
    if (reader->file < 0 || fstat(reader->file, &status) != 0) {
        return fail(path, error);
    }
    if (!S_ISREG(status.st_mode)) {
        return error_set(error, ERROR_NOT_FOUND, "%s is no file", path);
    }
    reader->object = object_of(reader->arena, reader->key, &status);
    return true;
}

static ssize_t read_file(StorageReader *reader, void *bytes, size_t size, Error *error)
{
    ssize_t got;
    do {
        got = read(reader->file, bytes, size);
    } while (got < 0 && errno == EINTR);
    if (got < 0) {
        fail(reader->key, error);
    }
    return got;
}

static void close_file(StorageReader *reader)
{
    if (reader->file >= 0) {
        close(reader->file);
    }
}

bool directory_list_buckets(const char *root, Arena *arena, const char ***names, Error *error)
{
    DIR *directory = opendir(root);
    if (directory == NULL) {
        return fail(root, error);
    }
    size_t count = 0, capacity = 0;
    const char **found = NULL;
    for (struct dirent *entry; (entry = readdir(directory)) != NULL;) {
        struct stat status;
        if (entry->d_name[0] == '.' || fstatat(dirfd(directory), entry->d_name, &status, 0) != 0 ||
            !S_ISDIR(status.st_mode)) {
            continue;
        }
        if (count + 1 >= capacity) {
            capacity = capacity == 0 ? 16 : capacity * 2;
            const char **larger = arena_array(arena, capacity, sizeof *larger);
            if (count > 0) {
                memcpy(larger, found, count * sizeof *larger);
            }
            found = larger;
        }
        found[count++] = arena_strdup(arena, entry->d_name);
    }
    closedir(directory);
    *names = found != NULL ? found : arena_array(arena, 1, sizeof *found);
    return true;
}

const StorageKind STORAGE_DIRECTORY = {check, list, open_file, read_file, close_file};
