#include "db/server_user.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

/* Hardened services may not even ask for what they have already. */
bool server_user_give(const ServerUser *user, const char *path)
{
    return user->id == geteuid() || chown(path, user->id, user->group) == 0;
}

void server_user_become(const ServerUser *user)
{
    if (geteuid() == 0 && (initgroups(user->name, user->group) != 0 || setgid(user->group) != 0 ||
                           setuid(user->id) != 0)) {
        _exit(127);
    }
}

int server_user_run(const ServerUser *user, const char *const *arguments, const char *output)
{
    pid_t child = fork();
    if (child == 0) {
        int file = open(output, O_WRONLY | O_CREAT | O_TRUNC, 0600);
        dup2(file, STDOUT_FILENO);
        dup2(file, STDERR_FILENO);
        server_user_become(user);
        if (chdir("/") != 0) {
            _exit(127);
        }
        execv(arguments[0], (char *const *)arguments);
        _exit(127);
    }
    int status = -1;
    while (child > 0 && waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    return status;
}

bool server_user_choose(Arena *arena, ServerUser *user, Error *error)
{
    user->id = geteuid();
    user->group = getegid();
    struct passwd *entry = getpwuid(user->id);
    if (user->id == 0) {
        entry = getpwnam("postgres");
        if (entry == NULL) {
            entry = getpwnam("nobody");
        }
    }
    if (entry == NULL) {
        return error_set(error, ERROR_UNAVAILABLE,
                         "user id %d has no name on this machine, which PostgreSQL needs; add one "
                         "to /etc/passwd or use --database-url",
                         (int)user->id);
    }
    user->id = entry->pw_uid;
    user->group = entry->pw_gid;
    user->name = arena_strdup(arena, entry->pw_name);
    return true;
}

bool server_user_may_enter(const ServerUser *user, const char *directory, Error *error)
{
    if (geteuid() != 0) {
        return true;
    }
    pid_t child = fork();
    if (child == 0) {
        server_user_become(user);
        _exit(chdir(directory) == 0 ? 0 : 1);
    }
    int status = 0;
    waitpid(child, &status, 0);
    return status == 0 ||
           error_set(error, ERROR_DENIED,
                     "user %s, whom the database runs as, may not enter %s: choose a --data-dir "
                     "that others may enter, such as /var/lib/kontor",
                     user->name, directory);
}
