/* Command-line options as tables: `--name VALUE`, `--name=VALUE`, `--flag`. */
#ifndef KONTOR_BASE_OPTIONS_H
#define KONTOR_BASE_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

typedef enum OptionType {
    OPTION_FLAG, /* bool: the option stands alone; "--no-x" clears it */
    OPTION_TEXT, /* const char * */
    OPTION_INT,  /* int, not negative */
    OPTION_SIZE, /* int64_t bytes: "256MB", "1GiB", "4096" (powers of 1024) */
} OptionType;

/* One option. A verb's table ends with a row whose name is NULL. */
typedef struct Option {
    const char *name; /* without the dashes */
    OptionType type;
    void *target;         /* set only when the option is given */
    const char *argument; /* what stands for the value in the help: "DIR" */
    const char *help;
} Option;

/* "_" in a written name counts as "-". Takes the options of `tables` (NULL-terminated) out of
 * argv[1..]; what is left (operands, and everything from "--" or, when `stop_at_operand`, from the
 * first operand on) is moved to the front and counted in *argc. Unknown options and bad values fail
 * with a message that names them.
 * `--help` sets *help. */
bool options_parse(const Option *const *tables, bool stop_at_operand, int *argc, char **argv,
                   bool *help, Error *error);

/* Sets one option from text (also from the environment). */
bool option_set(const Option *option, const char *value, Error *error);

/* Prints the help lines of a table on standard output. */
void options_print(const Option *table);

#endif
