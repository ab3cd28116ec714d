#include "cmd/verb.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "cmd/help.h"

int verb_failed(const char *verb, const Error *error)
{
    fprintf(stderr, "kontor %s: %s\n", verb, error->message);
    return EXIT_FAILED;
}

void verb_check_environment(void)
{
    const char *entry;
    for (int next = 0; (entry = config_unknown_variable(environ, &next)) != NULL;) {
        log_warning("cmd", "the variable %.*s is no setting; kontor config lists them",
                    (int)strcspn(entry, "="), entry);
    }
}

bool verb_options(const VerbUsage *usage, Config *config, int *argc, char **argv, int *exit_code)
{
    static const Option NONE[] = {{0}};
    const Option *own = usage->options != NULL ? usage->options : NONE;
    const Option *settings = config_options(config);
    const Option *tables[] = {own, settings, NULL};
    bool help = false;
    Error error = {0};
    bool good =
        options_parse(tables, usage->operands == OPERANDS_END_OPTIONS, argc, argv, &help, &error);
    if (good && !help && usage->operands == OPERANDS_NONE && *argc > 1) {
        good = error_set(&error, ERROR_INVALID, "\"%s\" is not expected; --help lists the options",
                         argv[1]);
    }
    if (!good || (!help && !config_apply(config, &error))) {
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

bool verb_format(const char *verb, const char *format, bool *json)
{
    *json = strcmp(format, "json") == 0;
    if (*json || strcmp(format, "table") == 0) {
        return true;
    }
    fprintf(stderr, "kontor %s: --format: \"%s\" is not table or json\n", verb, format);
    return false;
}
