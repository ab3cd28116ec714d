#include "base/watched_file.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/date.h"
#include "base/files.h"
#include "base/log.h"

enum { SIZE_MAX_BYTES = 4 * 1024 * 1024 };

/* How long it is taken for granted that a file that was never there still is not: most servers have
 * no such file, and need not ask the kernel at every request. */
static const double LOOK_SECONDS = 0.02;

struct WatchedFile {
    char *path;
    WatchedParse *parse;
    pthread_mutex_t lock; /* guards what follows */
    bool known;
    double looked_at; /* clock_monotonic */
    struct stat seen; /* of what was read last; zeroes: it was not there */
    Arena *arena;
    void *content;
};

static bool same(const struct stat *left, const struct stat *right)
{
    return left->st_ino == right->st_ino && left->st_size == right->st_size &&
           left->st_mtim.tv_sec == right->st_mtim.tv_sec &&
           left->st_mtim.tv_nsec == right->st_mtim.tv_nsec;
}

static void *read_content(const WatchedFile *file, Arena *arena, Error *error)
{
    char *text = file_read(arena, file->path, SIZE_MAX_BYTES);
    void *content = NULL;
    if (text == NULL) {
        error_set(error, ERROR_UNAVAILABLE, "%s", strerror(errno));
    } else {
        content = file->parse(arena, text, strlen(text), error);
    }
    if (content == NULL) {
        error_wrap(error, "file %s", file->path);
    }
    return content;
}

static bool refresh(WatchedFile *file, Error *error)
{
    double moment = clock_monotonic();
    if (!file->known && moment - file->looked_at < LOOK_SECONDS) {
        return true;
    }
    file->looked_at = moment;
    struct stat now = {0};
    bool there = stat(file->path, &now) == 0;
    if (same(&now, &file->seen)) {
        return true;
    }
    file->seen = now;
    file->known = true;
    Arena *arena = arena_new();
    void *content = there ? read_content(file, arena, error) : NULL;
    if (there && content == NULL) {
        arena_free(arena);
        return false;
    }
    arena_free(file->arena);
    file->arena = arena;
    file->content = content;
    return true;
}

WatchedFile *watched_file_new(const char *path, WatchedParse *parse, Error *error)
{
    WatchedFile *file = calloc(1, sizeof *file);
    char *copy = strdup(path);
    if (file == NULL || copy == NULL) {
        free(file);
        free(copy);
        error_set(error, ERROR_INTERNAL, "out of memory");
        return NULL;
    }
    file->path = copy;
    file->parse = parse;
    pthread_mutex_init(&file->lock, NULL);
    if (!refresh(file, error)) {
        watched_file_free(file);
        return NULL;
    }
    return file;
}

void watched_file_free(WatchedFile *file)
{
    if (file != NULL) {
        arena_free(file->arena);
        pthread_mutex_destroy(&file->lock);
        free(file->path);
        free(file);
    }
}

const void *watched_file_hold(WatchedFile *file, bool *known)
{
    Error error = {0};
    pthread_mutex_lock(&file->lock);
    if (!refresh(file, &error)) {
        log_error("base", "%s; what it said before still holds", error.message);
    }
    *known = file->known;
    return file->content;
}

void watched_file_release(WatchedFile *file)
{
    pthread_mutex_unlock(&file->lock);
}
