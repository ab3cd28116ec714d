#include "db/private_server.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <grp.h>
#include <libpq-fe.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/buffer.h"
#include "base/crypto.h"
#include "base/date.h"
#include "base/files.h"
#include "base/log.h"
#include "db/postgres_bin.h"

enum {
    FIRST_PORT = 15432,
    LAST_PORT = 15531,
    SOCKET_DIR_MAX = 85, /* a socket's path holds 107 bytes, the name in it up to 20 */
    PORT_TRIES = 20,
    LOG_TAIL = 600, /* bytes of a log in a message */
    STOP_SECONDS = 60,
    START_SECONDS = 300, /* recovery after a crash may have much to replay */
};

struct PrivateServer {
    Arena *arena;
    int lock;    /* kontor.lock, held; -1 when the PostgreSQL of another kontor is used */
    pid_t child; /* 0 when it is not ours */
    uid_t user;  /* whom PostgreSQL runs as */
    gid_t group;
    const char *user_name;
    const char *data_dir;
    const char *cluster; /* <data_dir>/postgres */
    const char *socket_dir;
    const char *bin;
    const char *log_path;
    int wanted_port; /* of the configuration; 0: any */
    int port;
    const char *conninfo;
};

/* Settings for a database that shares a small machine with its only client. */
static const char *const SERVER_SETTINGS[] = {
    /* COPY goes through an eighth of it: in a smaller one the pages of a month are written out, and
     * the log flushed for them, while its rows still come in. Memory is taken when it is used. */
    "shared_buffers=128MB",
    "wal_buffers=16MB",
    "max_connections=60",
    "jit=off",
    "wal_level=minimal",
    "max_wal_senders=0",
    "max_wal_size=1GB",
    "log_min_messages=warning",
    "log_timezone=UTC",
    "timezone=UTC",
    "dynamic_shared_memory_type=posix",
    "listen_addresses=127.0.0.1",
};

/* Hardened services may not even ask for what they have already. */
static bool give_to_user(const PrivateServer *server, const char *path)
{
    return server->user == geteuid() || chown(path, server->user, server->group) == 0;
}

/* Gives up root's rights for good; only in a child before exec. */
static void become_server_user(const PrivateServer *server)
{
    if (geteuid() == 0 && (initgroups(server->user_name, server->group) != 0 ||
                           setgid(server->group) != 0 || setuid(server->user) != 0)) {
        _exit(127);
    }
}

