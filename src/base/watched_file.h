/* A small file whose content is read anew when it changes: lists that an administrator keeps. */
#ifndef KONTOR_BASE_WATCHED_FILE_H
#define KONTOR_BASE_WATCHED_FILE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/error.h"

typedef struct WatchedFile WatchedFile;

/* Makes what the text says, in `arena`; NULL and an Error when it says nothing sensible. */
typedef void *WatchedParse(Arena *arena, const char *text, size_t length, Error *error);

/* Watches the file at `path` (copied). A file that is not there yet is no failure. NULL and an
 * Error when it can't be read. */
WatchedFile *watched_file_new(const char *path, WatchedParse *parse, Error *error);
/* NULL is allowed. */
void watched_file_free(WatchedFile *file);

/* What the file says now; stays valid until watched_file_release, which must follow soon. A file
 * that is broken says what it said before, with an error in the log. *known: it is, or was, there.
 * NULL when it is not there; a file that never was is seen within 20 ms. */
const void *watched_file_hold(WatchedFile *file, bool *known);
void watched_file_release(WatchedFile *file);

#endif
