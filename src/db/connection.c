#include "db/connection.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"

enum { SLOTS_TRIED = 4 };

static const double FRESH_SECONDS = 0.1;

/* SQLSTATE classes (PostgreSQL manual, appendix A) and what they mean to a caller. */
static const struct {
    const char *prefix;
    ErrorCode code;
} MEANINGS[] = {
    {"23505", ERROR_CONFLICT}, /* unique_violation */
    {"23", ERROR_INVALID},     /* other integrity constraints */
    {"22", ERROR_INVALID},     /* data exceptions */
    {"28", ERROR_DENIED},      /* invalid authorization */
    {"40", ERROR_UNAVAILABLE}, /* serialization failure, deadlock: try again */
    {"08", ERROR_UNAVAILABLE}, /* connection exceptions */
    {"53", ERROR_UNAVAILABLE}, /* disk full, too many connections */
    {"57", ERROR_UNAVAILABLE}, /* shut down, cancelled */
    {"58", ERROR_UNAVAILABLE}, /* I/O errors outside PostgreSQL */
    {"", ERROR_INTERNAL},
};

static void copy_text(char *target, size_t size, const char *text)
{
    snprintf(target, size, "%s", text != NULL ? text : "");
}

bool db_failed(Db *db, const PGresult *result, const char *doing, Error *error)
{
    const char *message =
        result != NULL ? PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY) : NULL;
    const char *detail = result != NULL ? PQresultErrorField(result, PG_DIAG_MESSAGE_DETAIL) : NULL;
    copy_text(db->sqlstate, sizeof db->sqlstate,
              result != NULL ? PQresultErrorField(result, PG_DIAG_SQLSTATE) : NULL);
    copy_text(db->constraint, sizeof db->constraint,
              result != NULL ? PQresultErrorField(result, PG_DIAG_CONSTRAINT_NAME) : NULL);
    ErrorCode code = ERROR_UNAVAILABLE;
    if (PQstatus(db->connection) == CONNECTION_OK && db->sqlstate[0] != '\0') {
        size_t i = 0;
        while (strncmp(db->sqlstate, MEANINGS[i].prefix, strlen(MEANINGS[i].prefix)) != 0) {
            i++;
        }
        code = MEANINGS[i].code;
    }
    if (message == NULL) {
        message = PQerrorMessage(db->connection);
    }
    int length = (int)strcspn(message, "\n");
    return error_set(error, code, "%s: %.*s%s%s%s", doing, length, message,
                     detail != NULL ? " (" : "", detail != NULL ? detail : "",
                     detail != NULL ? ")" : "");
}

static void ignore_notice(void *context, const PGresult *result)
{
    (void)context;
    log_debug("db", "%s", PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY));
}

Db *db_connect(const char *conninfo, Error *error)
{
    /* Later keys win, so the session's own settings stand behind what the user gave. */
    static const char *const KEYS[] = {
        "dbname",          "client_encoding", "fallback_application_name",
        "connect_timeout", "options",         NULL};
    const char *const values[] = {
        conninfo,
        "UTF8",
        "kontor",
        "10",
        "-c TimeZone=UTC -c DateStyle=ISO -c standard_conforming_strings=on",
        NULL};
    Db *db = calloc(1, sizeof *db);
    if (db == NULL) {
        error_set(error, ERROR_INTERNAL, "out of memory");
        return NULL;
    }
    db->connection = PQconnectdbParams(KEYS, values, 1);
    if (PQstatus(db->connection) != CONNECTION_OK) {
        db_failed(db, NULL, "database", error);
        db_close(db);
        return NULL;
    }
    PQsetNoticeReceiver(db->connection, ignore_notice, NULL);
    return db;
}

static void forget_statements(Db *db)
{
    for (int i = 0; i < STATEMENTS_MAX; i++) {
        free(db->statements[i]);
        db->statements[i] = NULL;
    }
}

