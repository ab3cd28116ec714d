#include "cmd/verb.h"

#include <stdio.h>
#include <string.h>

int verb_failed(const char *verb, const Error *error)
{
    fprintf(stderr, "kontor %s: %s\n", verb, error->message);
    return EXIT_FAILED;
}

static void print_help(const VerbUsage *usage, const Option *settings)
{
    printf("%s\n\n%s\n", usage->synopsis, usage->description);
    if (usage->options != NULL) {
        printf("\nOptions:\n");
        options_print(usage->options);
    }
    printf("\nConfiguration (each also as a KONTOR_* variable):\n");
    options_print(settings);
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
        print_help(usage, settings);
        *exit_code = EXIT_OK;
        return false;
    }
    return true;
}
