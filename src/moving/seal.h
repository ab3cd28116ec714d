/* Passwords in the document: left out, or sealed by a passphrase (AES-256-GCM; its key by scrypt).
 * In the databases they are sealed by the installation's own key, which does not move. */
#ifndef KONTOR_MOVING_SEAL_H
#define KONTOR_MOVING_SEAL_H

#include <jansson.h>

#include "base/arena.h"
#include "base/config.h"
#include "base/error.h"

/* The passphrase: the first line of a file. It must have 12 characters or more. NULL on failure. */
const char *seal_read_passphrase(Arena *arena, const char *path, Error *error);

/* Makes the tenants' passwords fit to be written down: with a passphrase sealed by it, which the
 * document's member "passwords" tells, else left out. The same goes for secrets in `extra` of
 * applications. *left_out counts them. */
bool seal_passwords(const Config *config, Arena *arena, json_t *document, const char *passphrase,
                    int *left_out, Error *error);

/* The other way: puts the plain passwords as "password" into the tree that was read. Without a
 * passphrase they are left out. *left_out counts those that are not in the tree then.
 * ERROR_DENIED when the passphrase is another one. */
bool seal_open_passwords(Arena *arena, json_t *document, const char *passphrase, int *left_out,
                         Error *error);

/* Opens a tenant's passwords as they are stored here, as seal_open_passwords does; one that can't
 * be opened stays as it is. */
void seal_open_stored(const Config *config, Arena *arena, json_t *tenant);

/* Is this member of an application's `extra` a secret (providers/wish.h)? */
bool seal_is_secret(const char *extra);

#endif
