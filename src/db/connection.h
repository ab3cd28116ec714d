/* What a Db is made of: for the files of this room only. */
#ifndef KONTOR_DB_CONNECTION_H
#define KONTOR_DB_CONNECTION_H

#include <libpq-fe.h>

#include "db/db.h"

enum {
    SQLSTATE_SIZE = 6,
    CONSTRAINT_SIZE = 64,
    STATEMENTS_MAX = 256, /* prepared statements kept a connection */
    STATEMENT_NAME_SIZE = 16,
};

struct DbResult {
    PGresult *rows;
};

struct Db {
    PGconn *connection;
    char sqlstate[SQLSTATE_SIZE];
    char constraint[CONSTRAINT_SIZE];
    /* Texts that are prepared as "k<slot>", found by hash; where many meet, a slot is re-prepared.
     */
    char *statements[STATEMENTS_MAX];
    double used_at; /* clock_monotonic of the last answer */
    int posted;     /* statements whose answers are not taken yet */
    bool held;      /* db_hold: transactions are parts of a larger one */
    bool part;      /* such a part is open */
};

/* Sends what was posted, if anything, and takes the answers: before anything else is said over
 * the connection. */
bool db_settle(Db *db, Error *error);

/* Sees that the connection stands and the statement is prepared on it, under `name`. */
bool db_ready_statement(Db *db, const char *sql, int count, char name[STATEMENT_NAME_SIZE],
                        Error *error);

/* May a statement be asked again when the connection broke under it? */
bool db_may_repeat(const Db *db, const char *sql);

/* Fills the Error of a failed result or connection, and the Db's SQLSTATE and constraint.
 * `result` may be NULL. Returns false. */
bool db_failed(Db *db, const PGresult *result, const char *doing, Error *error);

#endif
