#include <stdio.h>
#include <string.h>

#include "cmd/help.h"
#include "cmd/verb.h"

static const VerbUsage USAGE = {
    "kontor completion bash|zsh|fish",
    "Prints completions of verbs and options for a shell:\n"
    "  bash: kontor completion bash > /usr/share/bash-completion/completions/kontor\n"
    "  zsh:  kontor completion zsh > \"${fpath[1]}/_kontor\"\n"
    "  fish: kontor completion fish > ~/.config/fish/completions/kontor.fish",
    NULL, OPERANDS_ANY};

static void all_verbs(HelpForm form, Config *config)
{
    help_set_form(form);
    for (const Verb *verb = VERBS; verb->name != NULL; verb++) {
        help_of_verb(verb, config);
    }
}

static void bash(Config *config)
{
    fputs(
        "_kontor() {\n"
        "    local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} options valued\n"
        "    if [ \"$COMP_CWORD\" -eq 1 ]; then\n"
        "        COMPREPLY=($(compgen -W \"",
        stdout);
    for (const Verb *verb = VERBS; verb->name != NULL; verb++) {
        printf("%s%s", verb->name, verb[1].name != NULL ? " " : "");
    }
    fputs("\" -- \"$cur\"))\n"
          "        return\n"
          "    fi\n"
          "    case ${COMP_WORDS[1]} in\n",
          stdout);
    all_verbs(HELP_BASH, config);
    fputs("    esac\n"
          "    case $valued in *\" $prev \"*) return ;; esac\n"
          "    case $cur in -*) COMPREPLY=($(compgen -W \"$options\" -- \"$cur\")) ;; esac\n"
          "}\n"
          "complete -o default -F _kontor kontor\n",
          stdout);
}

static void zsh(Config *config)
{
    fputs("#compdef kontor\n"
          "_kontor() {\n"
          "    local -a verbs=(\n",
          stdout);
    for (const Verb *verb = VERBS; verb->name != NULL; verb++) {
        printf("        \"%s:%s\"\n", verb->name, verb->summary);
    }
    fputs("    )\n"
          "    if (( CURRENT == 2 )); then\n"
          "        _describe verb verbs\n"
          "        return\n"
          "    fi\n"
          "    local verb=$words[2]\n"
          "    shift words\n"
          "    (( CURRENT-- ))\n"
          "    case $verb in\n",
          stdout);
    all_verbs(HELP_ZSH, config);
    fputs("    esac\n"
          "}\n"
          "if [ \"$funcstack[1]\" = _kontor ]; then _kontor \"$@\"; else compdef _kontor kontor; "
          "fi\n",
          stdout);
}

static void fish(Config *config)
{
    for (const Verb *verb = VERBS; verb->name != NULL; verb++) {
        const char *summary = verb->summary;
        printf("complete -c kontor -n __fish_use_subcommand -f -a %s -d '", verb->name);
        for (; *summary != '\0'; summary++) {
            fputs(*summary == '\'' ? "\\'" : (char[]){*summary, '\0'}, stdout);
        }
        fputs("'\n", stdout);
    }
    all_verbs(HELP_FISH, config);
}

static const struct {
    const char *name;
    void (*print)(Config *config);
} SHELLS[] = {{"bash", bash}, {"zsh", zsh}, {"fish", fish}};

int cmd_completion(Config *config, int argc, char **argv)
{
    int exit_code;
    if (!verb_options(&USAGE, config, &argc, argv, &exit_code)) {
        return exit_code;
    }
    for (size_t i = 0; i < sizeof SHELLS / sizeof *SHELLS; i++) {
        if (argc == 2 && strcmp(argv[1], SHELLS[i].name) == 0) {
            SHELLS[i].print(config);
            return EXIT_OK;
        }
    }
    fprintf(stderr, "kontor completion: say for which shell: bash, zsh or fish\n");
    return EXIT_USAGE;
}
