#include "base/secret_key.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PATH_SIZE = 4096 };

static bool find_file(const Config *config, char path[PATH_SIZE], Error *error)
{
    if (config->secret_key_file != NULL) {
        snprintf(path, PATH_SIZE, "%s", config->secret_key_file);
        return true;
    }
    /* With a database of the user's own nothing has made the data directory yet. */
    if (mkdir(config->data_dir, 0755) != 0 && errno != EEXIST) {
        return error_set(error, ERROR_UNAVAILABLE,
                         "data directory %s cannot be made: %s; choose another --data-dir or set "
                         "--secret-key-file",
                         config->data_dir, strerror(errno));
    }
    snprintf(path, PATH_SIZE, "%s/secret.key", config->data_dir);
    return true;
}

static void beside(char other[PATH_SIZE + 16], const char *path, const char *suffix)
{
    snprintf(other, PATH_SIZE + 16, "%s.%s", path, suffix);
}

bool secret_keys_of(const Config *config, SecretKeys *keys, Error *error)
{
    char path[PATH_SIZE], previous[PATH_SIZE + 16];
    *keys = (SecretKeys){0};
    if (!find_file(config, path, error) || !secret_key_load(path, keys->current, error)) {
        return false;
    }
    beside(previous, path, "previous");
    keys->has_previous = access(previous, F_OK) == 0;
    return !keys->has_previous || secret_key_load(previous, keys->previous, error);
}

void secret_keys_wipe(SecretKeys *keys)
{
    explicit_bzero(keys, sizeof *keys);
}

const char *secret_seal_for(const Config *config, Arena *arena, const char *plain, Error *error)
{
    SecretKeys keys;
    const char *sealed =
        secret_keys_of(config, &keys, error) ? secret_seal(arena, keys.current, plain) : NULL;
    secret_keys_wipe(&keys);
    return sealed;
}

const char *secret_open_for(const Config *config, Arena *arena, const char *sealed, Error *error)
{
    SecretKeys keys;
    const char *plain = NULL;
    if (secret_keys_of(config, &keys, error)) {
        plain = secret_open(arena, keys.current, sealed, error);
        if (plain == NULL && keys.has_previous) {
            plain = secret_open(arena, keys.previous, sealed, error);
        }
    }
    secret_keys_wipe(&keys);
    return plain;
}

/* The new key is whole on disk before anything is moved, and at each moment a reader finds a
 * current key: the worst that a power cut leaves is a file that is not used. */
bool secret_keys_rotate(const Config *config, Error *error)
{
    char path[PATH_SIZE], next[PATH_SIZE + 16], previous[PATH_SIZE + 16], copy[PATH_SIZE + 16];
    uint8_t key[SECRET_KEY_SIZE];
    if (!find_file(config, path, error)) {
        return false;
    }
    beside(next, path, "next");
    beside(previous, path, "previous");
    beside(copy, path, "copy");
    unlink(next);
    unlink(copy);
    bool made = secret_key_load(next, key, error);
    explicit_bzero(key, sizeof key);
    if (!made) {
        return false;
    }
    /* A second name of the current key becomes the previous one, then the new one the current. */
    if (link(path, copy) != 0 || rename(copy, previous) != 0 || rename(next, path) != 0) {
        return error_set(error, ERROR_UNAVAILABLE, "the key files beside %s can't be changed: %s",
                         path, strerror(errno));
    }
    return true;
}
