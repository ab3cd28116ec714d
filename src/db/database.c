#include "db/database.h"

#include <libpq-fe.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/date.h"
#include "base/log.h"
#include "db/migrations.h"
#include "db/private_server.h"

enum {
    CONNECTIONS_MAX = 16,
    AWAIT_PAUSE = 250000, /* µs between two looks at a server that does not answer */
};

static const char KOKU[] = "koku";
static const char SOURCES[] = "sources_api_development";

struct Database {
    Arena *arena;
    PrivateServer *server; /* NULL with a server of the user's */
    const char *koku_conninfo;
    const char *sources_conninfo;
    DbPool *koku;
    DbPool *sources;
};

/* `conninfo` (URL or key=value) with another database name; `fallback` only when it names none. */
static char *with_database(Arena *arena, const char *conninfo, const char *name, bool fallback,
                           Error *error)
{
    char *fault = NULL;
    PQconninfoOption *options = PQconninfoParse(conninfo, &fault);
    if (options == NULL) {
        error_set(error, ERROR_INVALID, "the database URL cannot be read: %s",
                  fault != NULL ? fault : "out of memory");
        PQfreemem(fault);
        return NULL;
    }
    Buffer *text = buffer_new(arena);
    const char *database = name;
    for (PQconninfoOption *option = options; option->keyword != NULL; option++) {
        if (option->val == NULL) {
            continue;
        }
        if (strcmp(option->keyword, "dbname") == 0) {
            database = fallback ? arena_strdup(arena, option->val) : name;
            continue;
        }
        buffer_printf(text, "%s='", option->keyword);
        for (const char *at = option->val; *at != '\0'; at++) {
            if (*at == '\'' || *at == '\\') {
                buffer_append_char(text, '\\');
            }
            buffer_append_char(text, *at);
        }
        buffer_append_text(text, "' ");
    }
    PQconninfoFree(options);
    buffer_printf(text, "dbname='%s'", database);
    return text->data;
}

static char *database_name(Arena *arena, const char *conninfo)
{
    PQconninfoOption *options = PQconninfoParse(conninfo, NULL);
    char *name = NULL;
    for (PQconninfoOption *option = options; option != NULL && option->keyword != NULL; option++) {
        if (strcmp(option->keyword, "dbname") == 0) {
            name = arena_strdup(arena, option->val);
        }
    }
    PQconninfoFree(options);
    return name;
}

/* Makes the database of `conninfo` when it is missing, through the database "postgres". */
static bool create_database(Arena *arena, const char *conninfo, Error *error)
{
    char *name = database_name(arena, conninfo);
    char *maintenance = with_database(arena, conninfo, "postgres", false, error);
    Db *db = maintenance != NULL ? db_connect(maintenance, error) : NULL;
    if (db == NULL) {
        return false;
    }
    DbResult *found =
        DB_QUERY(db, arena, error, "SELECT 1 FROM pg_database WHERE datname = $1", name);
    bool there = found != NULL && db_row_count(found) == 1;
    if (found != NULL && !there) {
        there =
            db_script(db,
                      arena_printf(arena, "CREATE DATABASE %s ENCODING 'UTF8' TEMPLATE template0",
                                   db_identifier(arena, name)),
                      error);
        /* Another program was quicker: duplicate_database, or the catalogue's unique key. */
        if (!there &&
            (strcmp(db_sqlstate(db), "42P04") == 0 || strcmp(db_sqlstate(db), "23505") == 0)) {
            error_clear(error);
            there = true;
        }
    }
    db_close(db);
    return there;
}

/* The connection that has looked at the migrations is the pool's first. */
static DbPool *open_one(Arena *arena, const char *conninfo, const char *set, Error *error)
{
    Error first = {0};
    Db *db = db_connect(conninfo, &first);
    if (db == NULL) {
        if (!create_database(arena, conninfo, error)) {
            error_set(error, first.code, "%s", first.message);
            return NULL;
        }
        db = db_connect(conninfo, error);
    }
    if (db == NULL || !migrations_apply(db, set, "public", error)) {
        db_close(db);
        return NULL;
    }
    DbPool *pool = db_pool_new(conninfo, CONNECTIONS_MAX);
    db_pool_add(pool, db);
    return pool;
}

