/* The gate: which callers Kontor checks itself, by tokens and by local users, and whether it trusts
 * the headers of a gateway (docs/access.md). */
#ifndef KONTOR_IDENTITY_GATE_H
#define KONTOR_IDENTITY_GATE_H

#include "base/config.h"
#include "identity/identity.h"
#include "identity/issuer.h"
#include "identity/users.h"

typedef struct Gate Gate;

/* As the settings say; `config` must outlive it. NULL and an Error when they make no sense, or the
 * users file can't be read. */
Gate *gate_new(const Config *config, Error *error);
/* NULL is allowed. */
void gate_free(Gate *gate);

/* Are identity headers believed? By default as long as neither an issuer nor a users file is
 * there; a users file that appears while the server runs closes the gate. */
bool gate_trusts_headers(Gate *gate);

/* Does the gate know local users? */
bool gate_has_users(Gate *gate);

/* NULL without an OpenID provider. */
Issuer *gate_issuer(Gate *gate);

/* The configuration that it was made with. */
const Config *gate_config(const Gate *gate);

/* What the gate makes of a request's credentials. */
typedef enum GateVerdict {
    GATE_NOTHING, /* there are none that it checks */
    GATE_KNOWN,   /* *identity is filled */
    GATE_REFUSED, /* Error: ERROR_DENIED, or ERROR_UNAVAILABLE */
} GateVerdict;

/* Checks a bearer token, a user's name and password (HTTP Basic), or a session. */
GateVerdict gate_check(Gate *gate, const HttpRequest *request, Identity *identity, Error *error);

/* Checks a name and a password. On success the user is copied into `arena`. *wait is the number of
 * seconds to wait after too many failures, else 0. */
bool gate_sign_in(Gate *gate, Arena *arena, const char *address, const char *name,
                  const char *password, User *user, int *wait);

/* Does a page of another origin send the request, as a browser tells by Sec-Fetch-Site or Origin?
 * Such a request must not act by what browsers add on their own: cookies, stored passwords, the
 * loopback address. */
bool gate_cross_site(const HttpRequest *request);

/* The value of a cookie, or NULL. */
const char *gate_cookie(const HttpRequest *request, const char *name);

#endif
