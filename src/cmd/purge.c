/* `kontor purge`: takes away what is older than is to be kept. */
#include <stdio.h>

#include "cmd/verb.h"
#include "ingest/month/purge.h"

static void print_month(const PurgedMonth *month)
{
    printf("%-24s %-8s %10lld", month->schema, month->month, (long long)month->rows);
    if (month->partition) {
        printf(" %9.1f", (double)month->bytes / 1e6);
    } else {
        printf(" %9s", "");
    }
    printf("  %s%s\n", month->table, month->partition ? " (partition)" : "");
}

static void print_purge(const Purge *purge, bool dry_run)
{
    long long rows = 0;
    if (purge->count > 0) {
        printf("%-24s %-8s %10s %9s  %s\n", "TENANT", "MONTH", "ROWS", "MB", "TABLE");
    }
    for (int i = 0; i < purge->count; i++) {
        print_month(&purge->months[i]);
        rows += purge->months[i].rows;
    }
    printf("%lld row%s %s\n", rows, rows == 1 ? "" : "s",
           dry_run ? "would go; nothing was changed" : "taken away");
}

static bool purge_all(const Config *config, const char *org_id, bool dry_run, Error *error)
{
    Arena *arena = arena_new();
    Purge purge = {0};
    Database *database = database_open(config, DATABASE_CLIENT, error);
    Db *db = database != NULL ? db_connect(database_conninfo(database, "koku"), error) : NULL;
    bool done = db != NULL && purge_tenants(db, arena, config, org_id, dry_run, &purge, error);
    if (db != NULL) {
        print_purge(&purge, dry_run);
    }
    db_close(db);
    database_close(database);
    arena_free(arena);
    return done;
}

int cmd_purge(Config *config, int argc, char **argv)
{
    bool dry_run = false;
    const char *org_id = NULL;
    const Option options[] = {
        {"dry-run", OPTION_FLAG, &dry_run, NULL, "only say what would go"},
        {"org", OPTION_TEXT, &org_id, "ORG", "only this organisation"},
        {0},
    };
    const VerbUsage usage = {
        "kontor purge [--dry-run] [--org ORG]",
        "Takes away summaries, bills and manifests of months that are older than is to be kept\n"
        "(--retention-months, or the organisation's own setting). A server does so by itself, "
        "once\n"
        "a day.",
        options, OPERANDS_NONE};
    int exit_code;
    if (!verb_options(&usage, config, &argc, argv, &exit_code)) {
        return exit_code;
    }
    Error error = {0};
    return purge_all(config, org_id, dry_run, &error) ? EXIT_OK : verb_failed("purge", &error);
}
