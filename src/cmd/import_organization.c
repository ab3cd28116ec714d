#include <stdio.h>
#include <string.h>

#include "base/files.h"
#include "base/json.h"
#include "cmd/verb.h"
#include "db/database.h"
#include "identity/identity.h"
#include "reports/organization.h"

enum { FILE_MOST = 2 * 1024 * 1024 };

static json_t *read_tree(Arena *arena, const char *path, Error *error)
{
    char *text = file_read(arena, path, FILE_MOST + 1);
    if (text == NULL || strlen(text) > FILE_MOST) {
        error_set(error, ERROR_INVALID, "%s: can't be read, or is larger than 2 MB", path);
        return NULL;
    }
    json_t *tree = json_parse(arena, text, strlen(text), error);
    if (tree == NULL) {
        error_wrap(error, "%s", path);
    }
    return tree;
}

static bool import(const Config *config, const char *path, const char *org, Error *error)
{
    Arena *arena = arena_new();
    OrganizationCounts counts;
    json_t *tree = read_tree(arena, path, error);
    Database *database = tree != NULL ? database_open(config, DATABASE_CLIENT, error) : NULL;
    Db *db = database != NULL ? db_connect(database_conninfo(database, "koku"), error) : NULL;
    bool done = db != NULL && organization_import(db, arena, identity_schema(arena, org), tree,
                                                  clock_today(), &counts, error);
    if (done) {
        printf("%d units, %d accounts: %lld added, %lld removed\n", counts.units, counts.accounts,
               (long long)counts.added, (long long)counts.removed);
    }
    db_close(db);
    database_close(database);
    arena_free(arena);
    return done;
}

int cmd_import_organization(Config *config, int argc, char **argv)
{
    const char *org = NULL;
    const Option options[] = {
        {"org", OPTION_TEXT, &org, "ORG", "the organisation whose accounts these are"},
        {0},
    };
    const VerbUsage usage = {
        "kontor import-organization FILE.json --org ORG",
        "Makes a tree of roots, organizational units and accounts (as `aws organizations` tells\n"
        "them) the structure by which the organisation's costs can be asked for.",
        options, OPERANDS_ANY};
    int exit_code;
    if (!verb_options(&usage, config, &argc, argv, &exit_code)) {
        return exit_code;
    }
    Error error = {0};
    if (argc != 2 || org == NULL || !identity_org_valid(org)) {
        error_set(&error, ERROR_INVALID, "name one FILE.json and the organisation: --org ORG");
        verb_failed("import-organization", &error);
        return EXIT_USAGE;
    }
    return import(config, argv[1], org, &error) ? EXIT_OK
                                                : verb_failed("import-organization", &error);
}
