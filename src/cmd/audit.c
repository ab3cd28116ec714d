#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "cmd/verb.h"
#include "db/database.h"
#include "sources/audit.h"

enum { LIMIT_DEFAULT = 100 };

static void print_json(const DbResult *rows, int row, Arena *arena)
{
    static const struct {
        const char *name;
        int column;
    } TEXTS[] = {
        {"at", AUDIT_AT},
        {"org_id", AUDIT_ORG},
        {"actor", AUDIT_ACTOR},
        {"remote_address", AUDIT_REMOTE_ADDRESS},
        {"forwarded_for", AUDIT_FORWARDED_FOR},
        {"request_id", AUDIT_REQUEST_ID},
        {"action", AUDIT_ACTION},
        {"resource", AUDIT_RESOURCE},
        {"resource_id", AUDIT_RESOURCE_ID},
    };
    Buffer *text = buffer_new(arena);
    JsonWriter json = json_writer(text);
    json_begin_object(&json);
    json_member_int(&json, "id", db_int(rows, row, AUDIT_ID));
    for (size_t i = 0; i < sizeof TEXTS / sizeof *TEXTS; i++) {
        json_member_string(&json, TEXTS[i].name, db_text(rows, row, TEXTS[i].column));
    }
    json_member_raw(&json, "changes", db_text(rows, row, AUDIT_CHANGES));
    json_end(&json);
    puts(text->data);
}

static const char *or_dash(const char *text)
{
    return text != NULL ? text : "-";
}

static bool print(Db *db, const AuditQuery *query, bool json, Error *error)
{
    Arena *arena = arena_new();
    DbResult *rows = audit_read(db, arena, query, error);
    if (rows != NULL && !json) {
        printf("%-20s  %-14s  %-24s  %-15s  %-6s  %-28s  %s\n", "AT", "ORG", "WHO", "FROM", "WHAT",
               "RESOURCE", "CHANGES");
    }
    for (int row = 0; rows != NULL && row < db_row_count(rows); row++) {
        if (json) {
            print_json(rows, row, arena);
            continue;
        }
        printf("%-20s  %-14s  %-24s  %-15s  %-6s  %-28s  %s\n", db_text(rows, row, AUDIT_AT),
               or_dash(db_text(rows, row, AUDIT_ORG)), db_text(rows, row, AUDIT_ACTOR),
               or_dash(db_text(rows, row, AUDIT_REMOTE_ADDRESS)), db_text(rows, row, AUDIT_ACTION),
               arena_printf(arena, "%s %s", db_text(rows, row, AUDIT_RESOURCE),
                            db_text(rows, row, AUDIT_RESOURCE_ID)),
               db_text(rows, row, AUDIT_CHANGES));
    }
    arena_free(arena);
    return rows != NULL;
}

int cmd_audit(Config *config, int argc, char **argv)
{
    AuditQuery query = {.limit = LIMIT_DEFAULT};
    const char *format = "table";
    const Option options[] = {
        {"org", OPTION_TEXT, &query.org_id, "ORG", "of this organisation only"},
        {"resource", OPTION_TEXT, &query.resource, "KIND",
         "sources, applications, authentications, endpoints, application_authentications or "
         "rhc_connections"},
        {"id", OPTION_TEXT, &query.resource_id, "ID", "of this row of the resource only"},
        {"since", OPTION_TEXT, &query.since, "TIME", "not older, such as 2026-11-24T09:00:00Z"},
        {"limit", OPTION_INT, &query.limit, "N", "at most so many entries (default: 100)"},
        {"format", OPTION_TEXT, &format, "FORMAT", "table, or json (one object a line)"},
        {0}};
    const VerbUsage usage = {"kontor audit [--org ORG] [--resource KIND [--id ID]] [--since TIME]",
                             "Shows who changed sources and what hangs on them, newest first.",
                             options};
    int exit_code;
    if (!verb_options(&usage, config, false, &argc, argv, &exit_code)) {
        return exit_code;
    }
    Error error = {0};
    if (strcmp(format, "table") != 0 && strcmp(format, "json") != 0) {
        error_set(&error, ERROR_INVALID, "--format: \"%s\" is not table or json", format);
        verb_failed("audit", &error);
        return EXIT_USAGE;
    }
    Database *database = database_open(config, DATABASE_CLIENT, &error);
    Db *db = database != NULL ? db_connect(database_conninfo(database, "sources"), &error) : NULL;
    bool done = db != NULL && print(db, &query, strcmp(format, "json") == 0, &error);
    db_close(db);
    database_close(database);
    return done ? EXIT_OK : verb_failed("audit", &error);
}
