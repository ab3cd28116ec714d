#include "db/private_server.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <libpq-fe.h>
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
#include "db/private_cluster.h"
#include "db/server_user.h"

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
    ServerUser user;
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
    /* The log of a month is on its way to the disk before the commit waits for it. */
    "wal_writer_delay=20ms",
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
    if (!server_user_give(&server->user, path) || lstat(path, &status) != 0 ||
        !S_ISDIR(status.st_mode) || status.st_uid != server->user.id) {
        return error_set(error, ERROR_DENIED, "directory %s does not belong to user %s", path,
                         server->user.name);
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

/* What a statement sorted and hashed in, of glibc's malloc: given back after each one, it costs the
 * next a fault a page. */
static void keep_memory(void)
{
    setenv("MALLOC_TRIM_THRESHOLD_", "16777216", 0);
    setenv("MALLOC_MMAP_THRESHOLD_", "16777216", 0);
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
    keep_memory();
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
        server_user_become(&server->user);
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
    if (!server_user_choose(arena, &server->user, error) ||
        !take_lock(server, may_join, &joined, error) || !choose_socket_dir(server, error)) {
        return false;
    }
    if (joined) {
        server->bin = postgres_bin_find(arena, config->postgres_bin, "psql", NULL);
        return join_postgres(server, error);
    }
    server->bin = postgres_bin_find(arena, config->postgres_bin, "initdb", error);
    PrivateCluster cluster = {arena, &server->user, server->data_dir, server->cluster, server->bin};
    return server->bin != NULL && server_user_may_enter(&server->user, server->data_dir, error) &&
           private_cluster_prepare(&cluster, error) && await_orphan(server, error) &&
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
