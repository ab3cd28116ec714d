#include "cmd/ingest_session.h"

#include "cmd/progress_bar.h"
#include "net/http_client.h"
#include "providers/events.h"
#include "providers/provision.h"

bool ingest_session_open(IngestSession *session, const Config *config, Error *error)
{
    *session = (IngestSession){.ingest = {.config = config}};
    if (!http_client_global_init(error)) {
        return false;
    }
    session->database = database_open(config, DATABASE_CLIENT, error);
    if (session->database == NULL) {
        return false;
    }
    session->ingest.database = session->database;
    session->ingest.watch = progress_bar_possible() ? progress_bar_watch : NULL;
    session->background = background_new();
    session->workers = workers_new(&session->ingest, session->background, error);
    session->db = session->workers != NULL
                      ? db_connect(database_conninfo(session->database, "koku"), error)
                      : NULL;
    ProviderEvents events = {config, session->database};
    return session->db != NULL && provider_events_apply(&events, NULL, error) &&
           provision_reconcile(session->db, error);
}

void ingest_session_close(IngestSession *session)
{
    db_close(session->db);
    background_free(session->background);
    workers_free(session->workers);
    database_close(session->database);
}
