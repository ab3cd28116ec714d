/* Bearer tokens: JSON Web Tokens (RFC 7519) of an OpenID provider. */
#ifndef KONTOR_IDENTITY_TOKEN_H
#define KONTOR_IDENTITY_TOKEN_H

#include <jansson.h>

#include "identity/identity.h"
#include "identity/jwks.h"

/* A token taken apart; nothing of it is checked yet but its form. */
typedef struct Token {
    const char *algorithm; /* "RS256" or "ES256" */
    const char *key_id;    /* NULL: without */
    const char *text;      /* what is signed */
    size_t length;
    const uint8_t *signature;
    size_t signature_length;
    const json_t *claims; /* an object */
} Token;

/* What a token must say. Lists are comma-separated. */
typedef struct TokenRules {
    const char *issuer;     /* its iss */
    const char *audiences;  /* its aud holds one of them */
    const char *clients;    /* its azp is one of them; NULL: any */
    const char *admin_role; /* the realm role of an organisation's admin */
    int64_t now;            /* seconds since 1970; a minute's difference of clocks is allowed */
} TokenRules;

/* Takes a token apart. ERROR_DENIED when it is none, or its algorithm is not one of the two: "none"
 * and symmetric ones never are. */
bool token_parse(Arena *arena, const char *text, Token *token, Error *error);

/* Was the token signed by the key that its header names (jwks_verify)? */
JwksVerdict token_verify(const Token *token, const Jwks *jwks);

/* Who calls, by a token whose signature is, or will be, found good: checks iss, aud, azp, exp, nbf
 * and iat; reads org_id (needed), account_number, preferred_username or sub, email, groups and the
 * realm roles (onprem.md, gateway). ERROR_DENIED with the claim that is missing or wrong. */
bool token_identity(Arena *arena, const Token *token, const TokenRules *rules, Identity *identity,
                    Error *error);

#endif