void db_close(Db *db)
{
    if (db != NULL) {
        forget_statements(db);
        PQfinish(db->connection);
        free(db);
    }
}

static void clear_result(void *object)
{
    PQclear(object);
}

/* Eight bytes a step: the texts are long, and asked for at every statement. */
static unsigned slot_of(const char *sql)
{
    size_t left = strlen(sql);
    uint64_t hash = left;
    while (left > 0) {
        uint64_t bytes = 0;
        size_t step = left < sizeof bytes ? left : sizeof bytes;
        memcpy(&bytes, sql, step);
        hash = (hash ^ bytes) * 0x9e3779b97f4a7c15u;
        hash ^= hash >> 32;
        sql += step;
        left -= step;
    }
    return (unsigned)(hash % STATEMENTS_MAX);
}

/* The slot that holds `sql` (*prepared); else the one to put it into: an empty one of the next few,
 * or the first, whose statement has to go. */
static unsigned find_slot(const Db *db, const char *sql, bool *prepared)
{
    *prepared = false;
    unsigned home = slot_of(sql), chosen = home;
    bool room = false;
    for (unsigned i = 0; i < SLOTS_TRIED; i++) {
        unsigned slot = (home + i) % STATEMENTS_MAX;
        if (db->statements[slot] == NULL) {
            chosen = room ? chosen : slot;
            room = true;
        } else if (strcmp(db->statements[slot], sql) == 0) {
            *prepared = true;
            return slot;
        }
    }
    return chosen;
}

/* Prepares `sql` on this connection as the statement `name` of `slot`. */
static bool prepare(Db *db, unsigned slot, const char *name, const char *sql, int count,
                    Error *error)
{
    if (db->statements[slot] != NULL) {
        char deallocate[32];
        snprintf(deallocate, sizeof deallocate, "DEALLOCATE %s", name);
        PQclear(PQexec(db->connection, deallocate));
        free(db->statements[slot]);
        db->statements[slot] = NULL;
    }
    PGresult *result = PQprepare(db->connection, name, sql, count, NULL);
    bool prepared = PQresultStatus(result) == PGRES_COMMAND_OK;
    if (prepared) {
        db->statements[slot] = strdup(sql);
    } else {
        db_failed(db, result, "database", error);
    }
    PQclear(result);
    return prepared;
}

/* Notices that the server ended an idle connection: its farewell and the end of the stream wait in
 * the socket, before anything is sent. */
static void notice_end(Db *db)
{
    struct pollfd ready = {.fd = PQsocket(db->connection), .events = POLLIN};
    while (PQstatus(db->connection) == CONNECTION_OK && ready.fd >= 0 && poll(&ready, 1, 0) > 0 &&
           PQconsumeInput(db->connection)) {
    }
}

static bool in_transaction(const Db *db)
{
    PGTransactionStatusType status = PQtransactionStatus(db->connection);
    return db->posted > 0 || status == PQTRANS_INTRANS || status == PQTRANS_INERROR;
}

/* A connection that broke between two requests is made anew; inside a transaction the caller must
 * learn of it. */
static bool revive(Db *db, bool look, Error *error)
{
    if (look) {
        notice_end(db);
    }
    if (PQstatus(db->connection) == CONNECTION_OK) {
        return true;
    }
    forget_statements(db);
    PQreset(db->connection);
    if (PQstatus(db->connection) != CONNECTION_OK) {
        return db_failed(db, NULL, "database", error);
    }
    return true;
}

static bool succeeded(const PGresult *result)
{
    ExecStatusType status = PQresultStatus(result);
    return status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK || status == PGRES_EMPTY_QUERY;
}

/* The next result of a pipeline, after the one before it was taken; what follows a failure is told
 * as aborted. */
static PGresult *next_result(Db *db)
{
    PGresult *result = PQgetResult(db->connection);
    if (result != NULL && PQresultStatus(result) != PGRES_PIPELINE_SYNC) {
        PQclear(PQgetResult(db->connection)); /* the NULL behind each */
    }
    return result;
}

