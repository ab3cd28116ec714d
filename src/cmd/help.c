#include "cmd/help.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

static HelpForm chosen = HELP_TEXT;

void help_set_form(HelpForm form)
{
    chosen = form;
}

static void print_text(const char *verb, const VerbUsage *usage, const Option *settings)
{
    (void)verb;
    printf("%s\n\n%s\n", usage->synopsis, usage->description);
    if (usage->options != NULL) {
        printf("\nOptions:\n");
        options_print(usage->options);
    }
    printf("\nConfiguration (each also as a KONTOR_* variable):\n");
    options_print(settings);
}

/* One character of UTF-8 that is none of ASCII, as roff names it; its bytes. */
static int put_roff_unicode(const char *text)
{
    int more = ((unsigned char)*text >= 0xe0) + ((unsigned char)*text >= 0xf0) + 1;
    unsigned code = (unsigned char)*text & (0x3fu >> more);
    for (int i = 1; i <= more; i++) {
        code = code << 6 | ((unsigned char)text[i] & 0x3f);
    }
    printf("\\[u%04X]", code);
    return more + 1;
}

/* Text that roff prints as it is: no hyphen becomes a dash, no line a request. */
static void put_roff(const char *text)
{
    bool line_start = true;
    while (*text != '\0') {
        if (line_start && (*text == '.' || *text == '\'')) {
            fputs("\\&", stdout);
        }
        line_start = *text == '\n';
        if ((unsigned char)*text >= 0x80) {
            text += put_roff_unicode(text);
            continue;
        }
        if (*text == '\\' || *text == '-') {
            fputs(*text == '-' ? "\\-" : "\\e", stdout);
        } else {
            putchar(*text);
        }
        text++;
    }
}

static void put_roff_options(const char *title, const Option *table)
{
    printf(".SH %s\n", title);
    for (const Option *option = table; option->name != NULL; option++) {
        fputs(".TP\n.B \\-\\-", stdout);
        put_roff(option->name);
        if (option->argument != NULL) {
            fputs(" \\fI", stdout);
            put_roff(option->argument);
            fputs("\\fR", stdout);
        }
        putchar('\n');
        put_roff(option->help);
        putchar('\n');
    }
}

static void put_upper(const char *text)
{
    for (; *text != '\0'; text++) {
        putchar(toupper((unsigned char)*text));
    }
}

static void print_man(const char *verb, const VerbUsage *usage, const Option *settings)
{
    fputs(".TH \"KONTOR\\-", stdout);
    put_upper(verb);
    printf("\" 1 \"\" \"kontor %s\" \"Kontor\"\n.nh\n.SH NAME\nkontor\\-", KONTOR_VERSION);
    put_roff(verb);
    fputs(" \\- ", stdout);
    put_roff(verb_find(verb)->summary);
    fputs("\n.SH SYNOPSIS\n.nf\n", stdout);
    put_roff(usage->synopsis);
    fputs("\n.fi\n.SH DESCRIPTION\n", stdout);
    put_roff(usage->description);
    putchar('\n');
    if (usage->options != NULL) {
        put_roff_options("OPTIONS", usage->options);
    }
    put_roff_options("CONFIGURATION", settings);
    fputs("Each setting is also a variable: KONTOR_ and its name in capitals, with underscores.\n"
          ".SH EXIT STATUS\n0 when it is done, 1 when it failed, 2 for wrong options.\n"
          ".SH SEE ALSO\n.BR kontor (1)\n",
          stdout);
}

static bool takes_value(const Option *option)
{
    return option->type != OPTION_FLAG;
}

static void put_bash_options(const Option *table, bool with_value)
{
    for (const Option *option = table; table != NULL && option->name != NULL; option++) {
        if (!with_value || takes_value(option)) {
            printf(" --%s", option->name);
        }
    }
}

/* A branch of the script's case: all options, and those that a value follows. */
static void print_bash(const char *verb, const VerbUsage *usage, const Option *settings)
{
    printf("        %s)\n            options=\"--help", verb);
    put_bash_options(usage->options, false);
    put_bash_options(settings, false);
    fputs("\"\n            valued=\"", stdout);
    put_bash_options(usage->options, true);
    put_bash_options(settings, true);
    fputs(" \"\n            ;;\n", stdout);
}

/* Text inside single quotes; zsh also ends a description at a bracket or a colon. */
static void put_quoted(const char *text, const char *special)
{
    for (; *text != '\0'; text++) {
        if (*text == '\'') {
            fputs("'\\''", stdout);
        } else {
            if (strchr(special, *text) != NULL) {
                putchar('\\');
            }
            putchar(*text);
        }
    }
}

static void put_zsh_options(const Option *table)
{
    for (const Option *option = table; table != NULL && option->name != NULL; option++) {
        printf(" \\\n                '--%s[", option->name);
        put_quoted(option->help, "[]:\\");
        putchar(']');
        if (takes_value(option)) {
            putchar(':');
            put_quoted(option->argument != NULL ? option->argument : "value", "[]:\\");
            fputs(":_files", stdout);
        }
        putchar('\'');
    }
}

static void print_zsh(const char *verb, const VerbUsage *usage, const Option *settings)
{
    printf("            %s)\n            _arguments '--help[say what it does]'", verb);
    put_zsh_options(usage->options);
    put_zsh_options(settings);
    fputs(" \\\n                '*:file:_files'\n            ;;\n", stdout);
}

static void put_fish_options(const char *verb, const Option *table)
{
    for (const Option *option = table; table != NULL && option->name != NULL; option++) {
        printf("complete -c kontor -n '__fish_seen_subcommand_from %s' -l %s%s -d '", verb,
               option->name, takes_value(option) ? " -r" : "");
        put_quoted(option->help, "");
        fputs("'\n", stdout);
    }
}

static void print_fish(const char *verb, const VerbUsage *usage, const Option *settings)
{
    put_fish_options(verb, usage->options);
    put_fish_options(verb, settings);
}

typedef void HelpPrinter(const char *verb, const VerbUsage *usage, const Option *settings);

static HelpPrinter *const PRINTERS[] = {
    [HELP_TEXT] = print_text, [HELP_MAN] = print_man,   [HELP_BASH] = print_bash,
    [HELP_ZSH] = print_zsh,   [HELP_FISH] = print_fish,
};

void help_print(const char *verb, const VerbUsage *usage, const Option *settings)
{
    PRINTERS[chosen](verb, usage, settings);
}

void help_of_verb(const Verb *verb, Config *config)
{
    char name[64], help[] = "--help";
    snprintf(name, sizeof name, "%s", verb->name);
    char *words[] = {name, help, NULL};
    verb->run(config, 2, words);
}
