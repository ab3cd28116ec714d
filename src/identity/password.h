/* Passwords as they are kept: scrypt (RFC 7914), by OpenSSL. */
#ifndef KONTOR_IDENTITY_PASSWORD_H
#define KONTOR_IDENTITY_PASSWORD_H

#include <stdbool.h>

#include "base/arena.h"

enum { PASSWORD_MIN = 8, PASSWORD_MAX = 1024 }; /* bytes */

/* "scrypt$16384$8$5$SALT$KEY", salt and key in base64url; takes 16 MB for a moment. */
char *password_hash(Arena *arena, const char *password);

/* Is it the password that `hash` was made of? False also when `hash` is none. One at a time in the
 * process, so that many who try don't fill the memory. */
bool password_matches(Arena *arena, const char *password, const char *hash);

#endif
