#include "db/migrations.h"

#include <string.h>

#include "base/crypto.h"
#include "base/log.h"

/* One lock for all migrations of a database: they are rare, and tenants share tables' names. */
static const char LOCK_SQL[] = "SELECT pg_advisory_lock(hashtext('kontor_migration'))";
static const char UNLOCK_SQL[] = "SELECT pg_advisory_unlock(hashtext('kontor_migration'))";

int migrations_newest(const char *set)
{
    int newest = 0;
    for (const EmbeddedMigration *m = EMBEDDED_MIGRATIONS; m->set != NULL; m++) {
        if (strcmp(m->set, set) == 0 && m->number > newest) {
            newest = m->number;
        }
    }
    return newest;
}

static bool check_applied(const DbResult *applied, const char *set, const char *schema,
                          Error *error)
{
    for (int i = 0; i < db_row_count(applied); i++) {
        int number = (int)db_int(applied, i, 0);
        const EmbeddedMigration *m = EMBEDDED_MIGRATIONS;
        while (m->set != NULL && (strcmp(m->set, set) != 0 || m->number != number)) {
            m++;
        }
        if (m->set == NULL) {
            return error_set(error, ERROR_CONFLICT,
                             "schema %s has migration %d, which this kontor does not know: it was "
                             "made by a newer version; run that one",
                             schema, number);
        }
        char hex[SHA256_HEX_SIZE];
        sha256_hex(m->sql, strlen(m->sql), hex);
        if (strcmp(hex, db_text(applied, i, 1)) != 0) {
            return error_set(error, ERROR_CONFLICT,
                             "migration %d (%s) of schema %s was applied with another text than "
                             "this kontor has",
                             number, m->name, schema);
        }
    }
    return true;
}

static bool is_applied(const DbResult *applied, int number)
{
    for (int i = 0; i < db_row_count(applied); i++) {
        if (db_int(applied, i, 0) == number) {
            return true;
        }
    }
    return false;
}

/* A schema may have a function that every migration ends with: what holds for all tables (that
 * they are watched, say) holds for new ones too. */
static bool run_hook(Db *db, Arena *arena, const char *schema, Error *error)
{
    const char *hook =
        arena_printf(arena, "%s.kontor_after_migration()", db_identifier(arena, schema));
    DbResult *found = DB_QUERY(db, arena, error, "SELECT to_regprocedure($1) IS NOT NULL", hook);
    return found != NULL &&
           (!db_bool(found, 0, 0) || db_script(db, arena_printf(arena, "SELECT %s", hook), error));
}

static bool apply_one(Db *db, Arena *arena, const EmbeddedMigration *migration, const char *schema,
                      Error *error)
{
    char hex[SHA256_HEX_SIZE];
    sha256_hex(migration->sql, strlen(migration->sql), hex);
    const char *quoted = db_identifier(arena, schema);
    bool done =
        db_begin(db, error) &&
        db_script(db, arena_printf(arena, "SET LOCAL search_path TO %s, public", quoted), error) &&
        db_script(db, migration->sql, error) && run_hook(db, arena, schema, error) &&
        DB_QUERY(db, arena, error,
                 arena_printf(arena,
                              "INSERT INTO %s.kontor_migration (number, name, checksum)"
                              " VALUES ($1, $2, $3)",
                              quoted),
                 arena_printf(arena, "%d", migration->number), migration->name, hex) != NULL &&
        db_commit(db, error);
    if (!done) {
        db_rollback(db);
        return error_wrap(error, "migration %s/%04d_%s of schema %s", migration->set,
                          migration->number, migration->name, schema);
    }
    log_debug("db", "Migration %s/%04d_%s applied to schema %s", migration->set, migration->number,
              migration->name, schema);
    return true;
}

static bool apply_missing(Db *db, Arena *arena, const char *set, const char *schema, Error *error)
{
    const char *quoted = db_identifier(arena, schema);
    const char *table = arena_printf(arena,
                                     "CREATE TABLE IF NOT EXISTS %s.kontor_migration ("
                                     "    number integer PRIMARY KEY,"
                                     "    name text NOT NULL,"
                                     "    checksum text NOT NULL,"
                                     "    applied_at timestamptz NOT NULL DEFAULT now())",
                                     quoted);
    if (!db_script(db, table, error)) {
        return false;
    }
    DbResult *applied =
        DB_QUERY(db, arena, error,
                 arena_printf(arena, "SELECT number, checksum FROM %s.kontor_migration", quoted));
    if (applied == NULL || !check_applied(applied, set, schema, error)) {
        return false;
    }
    for (const EmbeddedMigration *m = EMBEDDED_MIGRATIONS; m->set != NULL; m++) {
        if (strcmp(m->set, set) == 0 && !is_applied(applied, m->number) &&
            !apply_one(db, arena, m, schema, error)) {
            return false;
        }
    }
    return true;
}

bool migrations_apply(Db *db, const char *set, const char *schema, Error *error)
{
    Arena *arena = arena_new();
    bool done = false;
    if (db_script(db, LOCK_SQL, error)) {
        done = apply_missing(db, arena, set, schema, error);
        db_script(db, UNLOCK_SQL, NULL);
    }
    arena_free(arena);
    return done;
}
