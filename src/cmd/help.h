/* What a verb says of itself, in the form that is wanted: text for people, a manual page, or the
 * completions of a shell. A verb gives it by verb_options when it is called with --help. */
#ifndef KONTOR_CMD_HELP_H
#define KONTOR_CMD_HELP_H

#include "cmd/verb.h"

typedef enum HelpForm {
    HELP_TEXT, /* the default */
    HELP_MAN,  /* roff with the macros of man(7) */
    HELP_BASH,
    HELP_ZSH,
    HELP_FISH,
} HelpForm;

/* The form of what is printed from now on. */
void help_set_form(HelpForm form);

/* Prints it on standard output: the verb's own options and the configuration's. */
void help_print(const char *verb, const VerbUsage *usage, const Option *settings);

/* Has a verb print it in the form that is set. */
void help_of_verb(const Verb *verb, Config *config);

#endif