static bool find_conninfos(Database *database, const Config *config, DatabaseRole role,
                           Error *error)
{
    Arena *arena = database->arena;
    const char *base = config->database_url;
    if (base == NULL) {
        database->server = private_server_start(config, role == DATABASE_CLIENT, error);
        if (database->server == NULL) {
            return false;
        }
        base = private_server_conninfo(database->server);
    }
    database->koku_conninfo = with_database(arena, base, KOKU, true, error);
    database->sources_conninfo =
        config->sources_database_url != NULL
            ? with_database(arena, config->sources_database_url, SOURCES, true, error)
            : with_database(arena, base, SOURCES, false, error);
    return database->koku_conninfo != NULL && database->sources_conninfo != NULL;
}

/* Has someone asked the program to stop? Its signals are blocked while it starts. */
static bool stop_asked(void)
{
    sigset_t pending;
    return sigpending(&pending) == 0 &&
           (sigismember(&pending, SIGTERM) == 1 || sigismember(&pending, SIGINT) == 1);
}

/* Waits while nothing answers, or it is still starting; whatever else is wrong shows itself when it
 * is connected to. */
static void await_server(const char *conninfo, int seconds)
{
    double deadline = clock_monotonic() + seconds;
    bool told = false;
    while (clock_monotonic() < deadline && !stop_asked()) {
        PGPing state = PQping(conninfo);
        if (state != PQPING_NO_RESPONSE && state != PQPING_REJECT) {
            return;
        }
        if (!told) {
            log_warning("db", "waiting up to %d s for the database, which does not answer yet",
                        seconds);
            told = true;
        }
        usleep(AWAIT_PAUSE);
    }
}

static void await_servers(const Database *database, const Config *config)
{
    if (config->database_url != NULL) {
        await_server(database->koku_conninfo, config->database_wait);
    }
    if (config->sources_database_url != NULL) {
        await_server(database->sources_conninfo, config->database_wait);
    }
}

Database *database_open(const Config *config, DatabaseRole role, Error *error)
{
    Arena *arena = arena_new();
    Database *database = arena_alloc(arena, sizeof *database);
    database->arena = arena;
    bool found = find_conninfos(database, config, role, error);
    if (found && role == DATABASE_SERVER) {
        await_servers(database, config);
    }
    if (!found ||
        (database->koku = open_one(arena, database->koku_conninfo, "koku", error)) == NULL ||
        (database->sources = open_one(arena, database->sources_conninfo, "sources", error)) ==
            NULL) {
        database_close(database);
        return NULL;
    }
    return database;
}

void database_close(Database *database)
{
    if (database != NULL) {
        db_pool_free(database->koku);
        db_pool_free(database->sources);
        private_server_stop(database->server);
        arena_free(database->arena);
    }
}

bool database_tend(Database *database, Error *error)
{
    return database->server == NULL || private_server_tend(database->server, error);
}

DbPool *database_koku(Database *database)
{
    return database->koku;
}

DbPool *database_sources(Database *database)
{
    return database->sources;
}

const char *database_conninfo(const Database *database, const char *name)
{
    return strcmp(name, "sources") == 0 ? database->sources_conninfo : database->koku_conninfo;
}

const char *database_bin(const Database *database)
{
    return database->server != NULL ? private_server_bin(database->server) : NULL;
}

bool database_provision_tenant(Db *db, Arena *arena, const char *schema, Error *error)
{
    DbResult *newest =
        DB_QUERY(db, arena, error, "SELECT to_regclass($1) IS NOT NULL",
                 arena_printf(arena, "%s.kontor_migration", db_identifier(arena, schema)));
    if (newest == NULL) {
        return false;
    }
    if (db_bool(newest, 0, 0)) {
        DbResult *applied =
            DB_QUERY(db, arena, error,
                     arena_printf(arena, "SELECT max(number) FROM %s.kontor_migration",
                                  db_identifier(arena, schema)));
        if (applied == NULL) {
            return false;
        }
        if (db_int(applied, 0, 0) == migrations_newest("tenant")) {
            return true;
        }
    }
    const char *create =
        arena_printf(arena, "CREATE SCHEMA IF NOT EXISTS %s", db_identifier(arena, schema));
    /* IF NOT EXISTS still fails when two programs make it at once: then it is there. */
    if (!db_script(db, create, error) && strcmp(db_sqlstate(db), "23505") != 0 &&
        strcmp(db_sqlstate(db), "42P06") != 0) {
        return false;
    }
    error_clear(error);
    return migrations_apply(db, "tenant", schema, error);
}
