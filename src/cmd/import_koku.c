/* `kontor import-koku`: brings in what an existing Koku database holds. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "cmd/verb.h"
#include "identity/identity.h"
#include "moving/koku.h"

typedef struct KokuWish {
    const char *url;
    const char *org_id;
    bool dry_run;
} KokuWish;

/* What was done is told organisation by organisation: the costs of one may take long. */
static void tell(MovingReport *report)
{
    fputs(report->lines->data, stdout);
    fflush(stdout);
    buffer_clear(report->lines);
}

static bool import_customer(const MovingScope *scope, const KokuWish *wish, Db *koku,
                            const DbResult *customers, int row, Error *error)
{
    const MovingWay way = {.actor = "kontor import-koku",
                           .dry_run = wish->dry_run,
                           .lenient = true,
                           .keeps_markups = true};
    const char *org_id = db_text(customers, row, 0), *schema = db_text(customers, row, 2);
    Arena *arena = arena_new();
    bool done = identity_org_valid(org_id) ||
                error_set(error, ERROR_INVALID, "customer %s: \"%s\" can be no organisation's id",
                          schema, org_id);
    buffer_printf(scope->report->lines, "organisation %s (%s)\n", org_id, schema);
    const json_t *tenant = done ? koku_read_tenant(koku, arena, org_id, db_text(customers, row, 1),
                                                   schema, scope->report, error)
                                : NULL;
    done = tenant != NULL && moving_import_tenant(scope, tenant, &way, error);
    tell(scope->report);
    done = done && koku_copy_costs(scope, koku, schema, org_id, wish->dry_run, error);
    tell(scope->report);
    arena_free(arena);
    return done;
}

static bool import_all(const MovingScope *scope, const KokuWish *wish, Arena *arena, Db *koku,
                       Error *error)
{
    DbResult *customers = koku_customers(koku, arena, error);
    int brought = 0;
    for (int i = 0; customers != NULL && i < db_row_count(customers); i++) {
        if (wish->org_id != NULL && strcmp(wish->org_id, db_text(customers, i, 0)) != 0) {
            continue;
        }
        if (!import_customer(scope, wish, koku, customers, i, error)) {
            return false;
        }
        brought++;
    }
    return customers != NULL &&
           (brought > 0 || wish->org_id == NULL ||
            error_set(error, ERROR_NOT_FOUND, "there is no organisation %s in that database",
                      wish->org_id));
}

static bool import(const Config *config, const KokuWish *wish, Error *error)
{
    Arena *arena = arena_new();
    MovingReport report = {.lines = buffer_new(arena)};
    Db *koku = koku_open(wish->url, error);
    Database *database = koku != NULL ? database_open(config, DATABASE_CLIENT, error) : NULL;
    bool done = database != NULL;
    if (done) {
        const MovingScope scope = {config, database, wish->org_id, &report};
        done = import_all(&scope, wish, arena, koku, error);
        tell(&report);
        printf("%d made, %d changed, %d to be cared for%s\n", report.made, report.changed,
               report.notes, wish->dry_run ? "; dry run: nothing was kept" : "");
    }
    database_close(database);
    db_close(koku);
    arena_free(arena);
    return done;
}

int cmd_import_koku(Config *config, int argc, char **argv)
{
    KokuWish wish = {.url = getenv("KONTOR_KOKU_URL")};
    const Option options[] = {
        {"from", OPTION_TEXT, &wish.url, "URL",
         "Koku's database, postgresql://user@host/koku (or KONTOR_KOKU_URL)"},
        {"org", OPTION_TEXT, &wish.org_id, "ORG", "only this organisation"},
        {"dry-run", OPTION_FLAG, &wish.dry_run, NULL, "do it all, keep nothing of it"},
        {0},
    };
    const VerbUsage usage = {"kontor import-koku --from URL [--org ORG] [--dry-run]",
                             "Brings in an existing Koku database: customers, providers (as "
                             "sources, with their uuids),\n"
                             "cost models, settings, and the daily summaries of AWS. Koku's "
                             "database is only read. It may\n"
                             "be run again, and goes on where it was interrupted.",
                             options, OPERANDS_NONE};
    int exit_code;
    if (!verb_options(&usage, config, &argc, argv, &exit_code)) {
        return exit_code;
    }
    if (wish.url == NULL) {
        fprintf(stderr, "kontor import-koku: --from must name Koku's database\n");
        return EXIT_USAGE;
    }
    Error error = {0};
    return import(config, &wish, &error) ? EXIT_OK : verb_failed("import-koku", &error);
}
