/* Finds the verb (cmd/verbs.c) and runs it. */
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "cmd/verb.h"

static void print_help(FILE *out)
{
    fprintf(out,
            "kontor %s: cost management on your own premises\n\nusage: kontor VERB [options]\n\n",
            KONTOR_VERSION);
    for (const Verb *verb = VERBS; verb->name != NULL; verb++) {
        fprintf(out, "  %-19s %s\n", verb->name, verb->summary);
    }
    fprintf(out, "\n`kontor VERB --help` tells more of each.\n");
}

int main(int argc, char **argv)
{
    signal(SIGXFSZ, SIG_IGN); /* a file that may not grow is an error of its write */
    if (argc < 2) {
        print_help(stderr);
        return EXIT_USAGE;
    }
    if (strcmp(argv[1], "--version") == 0) {
        printf("kontor %s\n", KONTOR_VERSION);
        return EXIT_OK;
    }
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 ||
        strcmp(argv[1], "help") == 0) {
        print_help(stdout);
        return EXIT_OK;
    }
    const Verb *verb = verb_find(argv[1]);
    if (verb == NULL) {
        fprintf(stderr, "kontor: there is no verb \"%s\"; kontor --help lists them\n", argv[1]);
        return EXIT_USAGE;
    }
    Config config;
    Error error = {0};
    if (!config_load(&config, &error)) {
        verb_failed(argv[1], &error);
        return EXIT_USAGE;
    }
    return verb->run(&config, argc - 1, argv + 1);
}