/* Sends what was posted and takes the answers; the last one's result goes to *last when that is
 * wanted. False with the first failure's Error. */
static bool settle(Db *db, PGresult **last, Error *error)
{
    bool done = PQpipelineSync(db->connection) == 1;
    bool told = false;
    for (int left = db->posted; done && left > 0; left--) {
        PGresult *result = next_result(db);
        if (!succeeded(result) && !told) {
            told = true;
            db_failed(db, result, "database", error);
        }
        if (last != NULL && left == 1 && !told) {
            *last = result;
        } else {
            PQclear(result);
        }
    }
    if (!done && !told) {
        db_failed(db, NULL, "database", error);
    } else if (done) {
        PQclear(next_result(db)); /* the sync */
    }
    db->posted = 0;
    PQexitPipelineMode(db->connection);
    db->used_at = clock_monotonic();
    return done && !told;
}

bool db_settle(Db *db, Error *error)
{
    return db->posted == 0 || settle(db, NULL, error);
}

/* Puts a statement behind what was posted already; NULL is the `name` of an unprepared `sql`. */
static bool post(Db *db, const char *name, const char *sql, int count,
                 const char *const *parameters, Error *error)
{
    if (db->posted == 0 && PQenterPipelineMode(db->connection) != 1) {
        return db_failed(db, NULL, "database", error);
    }
    int sent = name != NULL
                   ? PQsendQueryPrepared(db->connection, name, count, parameters, NULL, NULL, 0)
                   : PQsendQueryParams(db->connection, sql, 0, NULL, NULL, NULL, NULL, 0);
    if (sent != 1) {
        return db_failed(db, NULL, "database", error);
    }
    db->posted++;
    return true;
}

/* Of a held transaction. */
static bool begin_part(Db *db, Error *error)
{
    db->part = db_script(db, "SAVEPOINT part", error);
    return db->part;
}

static bool keep_part(Db *db, Error *error)
{
    bool kept = db_settle(db, error) && (!db->part || db_script(db, "RELEASE part", error));
    db->part = db->part && !kept;
    return kept;
}

static void drop_part(Db *db)
{
    if (db->part) {
        db_script(db, "ROLLBACK TO part; RELEASE part", NULL);
        db->part = false;
    }
}

bool db_begin_later(Db *db, Error *error)
{
    if (db->held) {
        return begin_part(db, error);
    }
    return revive(db, true, error) && post(db, NULL, "BEGIN", 0, NULL, error);
}

/* What only reads can be asked twice: then a connection that answered just now need not be looked
 * at before. */
static bool is_reading(const char *sql)
{
    return strncmp(sql, "SELECT ", 7) == 0;
}

/* A statement that is not prepared yet ends the pipeline: that is done by asking. */
bool db_ready_statement(Db *db, const char *sql, int count, char name[STATEMENT_NAME_SIZE],
                        Error *error)
{
    bool fresh = clock_monotonic() - db->used_at < FRESH_SECONDS && is_reading(sql);
    if (!in_transaction(db) && !revive(db, !fresh, error)) {
        return false;
    }
    bool prepared;
    unsigned slot = find_slot(db, sql, &prepared);
    snprintf(name, STATEMENT_NAME_SIZE, "k%u", slot);
    return prepared || (db_settle(db, error) && prepare(db, slot, name, sql, count, error));
}

bool db_may_repeat(const Db *db, const char *sql)
{
    return !in_transaction(db) && is_reading(sql);
}

bool db_post(Db *db, Error *error, const char *sql, int count, const char *const *parameters)
{
    char name[STATEMENT_NAME_SIZE];
    return db_ready_statement(db, sql, count, name, error) &&
           post(db, name, NULL, count, parameters, error);
}

