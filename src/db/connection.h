/* What a Db is made of: for the files of this room only. */
#ifndef KONTOR_DB_CONNECTION_H
#define KONTOR_DB_CONNECTION_H

#include <libpq-fe.h>

#include "db/db.h"

enum {
    SQLSTATE_SIZE = 6,
    CONSTRAINT_SIZE = 64,
    STATEMENTS_MAX = 256, /* prepared statements kept a connection */
};

struct Db {
    PGconn *connection;
    char sqlstate[SQLSTATE_SIZE];
    char constraint[CONSTRAINT_SIZE];
    /* Texts that are prepared as "k<slot>", found by hash; a collision re-prepares the slot. */
    char *statements[STATEMENTS_MAX];
};

/* Fills the Error of a failed result or connection, and the Db's SQLSTATE and constraint.
 * `result` may be NULL. Returns false. */
bool db_failed(Db *db, const PGresult *result, const char *doing, Error *error);

#endif
