/* Signing in and out, and who one is: /api/kontor/v1/sign-in, sign-out, me. */
#ifndef KONTOR_IDENTITY_SIGN_IN_H
#define KONTOR_IDENTITY_SIGN_IN_H

#include "identity/gate.h"
#include "net/http_server.h"

/* POST sign-in {"username", "password"}: 200 with what `me` says, and the session's cookie; 401, or
 * 429 with Retry-After after too many failures. POST sign-out: 204, the cookie is gone. GET me: who
 * calls, and by what means one may sign in; always 200. */
void sign_in_mount(HttpServer *server, Gate *gate);

#endif
