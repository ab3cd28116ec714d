/* The table of verbs. */
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "cmd/verb.h"

static const Verb VERBS[] = {
    {"audit", "who changed which source", cmd_audit},
    {"check-s3", "try the object storage", cmd_check_s3},
    {"config", "print all settings", cmd_config},
    {"download_report", "fetch a provider's reports now", cmd_download_report},
    {"download-report", "the same", cmd_download_report},
    {"explain", "why a provider is, or is not, processed", cmd_explain},
    {"ingest", "look at all buckets now, ingest what is new", cmd_ingest},
    {"providers", "list the providers", cmd_providers},
    {"psql", "open psql on the database", cmd_psql},
    {"purge", "take away months that are too old", cmd_purge},
    {"report", "sum report files, without database or server", cmd_report},
    {"rotate-key", "make a new key for stored passwords", cmd_rotate_key},
    {"sample-data", "write sample reports", cmd_sample_data},
    {"serve", "run the server", cmd_serve},
    {"sources", "list and change the sources of an organisation", cmd_sources},
    {"user", "local users and their passwords", cmd_user},
    {"worker", "do jobs of the ingest, without a server", cmd_worker},
};

enum { VERB_COUNT = sizeof VERBS / sizeof *VERBS };

static void print_help(FILE *out)
{
    fprintf(out,
            "kontor %s: cost management on your own premises\n\nusage: kontor VERB [options]\n\n",
            KONTOR_VERSION);
    for (int i = 0; i < VERB_COUNT; i++) {
        fprintf(out, "  %-16s %s\n", VERBS[i].name, VERBS[i].summary);
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
    for (int i = 0; i < VERB_COUNT; i++) {
        if (strcmp(argv[1], VERBS[i].name) == 0) {
            Config config;
            Error error = {0};
            if (!config_load(&config, &error)) {
                verb_failed(argv[1], &error);
                return EXIT_USAGE;
            }
            return VERBS[i].run(&config, argc - 1, argv + 1);
        }
    }
    fprintf(stderr, "kontor: there is no verb \"%s\"; kontor --help lists them\n", argv[1]);
    return EXIT_USAGE;
}
