#include <stdio.h>

#include "cmd/verb.h"

int cmd_config(Config *config, int argc, char **argv)
{
    static const VerbUsage USAGE = {
        "kontor config",
        "Prints every setting with its variable and default, as docs/configuration.md has them.",
        NULL, OPERANDS_NONE};
    int exit_code;
    if (!verb_options(&USAGE, config, &argc, argv, &exit_code)) {
        return exit_code;
    }
    config_print_markdown(stdout);
    return EXIT_OK;
}