/* Runs a program as the server's user to its end; its output goes to `output` (a file). */
static int run_as_server_user(PrivateServer *server, const char *const *arguments,
                              const char *output)
{
    pid_t child = fork();
    if (child == 0) {
        int file = open(output, O_WRONLY | O_CREAT | O_TRUNC, 0600);
        dup2(file, STDOUT_FILENO);
        dup2(file, STDERR_FILENO);
        become_server_user(server);
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

static bool choose_user(PrivateServer *server, Error *error)
{
    server->user = geteuid();
    server->group = getegid();
    struct passwd *entry = getpwuid(server->user);
    if (server->user == 0) {
        entry = getpwnam("postgres");
        if (entry == NULL) {
            entry = getpwnam("nobody");
        }
    }
    if (entry == NULL) {
        return error_set(error, ERROR_UNAVAILABLE,
                         "user id %d has no name on this machine, which PostgreSQL needs; add one "
                         "to /etc/passwd or use --database-url",
                         (int)server->user);
    }
    server->user = entry->pw_uid;
    server->group = entry->pw_gid;
    server->user_name = arena_strdup(server->arena, entry->pw_name);
    return true;
}

/* May the server's user get into the data directory? Root's own home, say, is closed to it. */
static bool check_reachable(PrivateServer *server, Error *error)
{
    if (geteuid() != 0) {
        return true;
    }
    pid_t child = fork();
    if (child == 0) {
        become_server_user(server);
        _exit(chdir(server->data_dir) == 0 ? 0 : 1);
    }
    int status = 0;
    waitpid(child, &status, 0);
    return status == 0 ||
           error_set(error, ERROR_DENIED,
                     "user %s, whom the database runs as, may not enter %s: choose a --data-dir "
                     "that others may enter, such as /var/lib/kontor",
                     server->user_name, server->data_dir);
}

/* Locks the data directory. *joined: another kontor holds it, and that will do. */
static bool take_lock(PrivateServer *server, bool may_join, bool *joined, Error *error)
{
    const char *path = arena_printf(server->arena, "%s/kontor.lock", server->data_dir);
    int file = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0644);
    if (file < 0) {
        return error_set(error, ERROR_UNAVAILABLE, "lock file %s: %s", path, strerror(errno));
    }
    if (flock(file, LOCK_EX | LOCK_NB) == 0) {
        char pid[32];
        int length = snprintf(pid, sizeof pid, "%d\n", (int)getpid());
        if (ftruncate(file, 0) != 0 || pwrite(file, pid, (size_t)length, 0) != length) {
            log_warning("db", "lock file %s cannot be written: %s", path, strerror(errno));
        }
        server->lock = file;
        *joined = false;
        return true;
    }
    close(file);
    *joined = true;
    if (may_join) {
        return true;
    }
    char *holder = file_read(server->arena, path, 32);
    return error_set(error, ERROR_CONFLICT,
                     "data directory %s is in use by another kontor (process %d): stop that one "
                     "or choose another --data-dir",
                     server->data_dir, holder != NULL ? atoi(holder) : 0);
}

static bool choose_socket_dir(PrivateServer *server, Error *error)
{
    const char *path = arena_printf(server->arena, "%s/run", server->data_dir);
    if (strlen(path) > SOCKET_DIR_MAX) {
        char hex[SHA256_HEX_SIZE];
        sha256_hex(server->data_dir, strlen(server->data_dir), hex);
        path = arena_printf(server->arena, "/tmp/kontor-%.16s", hex);
    }
    server->socket_dir = path;
    if (server->lock < 0) {
        return true;
    }
    struct stat status;
    if (!file_make_directory(path, 0700, error)) {
        return false;
    }
    if (!give_to_user(server, path) || lstat(path, &status) != 0 || !S_ISDIR(status.st_mode) ||
        status.st_uid != server->user) {
        return error_set(error, ERROR_DENIED, "directory %s does not belong to user %s", path,
                         server->user_name);
    }
    return true;
}

static bool port_is_free(int port)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons((uint16_t)port),
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int probe = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), on = 1;
    setsockopt(probe, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    bool unused = probe >= 0 && bind(probe, (struct sockaddr *)&address, sizeof address) == 0;
    close(probe);
    return unused;
}

/* The port of the configuration, else the one used before, else the first free one. It is kept in
 * a file, so that tools that were set up once find the database again. */
static bool choose_port(PrivateServer *server, Error *error)
{
    const char *path = arena_printf(server->arena, "%s/database.port", server->data_dir);
    char *kept = file_read(server->arena, path, 16);
    int port = server->wanted_port != 0 ? server->wanted_port : kept != NULL ? atoi(kept) : 0;
    if (server->lock < 0) {
        server->port = kept != NULL ? atoi(kept) : port;
        return server->port != 0 ||
               error_set(error, ERROR_UNAVAILABLE,
                         "the kontor that holds %s is just starting: try again", server->data_dir);
    }
    if (server->wanted_port == 0 && (port == 0 || !port_is_free(port))) {
        for (port = FIRST_PORT; port <= LAST_PORT && !port_is_free(port); port++) {
        }
    }
    if (!port_is_free(port)) {
        return error_set(error, ERROR_CONFLICT,
                         "port %d of this machine is in use: free it or set "
                         "--database-port",
                         port);
    }
    server->port = port;
    return file_write(path, 0644, geteuid(), getegid(), arena_printf(server->arena, "%d\n", port),
                      error);
}

