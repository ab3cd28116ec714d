#include "base/secret_key.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

bool secret_key_of(const Config *config, uint8_t key[SECRET_KEY_SIZE], Error *error)
{
    if (config->secret_key_file != NULL) {
        return secret_key_load(config->secret_key_file, key, error);
    }
    char path[4096];
    /* With a database of the user's own nothing has made the data directory yet. */
    if (mkdir(config->data_dir, 0755) != 0 && errno != EEXIST) {
        return error_set(error, ERROR_UNAVAILABLE,
                         "data directory %s cannot be made: %s; choose another --data-dir or set "
                         "--secret-key-file",
                         config->data_dir, strerror(errno));
    }
    snprintf(path, sizeof path, "%s/secret.key", config->data_dir);
    return secret_key_load(path, key, error);
}
