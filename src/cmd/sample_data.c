#include <stdio.h>

#include "cmd/verb.h"
#include "ingest/sample_report.h"

static void print_file(void *context, const char *path, size_t bytes)
{
    (void)context;
    printf("%s (%zu bytes)\n", path, bytes);
}

int cmd_sample_data(Config *config, int argc, char **argv)
{
    SampleReport report = SAMPLE_REPORT_DEFAULT;
    const Option options[] = {
        {"bucket", OPTION_TEXT, &report.bucket, "NAME",
         "directory below DIR that stands for the bucket"},
        {"report-name", OPTION_TEXT, &report.name, "NAME", "name of the report"},
        {"report-prefix", OPTION_TEXT, &report.prefix, "PREFIX",
         "folder in the bucket before the report"},
        {0},
    };
    const VerbUsage usage = {
        "kontor sample-data DIR [--bucket NAME] [--report-name NAME] [--report-prefix PREFIX]",
        "Writes an AWS cost and usage report of this month (to today) and the last, as AWS lays "
        "it\n"
        "out in a bucket. The same days give the same bytes. Read it with the endpoint file://DIR.",
        options, OPERANDS_ANY};
    int exit_code;
    if (!verb_options(&usage, config, &argc, argv, &exit_code)) {
        return exit_code;
    }
    if (argc != 2) {
        fprintf(stderr, "kontor sample-data: name the directory; --help tells more\n");
        return EXIT_USAGE;
    }
    Error error = {0};
    Arena *arena = arena_new();
    int lines;
    bool done = sample_report_write(arena, argv[1], &report, print_file, NULL, &lines, &error);
    if (done) {
        printf("%d lines in bucket %s, report %s\n", lines, report.bucket, report.name);
    }
    arena_free(arena);
    return done ? EXIT_OK : verb_failed("sample-data", &error);
}
