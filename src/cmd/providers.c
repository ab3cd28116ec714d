#include <stdio.h>

#include "base/json.h"
#include "cmd/verb.h"
#include "db/database.h"
#include "providers/provider.h"

/* One line on how it goes, for people. */
static const char *state_of(Db *db, Arena *arena, const Provider *provider, Error *error)
{
    if (provider->schema == NULL) {
        return "has no customer";
    }
    if (!provider->active || provider->paused) {
        return provider->active ? "paused" : "inactive";
    }
    if (provider->bucket == NULL) {
        return "has no bucket";
    }
    DbResult *rows = DB_QUERY(
        db, arena, error,
        "SELECT (SELECT state FROM kontor_job"
        "         WHERE provider_uuid = $1 AND state = 'running' LIMIT 1),"
        "       (SELECT error FROM kontor_job"
        "         WHERE provider_uuid = $1 AND state = 'queued' AND error IS NOT NULL LIMIT 1),"
        "       (SELECT state->'processing'->>'error'"
        "          FROM reporting_common_costusagereportmanifest"
        "         WHERE provider_id = $1 AND completed_datetime IS NULL"
        "           AND NOT COALESCE(report_tracker, '{}') ? 'superseded_by'"
        "           AND state->'processing' ? 'error'"
        "         ORDER BY id DESC LIMIT 1),"
        "       EXISTS (SELECT FROM reporting_common_costusagereportmanifest"
        "                WHERE provider_id = $1 AND completed_datetime IS NOT NULL)",
        provider->uuid);
    if (rows == NULL) {
        return NULL;
    }
    const char *retried = db_text(rows, 0, 1), *broken = db_text(rows, 0, 2);
    return !db_is_null(rows, 0, 0)    ? "ingest is running"
           : retried != NULL          ? arena_printf(arena, "tried again: %s", retried)
           : broken != NULL           ? arena_printf(arena, "failed: %s", broken)
           : db_bool(rows, 0, 3)      ? "ok"
           : provider->polled != NULL ? "no report found yet"
                                      : "not looked at yet";
}

static void print_json(const Provider *provider, const char *state, JsonWriter *json)
{
    json_begin_object(json);
    json_member_string(json, "uuid", provider->uuid);
    json_member_string(json, "name", provider->name);
    json_member_string(json, "type", provider->type);
    json_member_string(json, "org_id", provider->org_id);
    json_member_string(json, "bucket", provider->bucket);
    json_member_string(json, "report_name", provider->report_name);
    json_member_string(json, "report_prefix", provider->report_prefix);
    json_member_bool(json, "active", provider->active);
    json_member_bool(json, "paused", provider->paused);
    json_member_string(json, "data_updated", provider->data_updated);
    json_member_string(json, "state", state);
    json_end(json);
}

static void print_row(const Provider *provider, const char *state)
{
    printf("%-36s  %-5s  %-12s  %-20s  %-20s  %-6s  %-6s  %-16.16s  %s\n", provider->uuid,
           provider->type, provider->org_id != NULL ? provider->org_id : "-",
           provider->bucket != NULL ? provider->bucket : "-",
           *provider->report_name != '\0' ? provider->report_name : "-",
           provider->active ? "yes" : "no", provider->paused ? "yes" : "no",
           provider->data_updated != NULL ? provider->data_updated : "-", state);
}

static bool list(Db *db, bool json, Error *error)
{
    Arena *arena = arena_new();
    Provider *providers = NULL;
    int count = 0;
    bool done = provider_list(db, arena, &providers, &count, error);
    Buffer *text = buffer_new(arena);
    JsonWriter writer = json_writer(text);
    json_begin_array(&writer);
    if (done && !json) {
        printf("%-36s  %-5s  %-12s  %-20s  %-20s  %-6s  %-6s  %-16s  %s\n", "UUID", "TYPE", "ORG",
               "BUCKET", "REPORT", "ACTIVE", "PAUSED", "LAST DATA", "STATE");
    }
    for (int i = 0; done && i < count; i++) {
        const char *state = state_of(db, arena, &providers[i], error);
        done = state != NULL;
        if (done && json) {
            print_json(&providers[i], state, &writer);
        } else if (done) {
            print_row(&providers[i], state);
        }
    }
    json_end(&writer);
    if (done && json) {
        puts(text->data);
    }
    arena_free(arena);
    return done;
}

int cmd_providers(Config *config, int argc, char **argv)
{
    const char *format = "table";
    const Option options[] = {{"format", OPTION_TEXT, &format, "FORMAT", "table or json"}, {0}};
    const VerbUsage usage = {
        "kontor providers [--format FORMAT]",
        "Lists the providers: organisation, bucket, when data last came, and how it goes.", options,
        OPERANDS_NONE};
    int exit_code;
    bool json;
    if (!verb_options(&usage, config, &argc, argv, &exit_code)) {
        return exit_code;
    }
    if (!verb_format("providers", format, &json)) {
        return EXIT_USAGE;
    }
    Error error = {0};
    Database *database = database_open(config, DATABASE_CLIENT, &error);
    Db *db = database != NULL ? db_connect(database_conninfo(database, "koku"), &error) : NULL;
    bool done = db != NULL && list(db, json, &error);
    db_close(db);
    database_close(database);
    return done ? EXIT_OK : verb_failed("providers", &error);
}
