/* `kontor export-config`: an organisation's sources and settings, written down. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/files.h"
#include "cmd/verb.h"
#include "moving/moving.h"
#include "moving/seal.h"

typedef struct ExportWish {
    const char *org_id;
    const char *output;
    const char *passphrase_file;
} ExportWish;

static bool write_out(const char *path, const char *text, Error *error)
{
    if (path != NULL && strcmp(path, "-") != 0) {
        return file_write(path, 0600, geteuid(), getegid(), text, error);
    }
    if (fputs(text, stdout) < 0 || putchar('\n') == EOF || fflush(stdout) != 0) {
        return error_set(error, ERROR_UNAVAILABLE, "standard output: %s", strerror(errno));
    }
    return true;
}

static bool export(const Config *config, const ExportWish *wish, Error *error)
{
    Arena *arena = arena_new();
    MovingReport report = {.lines = buffer_new(arena)};
    const char *passphrase = NULL, *text = NULL;
    Database *database = NULL;
    bool done = wish->passphrase_file == NULL ||
                (passphrase = seal_read_passphrase(arena, wish->passphrase_file, error)) != NULL;
    if (done && (database = database_open(config, DATABASE_CLIENT, error)) != NULL) {
        MovingScope scope = {config, database, wish->org_id, &report};
        text = moving_export(&scope, arena, passphrase, error);
    }
    done = text != NULL && write_out(wish->output, text, error);
    if (done) {
        fputs(report.lines->data, stderr);
    }
    database_close(database);
    arena_free(arena);
    return done;
}

int cmd_export_config(Config *config, int argc, char **argv)
{
    ExportWish wish = {0};
    const Option options[] = {
        {"org", OPTION_TEXT, &wish.org_id, "ORG", "only this organisation"},
        {"output", OPTION_TEXT, &wish.output, "FILE",
         "write there (mode 0600), not to the standard output"},
        {"with-secrets", OPTION_TEXT, &wish.passphrase_file, "FILE",
         "passwords too, sealed by the passphrase in FILE's first line"},
        {0},
    };
    const VerbUsage usage = {
        "kontor export-config [--org ORG] [--output FILE] [--with-secrets FILE]",
        "Writes down the sources and settings of one organisation, or of all, as JSON, for\n"
        "kontor import-config here or elsewhere. Costs are not in it; passwords only when told so.",
        options, OPERANDS_NONE};
    int exit_code;
    if (!verb_options(&usage, config, &argc, argv, &exit_code)) {
        return exit_code;
    }
    Error error = {0};
    return export(config, &wish, &error) ? EXIT_OK : verb_failed("export-config", &error);
}
