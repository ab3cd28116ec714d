#include "identity/users.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/files.h"
#include "base/json.h"
#include "identity/identity.h"

enum { NAME_MAX_LENGTH = 64, FILE_SIZE_MAX = 4 * 1024 * 1024 };

bool user_name_valid(const char *name)
{
    size_t length = strlen(name);
    for (const char *at = name; *at != '\0'; at++) {
        if (!isalnum((unsigned char)*at) && strchr("._@-", *at) == NULL) {
            return false;
        }
    }
    return length > 0 && length <= NAME_MAX_LENGTH;
}

User *user_find(const UserList *list, const char *name)
{
    for (int i = 0; i < list->count; i++) {
        if (strcmp(list->users[i].name, name) == 0) {
            return &list->users[i];
        }
    }
    return NULL;
}

const char *users_path(const Config *config, Arena *arena)
{
    return config->users_file != NULL ? config->users_file
                                      : arena_printf(arena, "%s/users.json", config->data_dir);
}

static const char *text_or_empty(const json_t *object, const char *key)
{
    const char *text = json_get_string(object, key);
    return text != NULL ? text : "";
}

static const char *const *read_groups(Arena *arena, const json_t *list)
{
    const char **groups = arena_array(arena, json_array_size(list) + 1, sizeof *groups);
    size_t index, count = 0;
    json_t *entry;
    json_array_foreach (list, index, entry) {
        if (json_is_string(entry)) {
            groups[count++] = json_string_value(entry);
        }
    }
    return groups;
}

static bool read_user(Arena *arena, const json_t *entry, UserList *list, Error *error)
{
    User user = {.name = text_or_empty(entry, "name"),
                 .org_id = text_or_empty(entry, "org_id"),
                 .account_number = text_or_empty(entry, "account_number"),
                 .email = text_or_empty(entry, "email"),
                 .groups = read_groups(arena, json_object_get(entry, "groups")),
                 .is_org_admin = json_is_true(json_object_get(entry, "admin")),
                 .password = text_or_empty(entry, "password")};
    if (!user_name_valid(user.name)) {
        return error_set(error, ERROR_DATA, "user %d has no valid name", list->count + 1);
    }
    if (!identity_org_valid(user.org_id)) {
        return error_set(error, ERROR_DATA, "user %s has no valid org_id", user.name);
    }
    if (user_find(list, user.name) != NULL) {
        return error_set(error, ERROR_DATA, "user %s is there twice", user.name);
    }
    list->users[list->count++] = user;
    return true;
}

bool users_parse(Arena *arena, const char *text, size_t length, UserList *list, Error *error)
{
    json_t *document = json_parse(arena, text, length, error);
    const json_t *entries = json_object_get(document, "users");
    *list = (UserList){.users = arena_array(arena, json_array_size(entries) + 1, sizeof(User))};
    if (document == NULL) {
        return false;
    }
    if (!json_is_array(entries)) {
        return error_set(error, ERROR_DATA, "there is no list \"users\"");
    }
    size_t index;
    json_t *entry;
    json_array_foreach (entries, index, entry) {
        if (!read_user(arena, entry, list, error)) {
            return false;
        }
    }
    return true;
}

bool users_read(Arena *arena, const char *path, UserList *list, Error *error)
{
    *list = (UserList){0};
    char *text = file_read(arena, path, FILE_SIZE_MAX);
    if (text == NULL) {
        return error_set(error, errno == ENOENT ? ERROR_NOT_FOUND : ERROR_UNAVAILABLE,
                         "users file %s: %s", path, strerror(errno));
    }
    return users_parse(arena, text, strlen(text), list, error) ||
           error_wrap(error, "users file %s", path);
}

static void write_user(JsonWriter *json, const User *user)
{
    json_begin_object(json);
    json_member_string(json, "name", user->name);
    json_member_string(json, "org_id", user->org_id);
    json_member_string(json, "account_number", user->account_number);
    json_member_string(json, "email", user->email);
    json_write_key(json, "groups");
    json_begin_array(json);
    for (const char *const *group = user->groups; group != NULL && *group != NULL; group++) {
        json_write_string(json, *group);
    }
    json_end(json);
    json_member_bool(json, "admin", user->is_org_admin);
    json_member_string(json, "password", user->password);
    json_end(json);
}

bool users_write(Arena *arena, const char *path, const UserList *list, Error *error)
{
    Buffer *text = buffer_new(arena);
    JsonWriter json = json_writer(text);
    json_begin_object(&json);
    json_write_key(&json, "users");
    json_begin_array(&json);
    for (int i = 0; i < list->count; i++) {
        buffer_append_char(text, '\n');
        write_user(&json, &list->users[i]);
    }
    json_end(&json);
    json_end(&json);
    buffer_append_char(text, '\n');
    /* Written beside it and moved: a server that reads now finds the old file or the new one. */
    const char *slash = strrchr(path, '/');
    const char *folder =
        slash != NULL ? arena_strndup(arena, path, (size_t)(slash - path) + 1) : ".";
    const char *next = arena_printf(arena, "%s.next", path);
    struct stat about;
    if (stat(folder, &about) != 0) {
        return error_set(error, ERROR_UNAVAILABLE, "folder %s: %s", folder, strerror(errno));
    }
    if (!file_write(next, 0600, geteuid() == 0 ? about.st_uid : geteuid(), about.st_gid, text->data,
                    error)) {
        return false;
    }
    return rename(next, path) == 0 ||
           error_set(error, ERROR_UNAVAILABLE, "users file %s: %s", path, strerror(errno));
}

int users_lock(Arena *arena, const char *path, Error *error)
{
    const char *name = arena_printf(arena, "%s.lock", path);
    int file = open(name, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (file < 0 || flock(file, LOCK_EX) != 0) {
        error_set(error, ERROR_UNAVAILABLE, "%s: %s", name, strerror(errno));
        if (file >= 0) {
            close(file);
        }
        return -1;
    }
    return file;
}
