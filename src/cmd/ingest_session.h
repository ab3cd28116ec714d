/* What the verbs that do the ingest's work by hand share: they use the running server's database,
 * or start the embedded one meanwhile, and take jobs from the same queue as the server. */
#ifndef KONTOR_CMD_INGEST_SESSION_H
#define KONTOR_CMD_INGEST_SESSION_H

#include "base/background.h"
#include "ingest/jobs/worker.h"

typedef struct IngestSession {
    Ingest ingest;
    Database *database;
    Background *background;
    Workers *workers;
    Db *db; /* of the database's pool */
} IngestSession;

/* Opens the database and catches up with what the server's standing threads would do: events of
 * the Sources API, tenants of providers that were inserted by hand; with a provider_uuid (else
 * NULL), that of this one. */
bool ingest_session_open(IngestSession *session, const Config *config, const char *provider_uuid,
                         Error *error);
void ingest_session_close(IngestSession *session);

#endif
