/* The two databases of the product: found or run, created, migrated. */
#ifndef KONTOR_DB_DATABASE_H
#define KONTOR_DB_DATABASE_H

#include "base/config.h"
#include "base/error.h"
#include "db/db.h"

typedef struct Database Database;

typedef enum DatabaseRole {
    DATABASE_SERVER, /* `kontor serve`, `kontor worker`: holds the data directory */
    DATABASE_CLIENT, /* other verbs: use the running server's database, else start one meanwhile */
} DatabaseRole;

/* Without database_url: makes and starts the private PostgreSQL under data_dir (or joins the one
 * that runs there). With one: connects there. Then creates the databases koku and
 * sources_api_development where they are missing and applies the migrations, safely when two
 * programs do so at once. */
Database *database_open(const Config *config, DatabaseRole role, Error *error);

/* Closes the pools; stops the private PostgreSQL if this process started it. NULL is allowed. */
void database_close(Database *database);

/* Starts the private PostgreSQL anew when it has died; call it now and then on the thread that
 * opened the database. */
bool database_tend(Database *database, Error *error);

/* Pools of at most 16 connections each. */
DbPool *database_koku(Database *database);
DbPool *database_sources(Database *database);

/* The libpq connection string of "koku" or "sources". */
const char *database_conninfo(const Database *database, const char *name);

/* The directory of the private PostgreSQL's programs (psql …); NULL with a database URL. */
const char *database_bin(const Database *database);

/* Makes the schema of a tenant ("org1234567") and brings it up to date with sql/tenant; cheap
 * when it is. `db` is a connection to koku with no transaction open. */
bool database_provision_tenant(Db *db, Arena *arena, const char *schema, Error *error);

#endif
