/* Who calls, for which organisation. */
#ifndef KONTOR_IDENTITY_IDENTITY_H
#define KONTOR_IDENTITY_IDENTITY_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/error.h"
#include "net/http_server.h"

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
    bool is_entitled;    /* entitlements.cost_management.is_entitled */
    bool from_header;    /* x-rh-identity was given; else made from the x-rh-sources-… headers */
    const char *encoded; /* base64: as received, or generated, for events */
} Identity;

/* Reads `x-rh-identity`, else `x-rh-sources-org-id` and `x-rh-sources-account-number`
 * (sources-api.md §2). ERROR_INVALID: the identity header is not base64 of a JSON object, or its
 * organisation can't be one; ERROR_DENIED: neither organisation nor account is named. */
bool identity_read(const HttpRequest *request, Identity *identity, Error *error);

/* Reads the value of an x-rh-identity header; ERROR_INVALID as above. What it does not name is
 * "". */
bool identity_decode(Arena *arena, const char *encoded, Identity *identity, Error *error);

/* The value of an identity header for a tenant that sent none: a system of that organisation and
 * account; either may be "". */
const char *identity_encode_system(Arena *arena, const char *org_id, const char *account_number);

/* With an organisation set, requests from the loopback interface that carry none of the headers
 * act for it, as its admin: for a laptop without a gateway. Off (NULL) by default. */
void identity_set_default_org(const char *org_id);

/* Is this address the machine's own? */
bool identity_is_loopback(const char *address);

/* 1 to 60 characters of [A-Za-z0-9._-]. */
bool identity_org_valid(const char *org_id);

/* The schema of an organisation in koku: "org" and the id, or the id itself when it starts with
 * "org" (masu.md §A.4; the guide's ids do). So "1234567" and "org1234567" are one organisation. */
char *identity_schema(Arena *arena, const char *org_id);

#endif
