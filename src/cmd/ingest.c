#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "cmd/ingest_session.h"
#include "cmd/verb.h"
#include "providers/provider.h"

/* A look at each provider now, whenever the last was. */
static bool queue_looks(IngestSession *session, const char *only, int *looks, Error *error)
{
    Arena *arena = arena_new();
    Provider *providers = NULL;
    int count = 0;
    bool done = provider_list(session->db, arena, &providers, &count, error);
    *looks = 0;
    for (int i = 0; done && i < count; i++) {
        const Provider *provider = &providers[i];
        if ((only != NULL && strcasecmp(only, provider->uuid) != 0) || !provider->active ||
            provider->paused || !provider->has_billing_source || provider->schema == NULL ||
            strcmp(provider->type, "AWS") != 0) {
            continue;
        }
        done = queue_add(session->db, arena, JOB_DISCOVER, provider->uuid, NULL, 0, NULL, error);
        (*looks)++;
    }
    arena_free(arena);
    return done;
}

static bool work(IngestSession *session, const char *provider_uuid, int *failed, Error *error)
{
    int looks, done;
    if (!queue_looks(session, provider_uuid, &looks, error)) {
        return false;
    }
    if (looks == 0) {
        return error_set(error, ERROR_NOT_FOUND,
                         "there is nothing to ingest: no %s; kontor providers lists what there is, "
                         "kontor explain says why one is passed over",
                         provider_uuid != NULL ? "active provider with this UUID"
                                               : "active provider with a bucket");
    }
    if (!workers_drain(session->workers, provider_uuid, &done, failed, error)) {
        return false;
    }
    printf("%d provider%s looked at, %d job%s done, %d failed\n", looks, looks == 1 ? "" : "s",
           done, done == 1 ? "" : "s", *failed);
    return true;
}

int cmd_ingest(Config *config, int argc, char **argv)
{
    const char *provider_uuid = NULL;
    const Option options[] = {
        {"provider-uuid", OPTION_TEXT, &provider_uuid, "UUID", "only this provider"}, {0}};
    const VerbUsage usage = {
        "kontor ingest [--provider-uuid UUID]",
        "Looks at the providers' buckets now and ingests what is new, until the queue is empty.\n"
        "Works with or without a running server.",
        options, OPERANDS_NONE};
    int exit_code;
    if (!verb_options(&usage, config, &argc, argv, &exit_code)) {
        return exit_code;
    }
    Error error = {0};
    IngestSession session;
    int failed = 0;
    bool done = ingest_session_open(&session, config, provider_uuid, &error) &&
                work(&session, provider_uuid, &failed, &error);
    ingest_session_close(&session);
    return !done ? verb_failed("ingest", &error) : failed > 0 ? EXIT_FAILED : EXIT_OK;
}
