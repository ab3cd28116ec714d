/* Whom the private PostgreSQL runs as: this program's user, or, since PostgreSQL refuses root,
 * "postgres" (else "nobody") where the program is root. */
#ifndef KONTOR_DB_SERVER_USER_H
#define KONTOR_DB_SERVER_USER_H

#include <sys/types.h>

#include "base/arena.h"
#include "base/error.h"

typedef struct ServerUser {
    uid_t id;
    gid_t group;
    const char *name;
} ServerUser;

/* Finds it; the name lives in the arena. ERROR_UNAVAILABLE when this program's user has no name. */
bool server_user_choose(Arena *arena, ServerUser *user, Error *error);

/* May the user get into a directory? Root's own home, say, is closed to it: ERROR_DENIED. */
bool server_user_may_enter(const ServerUser *user, const char *directory, Error *error);

/* Makes a file or directory the user's; false and errno when that is not allowed. */
bool server_user_give(const ServerUser *user, const char *path);

/* Gives up root's rights for good; only in a child before exec, which it ends when it fails. */
void server_user_become(const ServerUser *user);

/* Runs a program (arguments end with NULL) as the user to its end; what it prints goes to the file
 * `output`. The status as waitpid gives it, -1 when it can't be run. */
int server_user_run(const ServerUser *user, const char *const *arguments, const char *output);

#endif
