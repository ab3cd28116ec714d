/* Who may ask the Cost Management API, and how it says no (koku-api.md §5). */
#ifndef KONTOR_COST_API_ACCESS_H
#define KONTOR_COST_API_ACCESS_H

#include "cost_api/rights.h"
#include "identity/identity.h"
#include "net/http_server.h"

typedef struct Caller {
    Identity identity;
    const char *schema;   /* the tenant's, whether it exists or not */
    const Rights *rights; /* NULL before access_rights */
} Caller;

/* Reads who calls. An x-rh-identity must be entitled to cost management and name a user; a request
 * with x-rh-sources-org-id alone (an extension: a machine of one's own without a gateway) counts as
 * the organisation's entitled admin. False when the answer is written already: 401 or 403. */
bool access_identify(HttpRequest *request, HttpResponse *response, Caller *caller);

/* Reads what the caller may do: everything, as the organisation's admin; else what the RBAC service
 * or the access file say, which is nothing where there is neither. False when the answer is written
 * already: 424 when the service is away. */
bool access_rights(HttpRequest *request, HttpResponse *response, Caller *caller);

/* access_identify and access_rights, and the caller may do what the request asks for: the rule of
 * its path (cost_api/rights.h) says what that needs. Else 403. */
bool access_read_costs(HttpRequest *request, HttpResponse *response, Caller *caller);

/* What the answers to this caller depend on beside the organisation: the rights, as a text. Two
 * callers with the same may be given the same kept answer (cost_api/cached.h). */
const char *access_fingerprint(Arena *arena, const Caller *caller);

/* Writes {"errors": [{"detail", "source", "status"}]}; `source` may be NULL. */
void access_write_error(HttpResponse *response, int status, const char *source, const char *detail);

/* Answers 424 when the database is away, else 500; `error` goes to the log. */
void access_write_failure(HttpResponse *response, const Error *error);

#endif