/* A statement by itself; NULL on failure. */
static PGresult *ask(Db *db, const char *sql, int count, const char *const *parameters,
                     Error *error)
{
    bool again = db_may_repeat(db, sql);
    for (;;) {
        char name[STATEMENT_NAME_SIZE];
        if (db_ready_statement(db, sql, count, name, error)) {
            PGresult *rows = PQexecPrepared(db->connection, name, count, parameters, NULL, NULL, 0);
            db->used_at = clock_monotonic();
            if (succeeded(rows)) {
                return rows;
            }
            db_failed(db, rows, "database", error); /* of no rows, too: nothing could be sent */
            PQclear(rows);
        }
        if (!again || PQstatus(db->connection) == CONNECTION_OK) {
            return NULL;
        }
        again = false;
        error_clear(error);
    }
}

DbResult *db_query(Db *db, Arena *arena, Error *error, const char *sql, int count,
                   const char *const *parameters)
{
    PGresult *rows = NULL;
    if (db->posted == 0) {
        rows = ask(db, sql, count, parameters, error);
    } else if (!db_post(db, error, sql, count, parameters) || !settle(db, &rows, error)) {
        rows = NULL;
    }
    if (rows == NULL) {
        return NULL;
    }
    DbResult *result = arena_alloc(arena, sizeof *result);
    result->rows = rows;
    arena_on_free(arena, clear_result, rows);
    return result;
}

bool db_script(Db *db, const char *sql, Error *error)
{
    if (!db_settle(db, error) || (!in_transaction(db) && !revive(db, true, error))) {
        return false;
    }
    PGresult *result = PQexec(db->connection, sql);
    bool done = succeeded(result);
    if (!done) {
        db_failed(db, result, "database", error);
    }
    PQclear(result);
    return done;
}

bool db_begin(Db *db, Error *error)
{
    return db->held ? begin_part(db, error) : db_script(db, "BEGIN", error);
}

bool db_commit(Db *db, Error *error)
{
    static const char COMMIT[] = "COMMIT";
    PGresult *result = NULL;
    if (db->held) {
        return keep_part(db, error);
    }
    if (db->posted == 0) {
        result = PQexec(db->connection, COMMIT);
    } else if (!post(db, NULL, COMMIT, 0, NULL, error) || !settle(db, &result, error)) {
        return false;
    }
    /* COMMIT of a failed transaction "succeeds" as ROLLBACK. */
    bool done =
        PQresultStatus(result) == PGRES_COMMAND_OK && strcmp(PQcmdStatus(result), COMMIT) == 0;
    if (!done && PQresultStatus(result) == PGRES_COMMAND_OK) {
        error_set(error, ERROR_INTERNAL, "database: the transaction had failed, nothing was kept");
    } else if (!done) {
        db_failed(db, result, "database", error);
    }
    PQclear(result);
    return done;
}

void db_rollback(Db *db)
{
    if (db != NULL && !db_settle(db, NULL)) {
        log_debug("db", "a statement that was posted failed, and is rolled back");
    }
    if (db != NULL && db->held) {
        drop_part(db);
    } else if (db != NULL && PQtransactionStatus(db->connection) != PQTRANS_IDLE) {
        PQclear(PQexec(db->connection, "ROLLBACK"));
    }
}

bool db_hold(Db *db, Error *error)
{
    db->held = db_begin(db, error);
    return db->held;
}

bool db_end_hold(Db *db, bool keep, Error *error)
{
    db_rollback(db);
    db->held = false;
    if (keep) {
        return db_commit(db, error);
    }
    db_rollback(db);
    return true;
}

const char *db_sqlstate(const Db *db)
{
    return db->sqlstate;
}

const char *db_constraint(const Db *db)
{
    return db->constraint;
}

char *db_identifier(Arena *arena, const char *name)
{
    Buffer *quoted = buffer_new(arena);
    buffer_append_char(quoted, '"');
    for (; *name != '\0'; name++) {
        if (*name == '"') {
            buffer_append_char(quoted, '"');
        }
        buffer_append_char(quoted, *name);
    }
    buffer_append_char(quoted, '"');
    return quoted->data;
}
