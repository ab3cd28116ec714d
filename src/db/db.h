/* PostgreSQL: connections, statements, transactions. SQL is parameterised, always. */
#ifndef KONTOR_DB_DB_H
#define KONTOR_DB_DB_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buffer.h"
#include "base/crypto.h"
#include "base/date.h"
#include "base/decimal.h"
#include "base/error.h"

/* One connection; used by one thread at a time. */
typedef struct Db Db;

/* The rows of a statement; belongs to the arena it was asked with. */
typedef struct DbResult DbResult;

/* Connects with a libpq connection string or URL. The session runs in UTC, with
 * client_encoding UTF8. NULL and ERROR_UNAVAILABLE when the server is away. */
Db *db_connect(const char *conninfo, Error *error);
void db_close(Db *db);

/* Runs one statement with `count` text parameters ($1 …; NULL is SQL's NULL). Prepared once a
 * connection and text, then reused. A lost connection is re-made when no transaction is open and
 * the statement was not sent yet, or is a SELECT. NULL and an Error (with what PostgreSQL said) on
 * failure; unique violations are ERROR_CONFLICT, bad values (class 22) ERROR_INVALID, a lost or
 * refused connection ERROR_UNAVAILABLE. */
DbResult *db_query(Db *db, Arena *arena, Error *error, const char *sql, int count,
                   const char *const *parameters);

/* DB_QUERY(db, arena, error, "SELECT … $1", name): db_query with the parameters in place. */
#define DB_QUERY(db, arena, error, sql, ...)                                                       \
    db_query((db), (arena), (error), (sql),                                                        \
             (int)(sizeof((const char *[]){NULL, ##__VA_ARGS__}) / sizeof(char *)) - 1,            \
             (const char *const[]){NULL, ##__VA_ARGS__} + 1)

/* Takes one row, the only one of `row`, which is gone afterwards. Its cells are in PostgreSQL's
 * binary form: db_binary_* read them, db_text those of texts. False and an Error: the others are
 * not wanted. */
typedef bool DbTake(void *context, const DbResult *row, Error *error);

/* As db_query, but gives each row to `take` as it comes, so that no more than one is in the memory.
 * Inside a transaction what was posted is settled before. */
bool db_stream(Db *db, Error *error, const char *sql, int count, const char *const *parameters,
               DbTake *take, void *context);

/* Cells of binary rows (PostgreSQL's recv and send functions): date, boolean, uuid as text, and
 * numeric rounded to the places of a Decimal. NULL is day 0, false, "" and 0. db_binary_decimal is
 * false for what is beyond a Decimal. */
Day db_binary_day(const DbResult *result, int row, int column);
bool db_binary_bool(const DbResult *result, int row, int column);
void db_binary_uuid(const DbResult *result, int row, int column, char text[UUID_TEXT_SIZE]);
bool db_binary_decimal(const DbResult *result, int row, int column, Decimal *value);
/* The bytes of a cell of text, and how many they are; NULL for SQL's NULL. */
const char *db_bytes(const DbResult *result, int row, int column, size_t *length);

/* Runs a text of one or more statements without parameters, such as a migration. */
bool db_script(Db *db, const char *sql, Error *error);

/* A statement whose rows nobody reads: it goes to the server with the next one, on one way, and its
 * failure is that one's, or the commit's. Inside a transaction only. */
bool db_post(Db *db, Error *error, const char *sql, int count, const char *const *parameters);

#define DB_POST(db, error, sql, ...)                                                               \
    db_post((db), (error), (sql),                                                                  \
            (int)(sizeof((const char *[]){NULL, ##__VA_ARGS__}) / sizeof(char *)) - 1,             \
            (const char *const[]){NULL, ##__VA_ARGS__} + 1)

/* Transactions. db_begin_later posts the BEGIN. db_rollback is harmless when none is open. */
bool db_begin(Db *db, Error *error);
bool db_begin_later(Db *db, Error *error);
bool db_commit(Db *db, Error *error);
void db_rollback(Db *db);

/* Makes the transactions that begin from now on parts of one: they are kept, or taken back, by
 * themselves as always, and all of them by db_end_hold. So what works on a connection in
 * transactions of its own can be tried, or done together. */
bool db_hold(Db *db, Error *error);
/* Keeps all (`keep`), or nothing. */
bool db_end_hold(Db *db, bool keep, Error *error);

int db_row_count(const DbResult *result);
/* Rows that an INSERT, UPDATE, DELETE or COPY changed. */
int64_t db_affected(const DbResult *result);
/* The text of a cell, or NULL for SQL's NULL; valid as long as the result's arena. */
const char *db_text(const DbResult *result, int row, int column);
/* The cell as a number; 0 for NULL. */
int64_t db_int(const DbResult *result, int row, int column);
bool db_bool(const DbResult *result, int row, int column);
bool db_is_null(const DbResult *result, int row, int column);

/* The five-letter SQLSTATE of the last failure on this connection ("" when none). */
const char *db_sqlstate(const Db *db);
/* The name of the constraint that the last failure broke, or "". */
const char *db_constraint(const Db *db);

/* `name` as a quoted SQL identifier, for tenant schemas: the one thing that can't be a
 * parameter. */
char *db_identifier(Arena *arena, const char *name);

/* LISTEN channel, then wait for a NOTIFY on any channel listened to; true when one came within
 * `seconds`, false on time-out or a lost connection (then *error is set). The wait also ends,
 * with false, when the descriptor `wake` becomes readable; -1 for none. */
bool db_listen(Db *db, const char *channel, Error *error);
bool db_wait_notification(Db *db, double seconds, int wake, Error *error);

/* A bounded set of connections to one database, shared by threads. */
typedef struct DbPool DbPool;

/* `conninfo` is copied; connections are made when first needed, at most `most` of them. */
DbPool *db_pool_new(const char *conninfo, int most);
void db_pool_free(DbPool *pool);
/* Gives it a connection to its database that was made elsewhere. */
void db_pool_add(DbPool *pool, Db *db);
/* Waits for a free connection; NULL and ERROR_UNAVAILABLE when the server can't be reached. */
Db *db_pool_take(DbPool *pool, Error *error);
/* Gives it back; an open transaction is rolled back. NULL is allowed. */
void db_pool_give(DbPool *pool, Db *db);
const char *db_pool_conninfo(const DbPool *pool);

#endif
