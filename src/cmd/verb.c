#include "cmd/verb.h"

#include <stdio.h>

#include "cmd/help.h"

int verb_failed(const char *verb, const Error *error)
{
    fprintf(stderr, "kontor %s: %s\n", verb, error->message);
    return EXIT_FAILED;
}

bool verb_options(const VerbUsage *usage, Config *config, bool stop_at_operand, int *argc,
                  char **argv, int *exit_code)
{
    static const Option NONE[] = {{0}};
    const Option *own = usage->options != NULL ? usage->options : NONE;
    const Option *settings = config_options(config);
    const Option *tables[] = {own, settings, NULL};
    bool help = false;
    Error error = {0};
    if (!options_parse(tables, stop_at_operand, argc, argv, &help, &error) ||
        (!help && !config_apply(config, &error))) {
        fprintf(stderr, "kontor %s: %s\n", argv[0], error.message);
        *exit_code = EXIT_USAGE;
        return false;
    }
    if (help) {
        help_print(argv[0], usage, settings);
        *exit_code = EXIT_OK;
        return false;
    }
    return true;
}
