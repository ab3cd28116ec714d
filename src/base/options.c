#include "base/options.h"

#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static bool parse_size(const char *value, int64_t *size)
{
    static const struct {
        const char *unit;
        int shift;
    } UNITS[] = {{"", 0},    {"B", 0},    {"K", 10}, {"KB", 10}, {"KiB", 10}, {"M", 20},
                 {"MB", 20}, {"MiB", 20}, {"G", 30}, {"GB", 30}, {"GiB", 30}};
    char *end;
    errno = 0;
    long long number = strtoll(value, &end, 10);
    if (errno != 0 || end == value || number < 0) {
        return false;
    }
    for (size_t i = 0; i < sizeof UNITS / sizeof *UNITS; i++) {
        if (strcasecmp(end, UNITS[i].unit) == 0) {
            return !__builtin_mul_overflow(number, 1LL << UNITS[i].shift, size);
        }
    }
    return false;
}

static bool parse_flag(const char *value, bool *flag)
{
    static const char *const YES[] = {"1", "true", "yes", "on"};
    static const char *const NO[] = {"0", "false", "no", "off", ""};
    for (size_t i = 0; i < sizeof YES / sizeof *YES; i++) {
        if (strcasecmp(value, YES[i]) == 0) {
            *flag = true;
            return true;
        }
    }
    for (size_t i = 0; i < sizeof NO / sizeof *NO; i++) {
        if (strcasecmp(value, NO[i]) == 0) {
            *flag = false;
            return true;
        }
    }
    return false;
}

bool option_set(const Option *option, const char *value, Error *error)
{
    char *end;
    long number;
    switch (option->type) {
    case OPTION_FLAG:
        if (!parse_flag(value, option->target)) {
            return error_set(error, ERROR_INVALID, "--%s: \"%s\" is neither true nor false",
                             option->name, value);
        }
        return true;
    case OPTION_TEXT:
        *(const char **)option->target = value;
        return true;
    case OPTION_INT:
        errno = 0;
        number = strtol(value, &end, 10);
        if (errno != 0 || end == value || *end != '\0' || number < 0 || number > INT_MAX) {
            return error_set(error, ERROR_INVALID, "--%s: \"%s\" is not a whole number from 0",
                             option->name, value);
        }
        *(int *)option->target = (int)number;
        return true;
    case OPTION_SIZE:
        if (!parse_size(value, option->target)) {
            return error_set(error, ERROR_INVALID,
                             "--%s: \"%s\" is not a size such as 256MB or 1GiB", option->name,
                             value);
        }
        return true;
    }
    return false;
}

/* --provider_uuid is --provider-uuid: the guide writes it so. */
static bool is_name(const char *name, const char *written, size_t length)
{
    bool same = strlen(name) == length;
    for (size_t i = 0; same && i < length; i++) {
        same = name[i] == (written[i] == '_' ? '-' : written[i]);
    }
    return same;
}

static const Option *find(const Option *const *tables, const char *name, size_t length)
{
    for (; *tables != NULL; tables++) {
        for (const Option *option = *tables; option->name != NULL; option++) {
            if (is_name(option->name, name, length)) {
                return option;
            }
        }
    }
    return NULL;
}

/* One "--…" word; `next` is the word behind it, *took says that it was the value. */
static bool parse_one(const Option *const *tables, const char *word, const char *next, bool *took,
                      Error *error)
{
    const char *name = word + 2, *equals = strchr(name, '=');
    size_t length = equals != NULL ? (size_t)(equals - name) : strlen(name);
    const Option *option = find(tables, name, length);
    *took = false;
    if (option == NULL && strncmp(name, "no-", 3) == 0 && equals == NULL) {
        option = find(tables, name + 3, length - 3);
        if (option != NULL && option->type == OPTION_FLAG) {
            return option_set(option, "false", error);
        }
        option = NULL;
    }
    if (option == NULL) {
        return error_set(error, ERROR_INVALID, "unknown option %s; --help lists them", word);
    }
    if (equals != NULL) {
        return option_set(option, equals + 1, error);
    }
    if (option->type == OPTION_FLAG) {
        return option_set(option, "true", error);
    }
    if (next == NULL) {
        return error_set(error, ERROR_INVALID, "option --%s needs a value: --%s %s", option->name,
                         option->name, option->argument);
    }
    *took = true;
    return option_set(option, next, error);
}

bool options_parse(const Option *const *tables, bool stop_at_operand, int *argc, char **argv,
                   bool *help, Error *error)
{
    int kept = 1;
    bool only_operands = false;
    *help = false;
    for (int i = 1; i < *argc; i++) {
        if (only_operands || argv[i][0] != '-' || argv[i][1] != '-') {
            bool short_help = !only_operands && strcmp(argv[i], "-h") == 0;
            *help = *help || short_help;
            only_operands = only_operands || (stop_at_operand && !short_help);
            argv[kept++] = argv[i];
        } else if (argv[i][2] == '\0') {
            only_operands = true;
        } else if (strcmp(argv[i], "--help") == 0) {
            *help = true;
        } else {
            bool took;
            if (!parse_one(tables, argv[i], i + 1 < *argc ? argv[i + 1] : NULL, &took, error)) {
                return false;
            }
            i += took;
        }
    }
    *argc = kept;
    argv[kept] = NULL;
    return true;
}

void options_print(const Option *table)
{
    for (const Option *option = table; option->name != NULL; option++) {
        char left[64];
        snprintf(left, sizeof left, "--%s%s%s", option->name, option->argument != NULL ? " " : "",
                 option->argument != NULL ? option->argument : "");
        printf("  %-30s %s\n", left, option->help);
    }
}
