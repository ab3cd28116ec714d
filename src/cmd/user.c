#include <stdio.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "cmd/verb.h"
#include "identity/identity.h"
#include "identity/password.h"
#include "identity/users.h"

enum { GROUPS_MAX = 64 };

/* What the command line says. */
typedef struct Wish {
    Arena *arena;
    const Config *config;
    const char *path;
    const char *name;
    const char *org;
    const char *account;
    const char *email;
    const char *groups; /* comma-separated */
    bool admin;
} Wish;

/* One line of standard input, without showing it when a person types it. */
static bool read_line(const char *prompt, char *line, int size)
{
    struct termios before;
    bool terminal = isatty(STDIN_FILENO) && tcgetattr(STDIN_FILENO, &before) == 0;
    if (terminal) {
        struct termios silent = before;
        silent.c_lflag &= ~(tcflag_t)ECHO;
        fputs(prompt, stderr);
        tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent);
    }
    bool got = fgets(line, size, stdin) != NULL;
    if (terminal) {
        tcsetattr(STDIN_FILENO, TCSAFLUSH, &before);
        fputc('\n', stderr);
    }
    line[got ? strcspn(line, "\r\n") : 0] = '\0';
    return got;
}

/* The hash of a password that is typed twice, or stands in the first line of standard input. */
static const char *ask_password(Arena *arena, Error *error)
{
    char password[PASSWORD_MAX + 2], again[PASSWORD_MAX + 2];
    const char *hash = NULL;
    bool typed = isatty(STDIN_FILENO);
    if (!read_line("Password: ", password, sizeof password) || strlen(password) < PASSWORD_MIN ||
        strlen(password) > PASSWORD_MAX) {
        error_set(error, ERROR_INVALID,
                  "the password, in the first line of standard input, must have %d to %d bytes",
                  PASSWORD_MIN, PASSWORD_MAX);
    } else if (typed && (!read_line("The same again: ", again, sizeof again) ||
                         strcmp(password, again) != 0)) {
        error_set(error, ERROR_INVALID, "the two are not the same");
    } else {
        hash = password_hash(arena, password);
        if (hash == NULL) {
            error_set(error, ERROR_INTERNAL, "out of memory");
        }
    }
    explicit_bzero(password, sizeof password);
    explicit_bzero(again, sizeof again);
    return hash;
}

static const char *const *split_groups(Arena *arena, const char *list)
{
    const char **groups = arena_array(arena, GROUPS_MAX + 1, sizeof *groups);
    int count = 0;
    while (list != NULL && *list != '\0' && count < GROUPS_MAX) {
        size_t length = strcspn(list, ",");
        if (length > 0) {
            groups[count++] = arena_strndup(arena, list, length);
        }
        list += length + (list[length] == ',');
    }
    return groups;
}

static bool add(const Wish *wish, UserList *list, Error *error)
{
    if (!user_name_valid(wish->name)) {
        return error_set(error, ERROR_INVALID,
                         "a name has 1 to 64 letters, digits, '.', '_', '@' or '-'");
    }
    if (wish->org == NULL || !identity_org_valid(wish->org)) {
        return error_set(
            error, ERROR_INVALID,
            "name the user's organisation with --org (letters, digits, '.', '_', '-')");
    }
    if (user_find(list, wish->name) != NULL) {
        return error_set(error, ERROR_CONFLICT,
                         "there is a user %s; kontor user passwd changes "
                         "the password",
                         wish->name);
    }
    const char *hash = ask_password(wish->arena, error);
    if (hash == NULL) {
        return false;
    }
    User *users = arena_array(wish->arena, (size_t)list->count + 1, sizeof *users);
    for (int i = 0; i < list->count; i++) {
        users[i] = list->users[i];
    }
    users[list->count++] = (User){.name = wish->name,
                                  .org_id = wish->org,
                                  .account_number = wish->account != NULL ? wish->account : "",
                                  .email = wish->email != NULL ? wish->email : "",
                                  .groups = split_groups(wish->arena, wish->groups),
                                  .is_org_admin = wish->admin,
                                  .password = hash};
    list->users = users;
    return true;
}

/* The user whom the command names; NULL and an Error when there is none. */
static User *named(const Wish *wish, const UserList *list, Error *error)
{
    User *user = user_find(list, wish->name);
    if (user == NULL) {
        error_set(error, ERROR_NOT_FOUND, "there is no user %s", wish->name);
    }
    return user;
}

