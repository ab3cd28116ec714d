/* `kontor explain`: why a provider is, or is not, processed. */
#include "ingest/explain.h"

#include <stdio.h>

#include "base/crypto.h"
#include "cmd/verb.h"
#include "db/database.h"
#include "net/http_client.h"

static void print_check(void *context, const ExplainCheck *check)
{
    static const char *const MARKS[] = {
        [EXPLAIN_YES] = "ok", [EXPLAIN_NO] = "NO", [EXPLAIN_NOTE] = "--"};
    int *faults = context;
    printf("[%s] %-20s %s\n", MARKS[check->answer], check->question, check->text);
    if (check->remedy != NULL) {
        printf("     %-20s -> %s\n", "", check->remedy);
    }
    *faults += check->answer == EXPLAIN_NO;
}

int cmd_explain(Config *config, int argc, char **argv)
{
    const char *uuid = NULL;
    const Option options[] = {
        {"provider-uuid", OPTION_TEXT, &uuid, "UUID", "the provider, or the uid of a source"}, {0}};
    const VerbUsage usage = {
        "kontor explain --provider-uuid UUID",
        "Says why a provider is, or is not, processed: each check with its answer and the remedy.\n"
        "The exit code is 1 when a check says no.",
        options, OPERANDS_NONE};
    int exit_code;
    if (!verb_options(&usage, config, &argc, argv, &exit_code)) {
        return exit_code;
    }
    Error error = {0};
    if (uuid == NULL || !uuid_valid(uuid)) {
        error_set(&error, ERROR_INVALID,
                  "--provider-uuid needs a UUID; kontor providers lists them");
        verb_failed("explain", &error);
        return EXIT_USAGE;
    }
    int faults = 0;
    Arena *arena = arena_new();
    Database *database =
        http_client_global_init(&error) ? database_open(config, DATABASE_CLIENT, &error) : NULL;
    Db *db = database != NULL ? db_connect(database_conninfo(database, "koku"), &error) : NULL;
    bool done =
        db != NULL && explain_provider(config, db, arena, uuid, print_check, &faults, &error);
    db_close(db);
    database_close(database);
    arena_free(arena);
    return !done ? verb_failed("explain", &error) : faults > 0 ? EXIT_FAILED : EXIT_OK;
}
