/* The keys of an OpenID provider (RFC 7517), and signatures by them (RFC 7515, RFC 7518): RS256 and
 * ES256, by OpenSSL. */
#ifndef KONTOR_IDENTITY_JWKS_H
#define KONTOR_IDENTITY_JWKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

typedef struct Jwks Jwks;

typedef enum JwksVerdict {
    JWKS_GOOD,
    JWKS_UNKNOWN_KEY, /* no key of that id and algorithm: the provider may have new ones */
    JWKS_BAD_SIGNATURE,
} JwksVerdict;

/* Reads {"keys": […]}. Keys that are not for signatures, of another kind, or too weak (RSA below
 * 2048 bits) are left out. NULL and ERROR_DATA when the document is none, or holds no key that can
 * be used. */
Jwks *jwks_parse(const char *text, size_t length, Error *error);
/* NULL is allowed. */
void jwks_free(Jwks *jwks);

/* How many keys there are to use. */
int jwks_count(const Jwks *jwks);

/* Is `algorithm` one that signatures are checked by? "none" and the symmetric ones are not. */
bool jwks_algorithm_known(const char *algorithm);

/* Checks a signature over `length` bytes. `key_id` may be NULL: then the one key that fits the
 * algorithm is taken, if it is the only one. */
JwksVerdict jwks_verify(const Jwks *jwks, const char *algorithm, const char *key_id,
                        const char *text, size_t length, const uint8_t *signature,
                        size_t signature_length);

#endif
