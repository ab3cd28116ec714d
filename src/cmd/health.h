/* The routes by which others ask whether the server lives. */
#ifndef KONTOR_CMD_HEALTH_H
#define KONTOR_CMD_HEALTH_H

#include "db/database.h"
#include "net/http_server.h"

/* Mounts /livez (the process answers), /readyz and /health (both databases answer too; 503 and
 * which of them does not; /health in the Sources API's words, "OK"). None asks for an identity. */
void health_mount(HttpServer *server, Database *database);

#endif
