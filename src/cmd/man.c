#include <stdio.h>

#include "cmd/help.h"
#include "cmd/verb.h"

static const VerbUsage USAGE = {"kontor man [VERB]",
                                "Prints the manual page of a verb, or without one the page of all, "
                                "in the form that man reads:\n"
                                "kontor man report | man -l -",
                                NULL, OPERANDS_ANY};

static void print_overview(void)
{
    printf(".TH KONTOR 1 \"\" \"kontor %s\" \"Kontor\"\n.SH NAME\n"
           "kontor \\- cost management on your own premises\n"
           ".SH SYNOPSIS\n.B kontor\n.I VERB\n[options]\n.SH VERBS\n",
           KONTOR_VERSION);
    for (const Verb *verb = VERBS; verb->name != NULL; verb++) {
        printf(".TP\n.B %s\n%s\n", verb->name, verb->summary);
    }
    fputs(".SH SEE ALSO\n", stdout);
    for (const Verb *verb = VERBS; verb->name != NULL; verb++) {
        printf(".BR kontor\\-%s (1)%s\n", verb->name, verb[1].name != NULL ? "," : "");
    }
}

int cmd_man(Config *config, int argc, char **argv)
{
    int exit_code;
    if (!verb_options(&USAGE, config, &argc, argv, &exit_code)) {
        return exit_code;
    }
    if (argc == 1) {
        print_overview();
        return EXIT_OK;
    }
    const Verb *verb = verb_find(argv[1]);
    if (verb == NULL || argc > 2) {
        fprintf(stderr, "kontor man: \"%s\" is no verb; kontor --help lists them\n",
                argv[verb == NULL ? 1 : 2]);
        return EXIT_USAGE;
    }
    help_set_form(HELP_MAN);
    help_of_verb(verb, config);
    return EXIT_OK;
}
