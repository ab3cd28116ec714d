/* The private PostgreSQL: made, started, watched and stopped by this program. */
#ifndef KONTOR_DB_PRIVATE_SERVER_H
#define KONTOR_DB_PRIVATE_SERVER_H

#include "base/config.h"
#include "base/error.h"

typedef struct PrivateServer PrivateServer;

/* Takes the data directory (flock on kontor.lock) and starts the PostgreSQL in it, making it first
 * when there is none. As root the server runs as "postgres" (or "nobody"). With `may_join`, a data
 * directory that another kontor holds is no failure: its PostgreSQL is used. ERROR_CONFLICT names
 * the holder otherwise.
 *
 * Must be called on the thread that lives as long as the program: the kernel stops PostgreSQL when
 * the thread that started it is gone (PR_SET_PDEATHSIG). */
PrivateServer *private_server_start(const Config *config, bool may_join, Error *error);

/* Starts it anew when it has died; cheap when it lives. Same thread as the start. */
bool private_server_tend(PrivateServer *server, Error *error);

/* Stops it (fast shutdown) if this process started it, and lets the directory go. NULL is
 * allowed. */
void private_server_stop(PrivateServer *server);

/* libpq's parameters to reach it over its socket, without the database's name:
 * "host=… port=… user=postgres". */
const char *private_server_conninfo(const PrivateServer *server);

/* The directory that holds psql and its kin, or NULL when it is not known. */
const char *private_server_bin(const PrivateServer *server);

#endif
