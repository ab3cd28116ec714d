/* `kontor import-config`: brings in what export-config wrote. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "cmd/verb.h"
#include "moving/document.h"
#include "moving/moving.h"
#include "moving/seal.h"

typedef struct ImportWish {
    const char *path;
    const char *org_id;
    const char *passphrase_file;
    bool dry_run;
} ImportWish;

/* All of a file, or of a pipe. */
static const Buffer *read_document(Arena *arena, const char *path, Error *error)
{
    FILE *file = strcmp(path, "-") == 0 ? stdin : fopen(path, "re");
    Buffer *text = buffer_new(arena);
    char block[64 * 1024];
    size_t length;
    while (file != NULL && text->length <= DOCUMENT_SIZE_MAX &&
           (length = fread(block, 1, sizeof block, file)) > 0) {
        buffer_append(text, block, length);
    }
    bool read = file != NULL && !ferror(file);
    if (!read) {
        error_set(error, ERROR_INVALID, "%s can't be read: %s", path, strerror(errno));
    } else if (text->length > DOCUMENT_SIZE_MAX) {
        read = error_set(error, ERROR_INVALID, "%s is larger than %d MiB", path,
                         DOCUMENT_SIZE_MAX / (1024 * 1024));
    }
    if (file != NULL && file != stdin) {
        fclose(file);
    }
    return read ? text : NULL;
}

static void tell(const MovingReport *report, bool dry_run)
{
    fputs(report->lines->data, stdout);
    printf("%d made, %d changed, %d to be cared for%s\n", report->made, report->changed,
           report->notes, dry_run ? "; dry run: nothing was kept" : "");
}

static bool import(const Config *config, const ImportWish *wish, Error *error)
{
    Arena *arena = arena_new();
    MovingReport report = {.lines = buffer_new(arena)};
    const char *passphrase = NULL;
    const Buffer *text = read_document(arena, wish->path, error);
    Database *database = NULL;
    bool done =
        text != NULL &&
        (wish->passphrase_file == NULL ||
         (passphrase = seal_read_passphrase(arena, wish->passphrase_file, error)) != NULL) &&
        (database = database_open(config, DATABASE_CLIENT, error)) != NULL;
    if (done) {
        MovingScope scope = {config, database, wish->org_id, &report};
        done = moving_import(&scope, arena, text->data, text->length, passphrase, wish->dry_run,
                             error);
        tell(&report, wish->dry_run);
    }
    database_close(database);
    arena_free(arena);
    return done;
}

int cmd_import_config(Config *config, int argc, char **argv)
{
    ImportWish wish = {0};
    const Option options[] = {
        {"org", OPTION_TEXT, &wish.org_id, "ORG", "only this organisation of the document"},
        {"dry-run", OPTION_FLAG, &wish.dry_run, NULL, "do it all, keep nothing of it"},
        {"with-secrets", OPTION_TEXT, &wish.passphrase_file, "FILE",
         "the passphrase, in FILE's first line, by which passwords were sealed"},
        {0},
    };
    const VerbUsage usage = {
        "kontor import-config FILE [--org ORG] [--dry-run] [--with-secrets FILE]",
        "Brings in sources and settings that kontor export-config wrote (- is the standard "
        "input):\n"
        "what is missing is made, what is otherwise is changed, nothing is taken away. Of an\n"
        "organisation all is kept, or nothing. It may run beside a server.",
        options, OPERANDS_ANY};
    int exit_code;
    if (!verb_options(&usage, config, &argc, argv, &exit_code)) {
        return exit_code;
    }
    if (argc != 2) {
        fprintf(stderr, "kontor import-config: name the one file to bring in\n");
        return EXIT_USAGE;
    }
    wish.path = argv[1];
    Error error = {0};
    return import(config, &wish, &error) ? EXIT_OK : verb_failed("import-config", &error);
}
