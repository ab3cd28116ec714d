#include <stdio.h>

#include "base/json.h"
#include "cmd/verb.h"
#include "cost_api/audit_trail.h"

enum { LIMIT_DEFAULT = 100 };

static void print_json(Arena *arena, const char *const *entry)
{
    Buffer *text = buffer_new(arena);
    JsonWriter json = json_writer(text);
    json_begin_object(&json);
    json_member_string(&json, "org_id", entry[AUDIT_ORG]);
    for (const AuditText *member = AUDIT_TEXTS; member->name != NULL; member++) {
        json_member_string(&json, member->name, entry[member->column]);
    }
    json_member_raw(&json, "changes", entry[AUDIT_CHANGES]);
    json_end(&json);
    puts(text->data);
}

static const char *or_dash(const char *text)
{
    return text != NULL ? text : "-";
}

static void print_line(Arena *arena, const char *const *entry)
{
    const char *name = entry[AUDIT_RESOURCE_NAME];
    const char *which = name != NULL ? name : entry[AUDIT_RESOURCE_ID];
    printf("%-20s  %-14s  %-24s  %-15s  %-6s  %-34s  %s\n", entry[AUDIT_AT],
           or_dash(entry[AUDIT_ORG]), entry[AUDIT_ACTOR], or_dash(entry[AUDIT_REMOTE_ADDRESS]),
           entry[AUDIT_ACTION],
           arena_printf(arena, "%s%s%s", entry[AUDIT_RESOURCE], which != NULL ? " " : "",
                        which != NULL ? which : ""),
           entry[AUDIT_CHANGES]);
}

static bool print(Database *database, const AuditTrailQuery *query, bool json, Error *error)
{
    Arena *arena = arena_new();
    AuditTrail trail;
    bool done = audit_trail_read(database, arena, query, &trail, error);
    if (done && !json) {
        printf("%-20s  %-14s  %-24s  %-15s  %-6s  %-34s  %s\n", "AT", "ORG", "WHO", "FROM", "WHAT",
               "RESOURCE", "CHANGES");
    }
    for (int i = 0; done && i < trail.count; i++) {
        if (json) {
            print_json(arena, trail.entries[i]);
        } else {
            print_line(arena, trail.entries[i]);
        }
    }
    arena_free(arena);
    return done;
}

int cmd_audit(Config *config, int argc, char **argv)
{
    AuditTrailQuery query = {.limit = LIMIT_DEFAULT};
    const char *format = "table";
    const Option options[] = {
        {"org", OPTION_TEXT, &query.org_id, "ORG", "of this organisation only"},
        {"resource", OPTION_TEXT, &query.resources, "KIND,KIND…", AUDIT_RESOURCES},
        {"id", OPTION_TEXT, &query.resource_id, "ID", "of this row of the resource only"},
        {"actor", OPTION_TEXT, &query.actor, "WHO", "by whom; a part of the name is enough"},
        {"since", OPTION_TEXT, &query.since, "TIME", "not older, such as 2026-11-24T09:00:00Z"},
        {"limit", OPTION_INT, &query.limit, "N", "at most so many entries (default: 100)"},
        {"format", OPTION_TEXT, &format, "FORMAT", "table, or json (one object a line)"},
        {0}};
    const VerbUsage usage = {
        "kontor audit [--org ORG] [--resource KIND [--id ID]] [--actor WHO]"
        " [--since TIME]",
        "Shows who changed sources, cost models, price lists and settings, newest first.", options,
        OPERANDS_NONE};
    int exit_code;
    bool json;
    if (!verb_options(&usage, config, &argc, argv, &exit_code)) {
        return exit_code;
    }
    if (!verb_format("audit", format, &json)) {
        return EXIT_USAGE;
    }
    Error error = {0};
    Database *database = database_open(config, DATABASE_CLIENT, &error);
    bool done = database != NULL && print(database, &query, json, &error);
    database_close(database);
    return done ? EXIT_OK : verb_failed("audit", &error);
}
