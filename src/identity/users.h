/* Local users: a file of their names, organisations and hashed passwords. */
#ifndef KONTOR_IDENTITY_USERS_H
#define KONTOR_IDENTITY_USERS_H

#include <stdbool.h>
#include <sys/stat.h>

#include "base/arena.h"
#include "base/config.h"
#include "base/error.h"

typedef struct User {
    const char *name; /* 1 to 64 characters of [A-Za-z0-9._@-] */
    const char *org_id;
    const char *account_number; /* "": none */
    const char *email;          /* "": none */
    const char *const *groups;  /* NULL-terminated */
    bool is_org_admin;
    const char *password; /* its hash (identity/password.h) */
} User;

/* A list of users in an arena, in the order of the file. */
typedef struct UserList {
    User *users;
    int count;
} UserList;

/* 1 to 64 letters of ASCII, digits and ._@- */
bool user_name_valid(const char *name);

/* The users of that name, or NULL. */
User *user_find(const UserList *list, const char *name);

/* The file of the configuration: the setting, else users.json in the data directory. */
const char *users_path(const Config *config, Arena *arena);

/* Reads a document {"users": [{"name", "org_id", "account_number", "email", "groups", "admin",
 * "password"}]}. ERROR_DATA names what is wrong. */
bool users_parse(Arena *arena, const char *text, size_t length, UserList *list, Error *error);

/* Reads the file; a missing one is ERROR_NOT_FOUND. */
bool users_read(Arena *arena, const char *path, UserList *list, Error *error);

/* Replaces the file as a whole, with mode 0600, for the owner of the folder. */
bool users_write(Arena *arena, const char *path, const UserList *list, Error *error);

/* Holds the file against other writers until the descriptor is closed; -1 on failure. */
int users_lock(Arena *arena, const char *path, Error *error);

#endif
