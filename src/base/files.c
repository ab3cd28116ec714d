#include "base/files.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

bool file_make_directory(const char *path, mode_t mode, Error *error)
{
    if (mkdir(path, mode) != 0 && errno != EEXIST) {
        return error_set(error, ERROR_UNAVAILABLE, "directory %s cannot be made: %s", path,
                         strerror(errno));
    }
    return true;
}

bool file_make_path(Arena *arena, const char *path, Error *error)
{
    char *part = arena_strdup(arena, path);
    for (char *slash = strchr(part + 1, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        if (access(part, F_OK) != 0 && !file_make_directory(part, 0755, error)) {
            return false;
        }
        *slash = '/';
    }
    return file_make_directory(part, 0755, error);
}

bool file_write(const char *path, mode_t mode, uid_t owner, gid_t group, const char *text,
                Error *error)
{
    int file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, mode);
    bool written = file >= 0 && write(file, text, strlen(text)) == (ssize_t)strlen(text) &&
                   fchmod(file, mode) == 0 &&
                   (owner == geteuid() || fchown(file, owner, group) == 0);
    int cause = errno;
    if (file >= 0) {
        close(file);
    }
    return written || error_set(error, ERROR_UNAVAILABLE, "file %s cannot be written: %s", path,
                                strerror(cause));
}

/* The first (or, with `tail`, the last) `most` bytes. */
static char *read_some(Arena *arena, const char *path, size_t most, bool tail)
{
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0) {
        return NULL;
    }
    off_t size = lseek(file, 0, SEEK_END);
    off_t start = tail && size > (off_t)most ? size - (off_t)most : 0;
    /* Files of /proc have no size. */
    size_t room = size > 0 && size < (off_t)most ? (size_t)size : most;
    char *text = arena_alloc(arena, room + 1);
    ssize_t length = pread(file, text, room, start);
    close(file);
    text[length > 0 ? length : 0] = '\0';
    return text;
}

char *file_read(Arena *arena, const char *path, size_t most)
{
    return read_some(arena, path, most, false);
}

const char *file_tail(Arena *arena, const char *path, size_t most)
{
    char *text = read_some(arena, path, most, true);
    for (char *at = text; at != NULL && *at != '\0'; at++) {
        *at = *at == '\n' ? ' ' : *at;
    }
    return text != NULL ? text : "";
}
