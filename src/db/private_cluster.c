#include "db/private_cluster.h"

#include <errno.h>
#include <ftw.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/crypto.h"
#include "base/files.h"
#include "base/log.h"

enum { LOG_TAIL = 600 }; /* bytes of a log in a message */

static int remove_entry(const char *path, const struct stat *status, int type, struct FTW *walk)
{
    (void)status;
    (void)type;
    (void)walk;
    return remove(path);
}

/* Who may connect: over the socket this program's user and the server's own, over loopback whoever
 * has the password. */
static bool write_access_files(const PrivateCluster *cluster, const char *path, Error *error)
{
    struct passwd *self = getpwuid(geteuid());
    const char *hba = "local all all peer map=kontor\n"
                      "host all all 127.0.0.1/32 scram-sha-256\n"
                      "host all all ::1/128 scram-sha-256\n";
    const char *ident =
        arena_printf(cluster->arena, "kontor %s postgres\nkontor %s postgres\n",
                     cluster->user->name, self != NULL ? self->pw_name : cluster->user->name);
    return file_write(arena_printf(cluster->arena, "%s/pg_hba.conf", path), 0600, cluster->user->id,
                      cluster->user->group, hba, error) &&
           file_write(arena_printf(cluster->arena, "%s/pg_ident.conf", path), 0600,
                      cluster->user->id, cluster->user->group, ident, error);
}

/* Makes the cluster beside its place and moves it there whole, so that a half-made one is never
 * taken for one. */
static bool create(const PrivateCluster *cluster, Error *error)
{
    Arena *arena = cluster->arena;
    const char *fresh = arena_printf(arena, "%s/postgres.new", cluster->data_dir);
    const char *password_file = arena_printf(arena, "%s/run.password", cluster->data_dir);
    const char *output = arena_printf(arena, "%s/initdb.log", cluster->data_dir);
    char secret[UUID_TEXT_SIZE];
    uuid_generate(secret);
    nftw(fresh, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
    if (!file_make_directory(fresh, 0700, error) ||
        !file_write(password_file, 0600, cluster->user->id, cluster->user->group, secret, error) ||
        !file_write(arena_printf(arena, "%s/database.password", cluster->data_dir), 0600, geteuid(),
                    getegid(), secret, error)) {
        return false;
    }
    if (!server_user_give(cluster->user, fresh)) {
        return error_set(error, ERROR_DENIED, "%s: %s", fresh, strerror(errno));
    }
    const char *const arguments[] = {arena_printf(arena, "%s/initdb", cluster->bin),
                                     "-D",
                                     fresh,
                                     "-U",
                                     "postgres",
                                     "-E",
                                     "UTF8",
                                     "--locale=C.UTF-8",
                                     "--auth-local=peer",
                                     "--auth-host=scram-sha-256",
                                     arena_printf(arena, "--pwfile=%s", password_file),
                                     NULL};
    int status = server_user_run(cluster->user, arguments, output);
    unlink(password_file);
    if (status != 0) {
        return error_set(error, ERROR_UNAVAILABLE, "the database could not be made in %s: %s",
                         fresh, file_tail(arena, output, LOG_TAIL));
    }
    unlink(output);
    if (!write_access_files(cluster, fresh, error)) {
        return false;
    }
    if (rename(fresh, cluster->path) != 0) {
        return error_set(error, ERROR_UNAVAILABLE, "%s cannot be renamed to %s: %s", fresh,
                         cluster->path, strerror(errno));
    }
    log_info("db", "Database made in %s", cluster->path);
    return true;
}

static bool check_version(const PrivateCluster *cluster, Error *error)
{
    char *made_by =
        file_read(cluster->arena, arena_printf(cluster->arena, "%s/PG_VERSION", cluster->path), 16);
    const char *slash = strstr(cluster->bin, "/postgresql/");
    int ours = slash != NULL ? atoi(slash + strlen("/postgresql/")) : 0;
    if (made_by != NULL && ours != 0 && atoi(made_by) != ours) {
        return error_set(error, ERROR_CONFLICT,
                         "%s was made by PostgreSQL %d, but %s is version %d: say where version %d "
                         "is with --postgres-bin, or move the data with pg_upgrade",
                         cluster->path, atoi(made_by), cluster->bin, ours, atoi(made_by));
    }
    return true;
}

bool private_cluster_prepare(const PrivateCluster *cluster, Error *error)
{
    if (access(arena_printf(cluster->arena, "%s/PG_VERSION", cluster->path), F_OK) == 0 ||
        errno == EACCES) {
        return check_version(cluster, error);
    }
    return create(cluster, error);
}
