#include "db/postgres_bin.h"

#include <glob.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *const PLACES[] = {
    "/usr/lib/postgresql/*/bin", /* Debian */
    "/usr/pgsql-*/bin",          /* PostgreSQL's own packages on Red Hat */
    "/usr/local/pgsql/bin",
};

static bool has_program(Arena *arena, const char *directory, const char *program)
{
    return access(arena_printf(arena, "%s/%s", directory, program), X_OK) == 0;
}

/* The major version in a path such as /usr/lib/postgresql/15/bin. */
static int version_of(const char *path)
{
    const char *digits = strpbrk(path, "0123456789");
    return digits != NULL ? atoi(digits) : 0;
}

static char *newest_place(Arena *arena, const char *program)
{
    char *best = NULL;
    for (size_t i = 0; i < sizeof PLACES / sizeof *PLACES; i++) {
        glob_t found;
        if (glob(PLACES[i], 0, NULL, &found) == 0) {
            for (size_t j = 0; j < found.gl_pathc; j++) {
                const char *path = found.gl_pathv[j];
                if (has_program(arena, path, program) &&
                    (best == NULL || version_of(path) > version_of(best))) {
                    best = arena_strdup(arena, path);
                }
            }
            globfree(&found);
        }
    }
    return best;
}

static char *place_in_path(Arena *arena, const char *program)
{
    const char *path = getenv("PATH");
    while (path != NULL && *path != '\0') {
        size_t length = strcspn(path, ":");
        char *directory = arena_strndup(arena, path, length);
        /* Debian's wrappers in /usr/bin need a cluster: a real place has postgres too. */
        if (has_program(arena, directory, program) && has_program(arena, directory, "postgres")) {
            char *real = realpath(arena_printf(arena, "%s/postgres", directory), NULL);
            if (real != NULL) {
                arena_on_free(arena, free, real);
                *strrchr(real, '/') = '\0';
                return has_program(arena, real, program) ? real : directory;
            }
        }
        path += length + (path[length] == ':');
    }
    return NULL;
}

char *postgres_bin_find(Arena *arena, const char *configured, const char *program, Error *error)
{
    if (configured != NULL) {
        if (has_program(arena, configured, program)) {
            return arena_strdup(arena, configured);
        }
        error_set(error, ERROR_NOT_FOUND, "there is no %s in %s (--postgres-bin)", program,
                  configured);
        return NULL;
    }
    char *place = newest_place(arena, program);
    if (place == NULL) {
        place = place_in_path(arena, program);
    }
    if (place == NULL) {
        error_set(error, ERROR_NOT_FOUND,
                  "PostgreSQL's %s was not found: install postgresql (Debian: apt install "
                  "postgresql-15), say where it is with --postgres-bin, or use a server of your "
                  "own with --database-url",
                  program);
    }
    return place;
}
