/* Where PostgreSQL's own programs are. */
#ifndef KONTOR_DB_POSTGRES_BIN_H
#define KONTOR_DB_POSTGRES_BIN_H

#include "base/arena.h"
#include "base/error.h"

/* The directory with `program` ("postgres", "psql"): `configured` when it is not NULL, else a
 * directory of PATH that also has initdb, else the newest of Debian's and Red Hat's places. NULL
 * and a message that says what to install. */
char *postgres_bin_find(Arena *arena, const char *configured, const char *program, Error *error);

#endif
