/* One request to the Sources API on its way: who asks, over which connection, what is answered. */
#ifndef KONTOR_SOURCES_CALL_H
#define KONTOR_SOURCES_CALL_H

#include <jansson.h>

#include "base/config.h"
#include "base/json.h"
#include "base/memo.h"
#include "db/db.h"
#include "identity/identity.h"
#include "net/http_server.h"

struct SourcesApi {
    DbPool *pool;
    const Config *config; /* keys of passwords, access */
    Memo *catalogue;      /* answers of the open routes, by path and query */
    Memo *callers;        /* tenant and user, by what the headers name */
    Db *joined;           /* the transaction that calls are part of (sources/change.h), or NULL */
    bool keeps_uids;      /* a new source may say its uid (sources_api_keep_uids) */
};

typedef struct Call {
    struct SourcesApi *api;
    HttpRequest *request;
    HttpResponse *response;
    Arena *arena;
    Db *db;
    Identity identity;
    int64_t tenant_id;
    const char *tenant_text; /* tenant_id, as a parameter */
    const char *tenant_account;
    const char *tenant_org;
    const char *user_text;  /* id of the caller's row in users; NULL: no user is named */
    const char *owner_text; /* whom the rows that are made belong to: NULL is the whole tenant */
    const char *bad_words;  /* more that call_bad puts before its message; NULL: nothing */
    bool paused;            /* the row that call_lock read last is paused */
    Error error;            /* room for what fails below */
} Call;

/* Answers a call that got this far; it has a database connection and, where the route wants one, a
 * tenant. */
typedef void CallHandler(Call *call);

typedef enum CallAccess {
    CALL_OPEN,         /* no tenant is needed */
    CALL_READ,         /* a tenant */
    CALL_INTERNAL,     /* the internal API, of a tenant */
    CALL_INTERNAL_ALL, /* the internal API, of all tenants */
    CALL_WRITE,        /* a tenant, and the right to change (sources/access.h) */
} CallAccess;

/* Takes a connection, finds tenant and user (made on first use) where the route needs them, runs
 * the handler. Adds X-Request-Duration-Ms to the answer. */
void call_run(struct SourcesApi *api, HttpRequest *request, HttpResponse *response,
              CallAccess access, CallHandler *handler);

/* Answers {"errors":[{"detail":…,"status":…}]} (sources-api.md §3), with "request_id" at faults of
 * the server when the request names one. Returns false. */
bool call_fail(Call *call, int status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* 400 with "bad request: " before the message. */
bool call_bad(Call *call, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* What a failed database call means to the client: 500 or 503 with the cause in the log only. */
bool call_database_failed(Call *call, const Error *error);

/* Answers 204 after a deletion: no body, so of no type. */
void call_gone(Call *call);

/* The path parameter `index` as an id; answers 400 with the original's words when it is none.
 * Parameter 0 is the API's version. */
bool call_path_id(Call *call, int index, const char **id);

/* The error writer of the mount. */
void call_error_writer(const HttpRequest *request, HttpResponse *response, int status,
                       const char *message);

#endif
