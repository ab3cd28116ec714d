#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cmd/verb.h"
#include "db/database.h"
#include "db/postgres_bin.h"

static const VerbUsage USAGE = {
    "kontor psql [--data-dir DIR] [koku|sources] [psql's own arguments]",
    "Opens psql on the product's database: koku (the default) or the Sources API's. The running\n"
    "server's database is used; without a server the embedded one is started meanwhile. What\n"
    "stands behind the first operand or \"--\" goes to psql as it is.",
    NULL, OPERANDS_END_OPTIONS};

/* Its own name is known too. */
static bool is_sources(const char *name)
{
    return strcmp(name, "sources") == 0 || strcmp(name, "sources_api_development") == 0;
}

/* psql's -d and -U may come from commands that were written for another installation: the
 * database is known by name here, and the role is the session's own. */
static const char *named_database(int argc, char **argv)
{
    for (int i = 1; i + 1 < argc; i++) {
        if (strcmp(argv[i], "-d") == 0) {
            return is_sources(argv[i + 1]) ? "sources" : "koku";
        }
    }
    return "koku";
}

static int run_psql(const char *program, const char *conninfo, int argc, char **argv)
{
    char **arguments = calloc((size_t)argc + 4, sizeof *arguments);
    int count = 0;
    arguments[count++] = (char *)"psql";
    for (int i = 0; i < argc; i++) {
        bool replaced = strcmp(argv[i], "-d") == 0 || strcmp(argv[i], "-U") == 0;
        if (replaced && i + 1 < argc) {
            i++;
        } else {
            arguments[count++] = argv[i];
        }
    }
    arguments[count++] = (char *)"-d";
    arguments[count++] = (char *)conninfo;
    /* Interrupts are psql's while it runs. */
    signal(SIGINT, SIG_IGN);
    pid_t child = fork();
    if (child == 0) {
        signal(SIGINT, SIG_DFL);
        execvp(program, arguments);
        fprintf(stderr, "kontor psql: %s: %s\n", program, strerror(errno));
        _exit(127);
    }
    int status = 0;
    while (child > 0 && waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    free(arguments);
    return WIFEXITED(status) ? WEXITSTATUS(status) : EXIT_FAILED;
}

int cmd_psql(Config *config, int argc, char **argv)
{
    int exit_code;
    /* Short options are psql's own from the first one on. */
    if (!verb_options(&USAGE, config, &argc, argv, &exit_code)) {
        return exit_code;
    }
    const char *name = named_database(argc, argv);
    int first = 1;
    if (argc > 1 && (strcmp(argv[1], "koku") == 0 || is_sources(argv[1]))) {
        name = is_sources(argv[1]) ? "sources" : "koku";
        first = 2;
    }
    Error error = {0};
    Database *database = database_open(config, DATABASE_CLIENT, &error);
    if (database == NULL) {
        return verb_failed("psql", &error);
    }
    Arena *arena = arena_new();
    char *bin = postgres_bin_find(arena, config->postgres_bin, "psql", NULL);
    const char *program = bin != NULL ? arena_printf(arena, "%s/psql", bin) : "psql";
    exit_code = run_psql(program, database_conninfo(database, name), argc - first, argv + first);
    arena_free(arena);
    database_close(database);
    return exit_code;
}
