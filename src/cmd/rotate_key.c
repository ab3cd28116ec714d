#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "base/secret_key.h"
#include "cmd/verb.h"
#include "db/database.h"
#include "sources/audit.h"

static const VerbUsage USAGE = {
    "kontor rotate-key",
    "Makes a new key for stored passwords and seals them anew. Servers may run meanwhile. The\n"
    "former key stays beside the new one, as secret.key.previous, until the next rotation.",
    NULL, OPERANDS_NONE};

static const char SUFFIX[] = "_sealed";

typedef struct Rotation {
    const Config *config;
    Db *sources, *koku;
    Arena *arena;
    int sealed; /* passwords that were sealed anew */
} Rotation;

static const char *seal_anew(Rotation *rotation, const char *sealed, Error *error)
{
    const char *plain = secret_open_for(rotation->config, rotation->arena, sealed, error);
    rotation->sealed += plain != NULL;
    return plain != NULL ? secret_seal_for(rotation->config, rotation->arena, plain, error) : NULL;
}

static bool reseal_sources(Rotation *rotation, Error *error)
{
    Db *db = rotation->sources;
    DbResult *rows = DB_QUERY(db, rotation->arena, error,
                              "SELECT id, password"
                              "  FROM authentications"
                              " WHERE password IS NOT NULL"
                              " ORDER BY id"
                              "   FOR UPDATE");
    for (int i = 0; rows != NULL && i < db_row_count(rows); i++) {
        const char *sealed = seal_anew(rotation, db_text(rows, i, 1), error);
        if (sealed == NULL) {
            return error_wrap(error, "authentication %s", db_text(rows, i, 0));
        }
        if (DB_QUERY(db, rotation->arena, error,
                     "UPDATE authentications SET password = $2 WHERE id = $1", db_text(rows, i, 0),
                     sealed) == NULL) {
            return false;
        }
    }
    return rows != NULL;
}

/* Every "…_sealed" of a provider's credentials; NULL and an Error when one can't be opened. */
static const char *reseal_document(Rotation *rotation, const char *text, Error *error)
{
    json_t *document = json_parse(rotation->arena, text, strlen(text), error);
    const char *key;
    json_t *value;
    void *next;
    json_object_foreach_safe(document, next, key, value)
    {
        size_t length = strlen(key);
        if (length < sizeof SUFFIX || strcmp(key + length - (sizeof SUFFIX - 1), SUFFIX) != 0 ||
            !json_is_string(value)) {
            continue;
        }
        const char *sealed = seal_anew(rotation, json_string_value(value), error);
        if (sealed == NULL) {
            return NULL;
        }
        json_object_set_new(document, key, json_string(sealed));
    }
    return document != NULL ? json_text(rotation->arena, document) : NULL;
}

static bool reseal_koku(Rotation *rotation, Error *error)
{
    Db *db = rotation->koku;
    DbResult *rows = DB_QUERY(db, rotation->arena, error,
                              "SELECT id, credentials"
                              "  FROM api_providerauthentication"
                              " WHERE credentials::text LIKE '%_sealed%'"
                              " ORDER BY id"
                              "   FOR UPDATE");
    for (int i = 0; rows != NULL && i < db_row_count(rows); i++) {
        const char *document = reseal_document(rotation, db_text(rows, i, 1), error);
        if (document == NULL) {
            return error_wrap(error, "credentials %s", db_text(rows, i, 0));
        }
        if (DB_QUERY(db, rotation->arena, error,
                     "UPDATE api_providerauthentication SET credentials = $2::jsonb WHERE id = $1",
                     db_text(rows, i, 0), document) == NULL) {
            return false;
        }
    }
    return rows != NULL;
}

/* Everything that is stored sealed, with the current key. */
static bool reseal(Rotation *rotation, Error *error)
{
    static const AuditActor ACTOR = {"kontor rotate-key", "", "", ""};
    rotation->sealed = 0;
    bool done = db_begin(rotation->sources, error) &&
                audit_begin(rotation->sources, &ACTOR, error) && db_begin(rotation->koku, error) &&
                reseal_sources(rotation, error) && reseal_koku(rotation, error) &&
                db_commit(rotation->koku, error) && db_commit(rotation->sources, error);
    db_rollback(rotation->koku);
    db_rollback(rotation->sources);
    return done;
}

/* Events carry sealed passwords to their consumers: those of two keys ago could not be opened. */
static bool no_event_waits(Rotation *rotation, Error *error)
{
    DbResult *rows = DB_QUERY(rotation->sources, rotation->arena, error,
                              "SELECT count(*) FROM event_outbox WHERE provider_at IS NULL");
    return rows != NULL &&
           (db_int(rows, 0, 0) == 0 ||
            error_set(error, ERROR_CONFLICT,
                      "%lld events are not applied yet, and may carry passwords sealed with the "
                      "key of now: start the server, or see its log, and try again",
                      (long long)db_int(rows, 0, 0)));
}

/* First what an interrupted rotation left; then the new key. At each moment current and previous
 * key open everything. */
static bool rotate(Rotation *rotation, Error *error)
{
    return no_event_waits(rotation, error) && reseal(rotation, error) &&
           secret_keys_rotate(rotation->config, error) && reseal(rotation, error);
}

int cmd_rotate_key(Config *config, int argc, char **argv)
{
    int exit_code;
    if (!verb_options(&USAGE, config, &argc, argv, &exit_code)) {
        return exit_code;
    }
    Error error = {0};
    Database *database = database_open(config, DATABASE_CLIENT, &error);
    Rotation rotation = {.config = config, .arena = arena_new()};
    bool done = false;
    if (database != NULL) {
        rotation.sources = db_connect(database_conninfo(database, "sources"), &error);
        rotation.koku = rotation.sources != NULL
                            ? db_connect(database_conninfo(database, "koku"), &error)
                            : NULL;
        done = rotation.koku != NULL && rotate(&rotation, &error);
    }
    if (done) {
        printf("New key; %d stored passwords sealed anew\n", rotation.sealed);
    }
    db_close(rotation.koku);
    db_close(rotation.sources);
    arena_free(rotation.arena);
    database_close(database);
    return done ? EXIT_OK : verb_failed("rotate-key", &error);
}
