/* Secrets among a provider's credentials: sealed at rest, opened only where they are used. */
#ifndef KONTOR_PROVIDERS_SECRETS_H
#define KONTOR_PROVIDERS_SECRETS_H

#include <jansson.h>
#include <stdbool.h>

#include "base/arena.h"
#include "base/config.h"
#include "base/error.h"

/* Reads `name` of the credentials: sealed under "<name>_sealed", or plain under its own name (rows
 * written by hand). *secret is left alone when neither is there. */
bool secrets_read(const Config *config, Arena *arena, const json_t *credentials, const char *name,
                  const char **secret, Error *error);

/* Puts `plain` sealed under "<name>_sealed" into `credentials`. Where `former` (may be NULL) holds
 * the same secret already, its sealed text is kept, so that equal credentials stay equal. */
bool secrets_write(const Config *config, Arena *arena, json_t *credentials, const json_t *former,
                   const char *name, const char *plain, Error *error);

#endif
