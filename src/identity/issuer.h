/* The OpenID provider whose tokens are believed: its keys, fetched and kept. */
#ifndef KONTOR_IDENTITY_ISSUER_H
#define KONTOR_IDENTITY_ISSUER_H

#include "base/config.h"
#include "identity/identity.h"

typedef struct Issuer Issuer;

/* As the settings oidc-… say. Nothing is asked yet. ERROR_INVALID when they make no sense. */
Issuer *issuer_new(const Config *config, Error *error);
/* NULL is allowed. */
void issuer_free(Issuer *issuer);

/* Who calls, by a bearer token (identity/token.h). Keys are fetched when they are needed first,
 * again after five minutes, and once when a token names one that is not known: a provider that
 * changes its keys is followed, tokens with made-up key ids don't make it be asked again and again.
 * While it is away the keys that are known stay good. ERROR_UNAVAILABLE when there are none. */
bool issuer_check(Issuer *issuer, Arena *arena, const char *token, Identity *identity,
                  Error *error);

/* The provider as its own document of discovery describes it, for those who sign in there. */
typedef struct IssuerEndpoints {
    const char *authorization; /* NULL: not known (yet) */
    const char *token;
    const char *end_session;
} IssuerEndpoints;

/* Copies into `arena`; fetches the document unless it is known. */
void issuer_endpoints(Issuer *issuer, Arena *arena, IssuerEndpoints *endpoints);

#endif
