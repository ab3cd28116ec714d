/* The key that seals stored passwords, where the configuration says it is. */
#ifndef KONTOR_BASE_SECRET_KEY_H
#define KONTOR_BASE_SECRET_KEY_H

#include "base/config.h"
#include "base/crypto.h"

/* Reads the key of the configuration's file, by default secret.key in the data directory; it is
 * made when there is none. */
bool secret_key_of(const Config *config, uint8_t key[SECRET_KEY_SIZE], Error *error);

#endif