static int remove_entry(const char *path, const struct stat *status, int type, struct FTW *walk)
{
    (void)status;
    (void)type;
    (void)walk;
    return remove(path);
}

/* Who may connect: over the socket this program's user and the server's own, over loopback whoever
 * has the password. */
static bool write_access_files(PrivateServer *server, const char *cluster, Error *error)
{
    struct passwd *self = getpwuid(geteuid());
    const char *hba = "local all all peer map=kontor\n"
                      "host all all 127.0.0.1/32 scram-sha-256\n"
                      "host all all ::1/128 scram-sha-256\n";
    const char *ident =
        arena_printf(server->arena, "kontor %s postgres\nkontor %s postgres\n", server->user_name,
                     self != NULL ? self->pw_name : server->user_name);
    return file_write(arena_printf(server->arena, "%s/pg_hba.conf", cluster), 0600, server->user,
                      server->group, hba, error) &&
           file_write(arena_printf(server->arena, "%s/pg_ident.conf", cluster), 0600, server->user,
                      server->group, ident, error);
}

/* Makes the cluster beside its place and moves it there whole, so that a half-made one is never
 * taken for one. */
static bool create_cluster(PrivateServer *server, Error *error)
{
    Arena *arena = server->arena;
    const char *fresh = arena_printf(arena, "%s/postgres.new", server->data_dir);
    const char *password_file = arena_printf(arena, "%s/run.password", server->data_dir);
    const char *output = arena_printf(arena, "%s/initdb.log", server->data_dir);
    char secret[UUID_TEXT_SIZE];
    uuid_generate(secret);
    nftw(fresh, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
    if (!file_make_directory(fresh, 0700, error) ||
        !file_write(password_file, 0600, server->user, server->group, secret, error) ||
        !file_write(arena_printf(arena, "%s/database.password", server->data_dir), 0600, geteuid(),
                    getegid(), secret, error)) {
        return false;
    }
    if (!give_to_user(server, fresh)) {
        return error_set(error, ERROR_DENIED, "%s: %s", fresh, strerror(errno));
    }
    const char *const arguments[] = {arena_printf(arena, "%s/initdb", server->bin),
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
    int status = run_as_server_user(server, arguments, output);
    unlink(password_file);
    if (status != 0) {
        return error_set(error, ERROR_UNAVAILABLE, "the database could not be made in %s: %s",
                         fresh, file_tail(arena, output, LOG_TAIL));
    }
    unlink(output);
    if (!write_access_files(server, fresh, error)) {
        return false;
    }
    if (rename(fresh, server->cluster) != 0) {
        return error_set(error, ERROR_UNAVAILABLE, "%s cannot be renamed to %s: %s", fresh,
                         server->cluster, strerror(errno));
    }
    log_info("db", "Database made in %s", server->cluster);
    return true;
}

static bool check_version(PrivateServer *server, Error *error)
{
    char *made_by =
        file_read(server->arena, arena_printf(server->arena, "%s/PG_VERSION", server->cluster), 16);
    const char *slash = strstr(server->bin, "/postgresql/");
    int ours = slash != NULL ? atoi(slash + strlen("/postgresql/")) : 0;
    if (made_by != NULL && ours != 0 && atoi(made_by) != ours) {
        return error_set(error, ERROR_CONFLICT,
                         "%s was made by PostgreSQL %d, but %s is version %d: say where version %d "
                         "is with --postgres-bin, or move the data with pg_upgrade",
                         server->cluster, atoi(made_by), server->bin, ours, atoi(made_by));
    }
    return true;
}

/* A PostgreSQL that outlived its kontor still holds the cluster: it was told to stop when its
 * parent died, so wait for it. */
static bool await_orphan(PrivateServer *server, Error *error)
{
    const char *path = arena_printf(server->arena, "%s/postmaster.pid", server->cluster);
    double deadline = clock_monotonic() + STOP_SECONDS;
    bool told = false;
    for (;;) {
        char *text = file_read(server->arena, path, 32);
        pid_t pid = text != NULL ? atoi(text) : 0;
        char name[32] = "";
        if (pid > 1) {
            char *comm = file_read(server->arena, arena_printf(server->arena, "/proc/%d/comm", pid),
                                   sizeof name - 1);
            snprintf(name, sizeof name, "%s", comm != NULL ? comm : "");
        }
        if (strcmp(name, "postgres\n") != 0) {
            return true; /* gone, or a stale file that PostgreSQL removes itself */
        }
        if (!told) {
            log_info("db", "waiting for the PostgreSQL (process %d) that an earlier kontor left",
                     (int)pid);
            kill(pid, SIGINT);
            told = true;
        }
        if (clock_monotonic() > deadline) {
            return error_set(error, ERROR_CONFLICT,
                             "PostgreSQL (process %d) still runs in %s and does not stop", (int)pid,
                             server->cluster);
        }
        usleep(20000);
    }
}

static void exec_postgres(PrivateServer *server)
{
    enum { SETTING_COUNT = sizeof SERVER_SETTINGS / sizeof *SERVER_SETTINGS };
    const char *arguments[2 * SETTING_COUNT + 12];
    int count = 0;
    arguments[count++] = arena_printf(server->arena, "%s/postgres", server->bin);
    arguments[count++] = "-D";
    arguments[count++] = server->cluster;
    arguments[count++] = "-k";
    arguments[count++] = server->socket_dir;
    arguments[count++] = "-p";
    arguments[count++] = arena_printf(server->arena, "%d", server->port);
    for (int i = 0; i < SETTING_COUNT; i++) {
        arguments[count++] = "-c";
        arguments[count++] = SERVER_SETTINGS[i];
    }
    arguments[count] = NULL;
    execv(arguments[0], (char *const *)arguments);
    _exit(127);
}

static bool spawn(PrivateServer *server, Error *error)
{
    pid_t parent = getpid();
    pid_t child = fork();
    if (child < 0) {
        return error_set(error, ERROR_UNAVAILABLE, "PostgreSQL cannot be started: %s",
                         strerror(errno));
    }
    if (child == 0) {
        int log = open(server->log_path, O_WRONLY | O_CREAT | O_APPEND, 0640);
        dup2(log, STDOUT_FILENO);
        dup2(log, STDERR_FILENO);
        setpgid(0, 0); /* a Ctrl-C is for kontor, which stops us in order */
        sigset_t none;
        sigemptyset(&none);
        sigprocmask(SIG_SETMASK, &none, NULL);
        become_server_user(server);
        /* Only now: changing the user forgets it. */
        prctl(PR_SET_PDEATHSIG, SIGINT);
        if (getppid() != parent) {
            _exit(127);
        }
        exec_postgres(server);
    }
    server->child = child;
    return true;
}

static bool child_is_gone(PrivateServer *server)
{
    int status;
    if (server->child > 0 && waitpid(server->child, &status, WNOHANG) == server->child) {
        server->child = 0;
        return true;
    }
    return false;
}

static bool await_ready(PrivateServer *server, Error *error)
{
    const char *conninfo = arena_printf(server->arena, "%s dbname=postgres", server->conninfo);
    double deadline = clock_monotonic() + (server->lock >= 0 ? START_SECONDS : 30);
    while (PQping(conninfo) != PQPING_OK) {
        if (server->lock >= 0 && child_is_gone(server)) {
            return error_set(error, ERROR_UNAVAILABLE, "PostgreSQL did not start; %s ends: %s",
                             server->log_path,
                             file_tail(server->arena, server->log_path, LOG_TAIL));
        }
        if (clock_monotonic() > deadline) {
            return error_set(error, ERROR_UNAVAILABLE, "PostgreSQL in %s does not answer",
                             server->cluster);
        }
        usleep(5000);
    }
    return true;
}

/* Between the look for a free port and PostgreSQL's own use of it another program may take it: then
 * the next one is tried, unless the configuration wants this one. */
static bool start_postgres(PrivateServer *server, Error *error)
{
    for (int tries = 0;; tries++) {
        if (!choose_port(server, error)) {
            return false;
        }
        server->conninfo = arena_printf(server->arena, "host='%s' port=%d user=postgres",
                                        server->socket_dir, server->port);
        if (spawn(server, error) && await_ready(server, error)) {
            return true;
        }
        if (server->wanted_port != 0 || tries == PORT_TRIES || port_is_free(server->port)) {
            return false;
        }
        error_clear(error);
    }
}

/* The PostgreSQL that another kontor runs, or is about to. */
static bool join_postgres(PrivateServer *server, Error *error)
{
    if (!choose_port(server, error)) {
        return false;
    }
    server->conninfo = arena_printf(server->arena, "host='%s' port=%d user=postgres",
                                    server->socket_dir, server->port);
    return await_ready(server, error);
}

static bool prepare_cluster(PrivateServer *server, Error *error)
{
    if (access(arena_printf(server->arena, "%s/PG_VERSION", server->cluster), F_OK) == 0 ||
        errno == EACCES) {
        return check_version(server, error);
    }
    return create_cluster(server, error);
}

static bool start(PrivateServer *server, const Config *config, bool may_join, Error *error)
{
    Arena *arena = server->arena;
    bool joined = false;
    if (!file_make_path(arena, config->data_dir, error)) {
        return false;
    }
    char *real = realpath(config->data_dir, NULL);
    server->data_dir = arena_strdup(arena, real != NULL ? real : config->data_dir);
    free(real);
    server->cluster = arena_printf(arena, "%s/postgres", server->data_dir);
    server->log_path = arena_printf(arena, "%s/postgres.log", server->data_dir);
    server->wanted_port = config->database_port;
    if (!choose_user(server, error) || !take_lock(server, may_join, &joined, error) ||
        !choose_socket_dir(server, error)) {
        return false;
    }
    if (joined) {
        server->bin = postgres_bin_find(arena, config->postgres_bin, "psql", NULL);
        return join_postgres(server, error);
    }
    server->bin = postgres_bin_find(arena, config->postgres_bin, "initdb", error);
    return server->bin != NULL && check_reachable(server, error) &&
           prepare_cluster(server, error) && await_orphan(server, error) &&
           start_postgres(server, error);
}

PrivateServer *private_server_start(const Config *config, bool may_join, Error *error)
{
    Arena *arena = arena_new();
    PrivateServer *server = arena_alloc(arena, sizeof *server);
    server->arena = arena;
    server->lock = -1;
    if (!start(server, config, may_join, error)) {
        private_server_stop(server);
        return NULL;
    }
    return server;
}

bool private_server_tend(PrivateServer *server, Error *error)
{
    if (server->lock < 0 || server->child == 0 || !child_is_gone(server)) {
        return true;
    }
    log_error("db", "PostgreSQL ended by itself; starting it again (see %s)", server->log_path);
    /* The pools know the port: it must stay. */
    return await_orphan(server, error) && spawn(server, error) && await_ready(server, error);
}

void private_server_stop(PrivateServer *server)
{
    if (server == NULL) {
        return;
    }
    if (server->child > 0) {
        kill(server->child, SIGINT);
        double deadline = clock_monotonic() + STOP_SECONDS;
        while (!child_is_gone(server)) {
            if (clock_monotonic() > deadline) {
                kill(server->child, SIGQUIT);
            }
            usleep(5000);
        }
    }
    if (server->lock >= 0) {
        close(server->lock);
    }
    arena_free(server->arena);
}

const char *private_server_conninfo(const PrivateServer *server)
{
    return server->conninfo;
}

const char *private_server_bin(const PrivateServer *server)
{
    return server->bin;
}
