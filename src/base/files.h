/* Small files and directories. */
#ifndef KONTOR_BASE_FILES_H
#define KONTOR_BASE_FILES_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/arena.h"
#include "base/error.h"

/* Makes a directory unless it is there. ERROR_UNAVAILABLE with the path when it can't be made. */
bool file_make_directory(const char *path, mode_t mode, Error *error);

/* Makes `path` with all that leads to it; what is made anew has mode 0755, so that the database's
 * user can enter it. `arena` is used for a copy of the path. */
bool file_make_path(Arena *arena, const char *path, Error *error);

/* Replaces a file's content by `text`; never through a symbolic link. Owner and group are set when
 * `owner` is not this process' own user. ERROR_UNAVAILABLE with the path when that fails. */
bool file_write(const char *path, mode_t mode, uid_t owner, gid_t group, const char *text,
                Error *error);

/* The first `most` bytes of a file as a text of `arena`; NULL when it can't be read. */
char *file_read(Arena *arena, const char *path, size_t most);

/* The last `most` bytes of a log on one line, for a message; "" when it can't be read. */
const char *file_tail(Arena *arena, const char *path, size_t most);

#endif
