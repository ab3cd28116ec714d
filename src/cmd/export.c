#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cmd/verb.h"
#include "db/database.h"
#include "exports/focus.h"
#include "identity/identity.h"

typedef struct ExportWish {
    const char *org;
    const char *start;
    const char *end;
    const char *output; /* NULL: standard output */
} ExportWish;

static bool read_day(const char *option, const char *text, Day otherwise, Day *day, Error *error)
{
    *day = otherwise;
    return text == NULL || day_parse(text, strlen(text), day) ||
           error_set(error, ERROR_INVALID, "--%s: \"%s\" is no date such as 2026-11-01", option,
                     text);
}

static bool copy(FocusExport *export, FILE *out, const char *name, Error *error)
{
    Arena *arena = arena_new();
    Buffer *rows = buffer_new(arena);
    bool more = true, done = true;
    while (done && more) {
        done = focus_read(export, rows, &more, error) &&
               (fwrite(rows->data, 1, rows->length, out) == rows->length ||
                error_set(error, ERROR_INTERNAL, "%s can't be written: %m", name));
    }
    arena_free(arena);
    return done;
}

/* A file is there under its name when it is whole, or not at all. */
static bool write_file(FocusExport *export, const char *name, Error *error)
{
    Arena *arena = arena_new();
    const char *part = arena_printf(arena, "%s.part", name);
    FILE *file = fopen(part, "w");
    bool done = file != NULL || error_set(error, ERROR_INTERNAL, "%s can't be made: %m", part);
    if (file != NULL) {
        done = copy(export, file, part, error);
        done = (fclose(file) == 0 || error_set(error, ERROR_INTERNAL, "%s: %m", part)) && done;
        done = done && (rename(part, name) == 0 ||
                        error_set(error, ERROR_INTERNAL, "%s can't be made: %m", name));
        if (!done) {
            unlink(part);
        }
    }
    arena_free(arena);
    return done;
}

/* A data set of nothing but its header would tell of a mistyped one that it cost nothing. */
static bool is_known(Db *db, Arena *arena, const char *org, const char *schema, Error *error)
{
    DbResult *rows =
        DB_QUERY(db, arena, error, "SELECT FROM api_customer WHERE schema_name = $1", schema);
    return rows != NULL &&
           (db_row_count(rows) > 0 ||
            error_set(error, ERROR_NOT_FOUND,
                      "no organisation %s has a provider; \"kontor providers\" shows what there is",
                      org));
}

static bool run(const Config *config, const ExportWish *wish, Error *error)
{
    FocusQuery query = {0};
    if (wish->org == NULL || !identity_org_valid(wish->org)) {
        return error_set(error, ERROR_INVALID, "say whose costs: --org ORG");
    }
    if (!read_day("end", wish->end, clock_today(), &query.end, error) ||
        !read_day("start", wish->start, day_month_start(query.end, 0), &query.start, error)) {
        return false;
    }
    if (query.start > query.end) {
        return error_set(error, ERROR_INVALID, "--start is a day after --end");
    }
    Database *database = database_open(config, DATABASE_CLIENT, error);
    if (database == NULL) {
        return false;
    }
    Arena *arena = arena_new();
    const char *schema = identity_schema(arena, wish->org);
    TenantSql tables = {.schema = db_identifier(arena, schema)};
    FocusExport *export = NULL;
    Db *db = db_connect(database_conninfo(database, "koku"), error);
    if (db != NULL && is_known(db, arena, wish->org, schema, error)) {
        export = focus_open(db, &tables, &query, error);
    } else {
        db_close(db);
    }
    bool done = export != NULL &&
                (wish->output != NULL
                     ? write_file(export, wish->output, error)
                     : copy(export, stdout, "standard output", error) && fflush(stdout) == 0);
    focus_close(export);
    arena_free(arena);
    database_close(database);
    return done;
}

int cmd_export(Config *config, int argc, char **argv)
{
    ExportWish wish = {0};
    const Option options[] = {
        {"org", OPTION_TEXT, &wish.org, "ORG", "the organisation whose costs are exported"},
        {"start", OPTION_TEXT, &wish.start, "DATE",
         "the first day (default: the first of the last day's month)"},
        {"end", OPTION_TEXT, &wish.end, "DATE", "the last day (default: today)"},
        {"output", OPTION_TEXT, &wish.output, "FILE", "where to (default: standard output)"},
        {0}};
    const VerbUsage usage = {"kontor export --org ORG [--start DATE] [--end DATE] [--output FILE]",
                             "Writes an organisation's costs as CSV in the form of FOCUS 1.2.",
                             options, OPERANDS_NONE};
    int exit_code;
    if (!verb_options(&usage, config, &argc, argv, &exit_code)) {
        return exit_code;
    }
    Error error = {0};
    return run(config, &wish, &error) ? EXIT_OK : verb_failed("export", &error);
}
