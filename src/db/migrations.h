/* Numbered SQL migrations, built into the program from sql/<set>/. */
#ifndef KONTOR_DB_MIGRATIONS_H
#define KONTOR_DB_MIGRATIONS_H

#include "db/db.h"

/* One file of sql/; the table ends with a NULL set. */
typedef struct EmbeddedMigration {
    const char *set; /* "koku", "sources", "tenant" */
    int number;
    const char *name;
    const char *sql;
} EmbeddedMigration;

extern const EmbeddedMigration EMBEDDED_MIGRATIONS[];

/* Applies what is missing of `set` in order, each in a transaction of its own, recorded in
 * `schema`.kontor_migration; the search path is `schema`, public. Where the schema has a function
 * kontor_after_migration(), each migration ends with it, in the same transaction. Programs that do
 * so at once wait for each other (an advisory lock). Fails when the database has a migration newer
 * than this program, or one whose text has changed since. */
bool migrations_apply(Db *db, const char *set, const char *schema, Error *error);

/* The highest number of a set that this program knows. */
int migrations_newest(const char *set);

#endif