static bool take_away(const Wish *wish, UserList *list, Error *error)
{
    User *user = named(wish, list, error);
    if (user == NULL) {
        return false;
    }
    list->count--;
    memmove(user, user + 1, (size_t)(list->users + list->count - user) * sizeof *user);
    return true;
}

static bool change_password(const Wish *wish, UserList *list, Error *error)
{
    User *user = named(wish, list, error);
    const char *hash = user != NULL ? ask_password(wish->arena, error) : NULL;
    if (hash != NULL) {
        user->password = hash;
    }
    return hash != NULL;
}

static bool print_list(const UserList *list)
{
    printf("%-20s %-20s %-6s %-24s %s\n", "NAME", "ORG", "ADMIN", "EMAIL", "GROUPS");
    for (int i = 0; i < list->count; i++) {
        const User *user = &list->users[i];
        printf("%-20s %-20s %-6s %-24s", user->name, user->org_id,
               user->is_org_admin ? "yes" : "no", *user->email != '\0' ? user->email : "-");
        for (const char *const *group = user->groups; *group != NULL; group++) {
            printf("%s%s", group == user->groups ? " " : ",", *group);
        }
        printf("\n");
    }
    return true;
}

static const struct {
    const char *name;
    const char *done;
    bool (*change)(const Wish *wish, UserList *list, Error *error);
} ACTIONS[] = {
    {"add", "added", add},
    {"passwd", "has a new password", change_password},
    {"remove", "removed", take_away},
};

/* Reads the file, changes the list, writes it; nobody else writes meanwhile. */
static bool change_file(const Wish *wish, size_t action, Error *error)
{
    UserList list;
    int lock = users_lock(wish->arena, wish->path, error);
    if (lock < 0) {
        return false;
    }
    bool done = users_read(wish->arena, wish->path, &list, error);
    if (!done && error->code == ERROR_NOT_FOUND) {
        error_clear(error);
        done = true;
    }
    done = done && ACTIONS[action].change(wish, &list, error) &&
           users_write(wish->arena, wish->path, &list, error);
    close(lock);
    if (done) {
        printf("%s %s\n", wish->name, ACTIONS[action].done);
    }
    return done;
}

static bool run_action(Wish *wish, int argc, char **argv, Error *error)
{
    const char *name = argc > 1 ? argv[1] : "list";
    if (strcmp(name, "list") == 0 && argc <= 2) {
        UserList list;
        bool read = users_read(wish->arena, wish->path, &list, error);
        return (read || error->code == ERROR_NOT_FOUND) && print_list(&list);
    }
    for (size_t i = 0; i < sizeof ACTIONS / sizeof *ACTIONS; i++) {
        if (strcmp(ACTIONS[i].name, name) == 0) {
            wish->name = argc == 3 ? argv[2] : "";
            return argc == 3 ? change_file(wish, i, error)
                             : error_set(error, ERROR_INVALID, "usage: kontor user %s NAME", name);
        }
    }
    return error_set(error, ERROR_INVALID, "there is no action \"%s\"; --help lists them", name);
}

int cmd_user(Config *config, int argc, char **argv)
{
    Wish wish = {.config = config};
    const Option options[] = {
        {"org", OPTION_TEXT, &wish.org, "ORG", "add: the user's organisation"},
        {"account", OPTION_TEXT, &wish.account, "NUMBER", "add: its account number"},
        {"email", OPTION_TEXT, &wish.email, "ADDRESS", "add: the user's address"},
        {"groups", OPTION_TEXT, &wish.groups, "NAMES", "add: groups, comma-separated"},
        {"admin", OPTION_FLAG, &wish.admin, NULL, "add: the user is the organisation's admin"},
        {0},
    };
    const VerbUsage usage = {
        "kontor user [list | add NAME --org ORG | passwd NAME | remove NAME] [options]",
        "Local users, who sign in by a password. It is asked for, or read from the first line of\n"
        "standard input. A running server goes by the new list at once; from the first user on it\n"
        "believes identity headers no more (docs/access.md).",
        options, OPERANDS_ANY};
    int exit_code;
    if (!verb_options(&usage, config, &argc, argv, &exit_code)) {
        return exit_code;
    }
    Error error = {0};
    wish.arena = arena_new();
    wish.path = users_path(config, wish.arena);
    exit_code = run_action(&wish, argc, argv, &error) ? EXIT_OK : verb_failed("user", &error);
    arena_free(wish.arena);
    return exit_code;
}
