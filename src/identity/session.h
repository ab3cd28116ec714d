/* The cookie of a local user who signed in: signed, with an end, and void once the user's password
 * changes or the user is gone. */
#ifndef KONTOR_IDENTITY_SESSION_H
#define KONTOR_IDENTITY_SESSION_H

#include "base/config.h"
#include "identity/users.h"

#define SESSION_COOKIE "kontor_session"

/* The cookie's value for a user, good until `expires` (seconds since 1970). It is signed by a key
 * that is derived from the secret key; NULL when that can't be read. */
char *session_make(Arena *arena, const Config *config, const User *user, int64_t expires,
                   Error *error);

/* The name that a cookie's value speaks of, if this server signed it and it has not ended: NULL
 * otherwise. Whether the user is still as then says session_fits. */
const char *session_name(Arena *arena, const Config *config, const char *value, int64_t now);

/* Was the value made for the user with the password of now? */
bool session_fits(Arena *arena, const char *value, const User *user);

#endif
