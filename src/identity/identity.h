/* Who calls, for which organisation. */
#ifndef KONTOR_IDENTITY_IDENTITY_H
#define KONTOR_IDENTITY_IDENTITY_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/error.h"
#include "net/http_server.h"

/* By what a caller is known. */
typedef enum IdentityMethod {
    IDENTITY_HEADER,   /* x-rh-identity, as a gateway sends it */
    IDENTITY_PLAIN,    /* x-rh-sources-org-id alone */
    IDENTITY_DEFAULT,  /* none of it, from this machine: the default organisation */
    IDENTITY_TOKEN,    /* a bearer token of the OpenID provider */
    IDENTITY_PASSWORD, /* HTTP Basic, of a local user */
    IDENTITY_SESSION,  /* the cookie of a local user who signed in */
} IdentityMethod;

/* A caller; all texts are "" when not given and live in the request's arena. */
typedef struct Identity {
    const char *org_id;
    const char *account_number;
    const char *type; /* "User", "System", "ServiceAccount" */
    const char *username;
    const char *user_id;
    const char *email;
    const char *system_cn;  /* identity.system.cn */
    const char *cluster_id; /* identity.system.cluster_id */
    bool has_system;        /* identity.system holds something */
    bool is_org_admin;
    bool is_entitled; /* entitlements.cost_management.is_entitled */
    bool names_user;  /* a person or service is named; not so by the x-rh-sources-… headers */
    IdentityMethod method;
    const char *const *groups; /* NULL-terminated: of the token, or of the local user */
    const char *encoded;       /* x-rh-identity as it was received; NULL: none was */
} Identity;

/* Reads who calls: by a bearer token, a password or a session where the gate (identity/gate.h)
 * checks such; else, where headers are trusted, by `x-rh-identity`, or `x-rh-sources-org-id` and
 * `x-rh-sources-account-number` (sources-api.md §2). ERROR_INVALID: the identity header is not
 * base64 of a JSON object, or its organisation can't be one; ERROR_DENIED: neither organisation
 * nor account is named, or what names them is not believed; ERROR_UNAVAILABLE: a token can't be
 * checked now. */
bool identity_read(const HttpRequest *request, Identity *identity, Error *error);

/* Adds the WWW-Authenticate header of a 401 whose cause is `error`: what this server checks.
 * Nothing when it goes by headers alone. */
void identity_challenge(const HttpRequest *request, HttpResponse *response, const Error *error);

/* Reads the value of an x-rh-identity header; ERROR_INVALID as above. What it does not name is
 * "". */
bool identity_decode(Arena *arena, const char *encoded, Identity *identity, Error *error);

/* What is known of a user whom Kontor checked itself; texts may be "", not NULL. */
typedef struct IdentityUser {
    const char *org_id;
    const char *account_number;
    const char *username;
    const char *email;
    const char *const *groups; /* NULL-terminated; NULL: none */
    bool is_org_admin;
    IdentityMethod method;
} IdentityUser;

/* The identity of such a user: entitled. */
Identity identity_of_user(const IdentityUser *user);

/* The identity as the value of an x-rh-identity header, for events: as it was received, or made
 * of what is known, in `arena`. */
const char *identity_header(Arena *arena, const Identity *identity);

/* The value of an identity header for a tenant that sent none: a system of that organisation and
 * account; either may be "". */
const char *identity_encode_system(Arena *arena, const char *org_id, const char *account_number);

struct Gate;

/* Who checks callers, before the server starts; NULL: headers are trusted. It must outlive it. */
void identity_set_gate(struct Gate *gate);

/* Is `given` one of the comma-separated keys? All are compared, so that time tells nothing. `keys`
 * may be NULL: none. */
bool identity_key_known(const char *keys, const char *given);

/* Does the request come from this machine's own user: from the loopback interface, to a local host
 * name, passed on by no proxy and sent by no page of another origin? */
bool identity_from_this_machine(const HttpRequest *request);

/* Is this address the machine's own? */
bool identity_is_loopback(const char *address);

/* 1 to 60 characters of [A-Za-z0-9._-]. */
bool identity_org_valid(const char *org_id);

/* The schema of an organisation in koku: "org" and the id, or the id itself when it starts with
 * "org" (masu.md §A.4; the guide's ids do). So "1234567" and "org1234567" are one organisation. */
char *identity_schema(Arena *arena, const char *org_id);

#endif
