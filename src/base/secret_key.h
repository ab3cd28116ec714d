/* The keys that seal stored passwords, where the configuration says they are. */
#ifndef KONTOR_BASE_SECRET_KEY_H
#define KONTOR_BASE_SECRET_KEY_H

#include "base/config.h"
#include "base/crypto.h"

/* What seals, and what may still open: the key before the last rotation, which lies beside the
 * current one as "<file>.previous". */
typedef struct SecretKeys {
    uint8_t current[SECRET_KEY_SIZE];
    uint8_t previous[SECRET_KEY_SIZE];
    bool has_previous;
} SecretKeys;

/* Reads the keys of the configuration's file, by default secret.key in the data directory; the
 * current one is made when there is none. Read them anew for each use, so that a rotation reaches
 * running servers, and wipe them after it. */
bool secret_keys_of(const Config *config, SecretKeys *keys, Error *error);
void secret_keys_wipe(SecretKeys *keys);

/* Seals with the current key; NULL and an Error when it can't be read. */
const char *secret_seal_for(const Config *config, Arena *arena, const char *plain, Error *error);

/* Opens with the current key, else with the previous one. NULL and an Error when neither fits. */
const char *secret_open_for(const Config *config, Arena *arena, const char *sealed, Error *error);

/* Makes a new current key; the one of now becomes the previous one. What was sealed before must
 * have been sealed anew with the current key, for the former previous one is gone. */
bool secret_keys_rotate(const Config *config, Error *error);

#endif
