#include "cmd/ingest_session.h"

#include "cmd/progress_bar.h"
#include "net/http_client.h"
#include "providers/events.h"
#include "providers/provision.h"

bool ingest_session_open(IngestSession *session, const Config *config, const char *provider_uuid,
                         Error *error)
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
    ProviderEvents events = {config, session->database};
    if (session->workers == NULL || !provider_events_apply(&events, NULL, error)) {
        return false;
    }
    session->db = db_pool_take(database_koku(session->database), error);
    return session->db != NULL && provision_reconcile(session->db, provider_uuid, error);
}

void ingest_session_close(IngestSession *session)
{
    if (session->db != NULL) {
        db_pool_give(database_koku(session->database), session->db);
    }
    background_free(session->background);
    workers_free(session->workers);
    database_close(session->database);
}
