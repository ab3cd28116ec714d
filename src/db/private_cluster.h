/* The files of the private PostgreSQL: a cluster, as initdb makes it. */
#ifndef KONTOR_DB_PRIVATE_CLUSTER_H
#define KONTOR_DB_PRIVATE_CLUSTER_H

#include "base/arena.h"
#include "base/error.h"
#include "db/server_user.h"

/* Where a cluster is, and who it is for. */
typedef struct PrivateCluster {
    Arena *arena;
    const ServerUser *user;
    const char *data_dir; /* where its passwords and logs are put beside it */
    const char *path;     /* "<data_dir>/postgres" */
    const char *bin;      /* the directory of PostgreSQL's programs */
} PrivateCluster;

/* Makes the cluster where there is none, with a password in <data_dir>/database.password; else
 * checks that it is one of these programs' version: ERROR_CONFLICT. */
bool private_cluster_prepare(const PrivateCluster *cluster, Error *error);

#endif
