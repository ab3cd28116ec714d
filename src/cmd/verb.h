/* What main.c needs to know of a verb. */
#ifndef KONTOR_CMD_VERB_H
#define KONTOR_CMD_VERB_H

#include "base/config.h"

/* The exit codes of every verb. */
enum { EXIT_OK = 0, EXIT_FAILED = 1, EXIT_USAGE = 2 };

/* One verb of the command line. `config` holds defaults and environment; the verb reads its own
 * options and the configuration's from argv[1..] (argv[0] is the verb) by verb_options. */
typedef struct Verb {
    const char *name;
    const char *summary; /* one line of `kontor --help` */
    int (*run)(Config *config, int argc, char **argv);
} Verb;

/* All verbs in the order of their names; ends with a NULL name. */
extern const Verb VERBS[];

/* NULL when there is no such verb. */
const Verb *verb_find(const char *name);

typedef enum VerbOperands {
    OPERANDS_NONE, /* anything that is no option is a mistake */
    OPERANDS_ANY,
    OPERANDS_END_OPTIONS, /* everything from the first operand on is left alone */
} VerbOperands;

/* What a verb says of itself for --help, and what it takes beside the configuration's options. */
typedef struct VerbUsage {
    const char *synopsis;    /* "kontor report FILE… [options]" */
    const char *description; /* a few lines */
    const Option *options;   /* its own table, or NULL */
    VerbOperands operands;
} VerbUsage;

/* Parses, applies the configuration (clock, log), answers --help. Returns true to go on with the
 * operands in argv[1..*argc-1]; false when the verb must return *exit_code at once. */
bool verb_options(const VerbUsage *usage, Config *config, int *argc, char **argv, int *exit_code);

/* Warns in the log of variables that look like settings and are none; of verbs that keep running.
 */
void verb_check_environment(void);

/* Does --format ask for JSON (*json), or for a table? False, with a message, for anything else. */
bool verb_format(const char *verb, const char *format, bool *json);

/* Prints "kontor VERB: message" on standard error; returns EXIT_FAILED. */
int verb_failed(const char *verb, const Error *error);

/* Verbs, one a file of cmd/. */
int cmd_audit(Config *config, int argc, char **argv);
int cmd_check_s3(Config *config, int argc, char **argv);
int cmd_completion(Config *config, int argc, char **argv);
int cmd_config(Config *config, int argc, char **argv);
int cmd_download_report(Config *config, int argc, char **argv);
int cmd_export(Config *config, int argc, char **argv);
int cmd_export_config(Config *config, int argc, char **argv);
int cmd_explain(Config *config, int argc, char **argv);
int cmd_import_config(Config *config, int argc, char **argv);
int cmd_import_koku(Config *config, int argc, char **argv);
int cmd_import_organization(Config *config, int argc, char **argv);
int cmd_ingest(Config *config, int argc, char **argv);
int cmd_man(Config *config, int argc, char **argv);
int cmd_providers(Config *config, int argc, char **argv);
int cmd_psql(Config *config, int argc, char **argv);
int cmd_purge(Config *config, int argc, char **argv);
int cmd_report(Config *config, int argc, char **argv);
int cmd_rotate_key(Config *config, int argc, char **argv);
int cmd_sample_data(Config *config, int argc, char **argv);
int cmd_serve(Config *config, int argc, char **argv);
int cmd_sources(Config *config, int argc, char **argv);
int cmd_user(Config *config, int argc, char **argv);
int cmd_worker(Config *config, int argc, char **argv);

#endif
