/* A request to the Cost Management API on its way: who calls, and a connection to answer with. */
#ifndef KONTOR_COST_API_CALL_H
#define KONTOR_COST_API_CALL_H

#include "base/config.h"
#include "base/json.h"
#include "cost_api/access.h"
#include "cost_api/answer_cache.h"
#include "cost_api/pages.h"
#include "cost_api/tenant_sql.h"
#include "db/db.h"
#include "net/http_server.h"
#include "sources/sources_api.h"

#define COST_MANAGEMENT_API "/api/cost-management/v1"

/* What all handlers of the API are given. */
typedef struct CostContext {
    DbPool *koku;
    const Config *config;
    const char *openapi; /* the document of the API */
    AnswerCache *cache;
    DbPool *sources_pool;    /* of the Sources database */
    SourcesApi *sources_api; /* for changes of sources */
    bool keeps_uuids;        /* cost_api_keep_uuids */
} CostContext;

typedef struct CostCall {
    const CostContext *context;
    HttpRequest *request;
    HttpResponse *response;
    Arena *arena; /* the request's */
    Caller caller;
    const char *schema; /* the tenant's, quoted */
    TenantSql tables;   /* the tenant's, as the caller may read them */
    Db *db;
} CostCall;

/* Fills the call: the caller, who must have the rights that the path needs (cost_api/rights.h), and
 * a connection that call_end gives back. `context` is a CostContext. False when the answer is
 * written already. */
bool call_begin(CostCall *call, void *context, HttpRequest *request, HttpResponse *response);
void call_end(CostCall *call);

/* Defines the handler `name`, which begins a call, has `answer(CostCall *)` answer it, and ends it.
 */
#define CALL_HANDLER(name, answer)                                                                 \
    static void name(void *context, HttpRequest *request, HttpResponse *response)                  \
    {                                                                                              \
        CostCall call;                                                                             \
        if (call_begin(&call, context, request, response)) {                                       \
            answer(&call);                                                                         \
            call_end(&call);                                                                       \
        }                                                                                          \
    }

/* Begins a transaction whose changes the audit ascribes to the caller; what is not kept by
 * call_commit, call_end undoes. It waits ten seconds for a lock, no longer. False, as
 * call_commit's, when the answer, an error, is written. */
bool call_begin_change(CostCall *call);
bool call_commit(CostCall *call);

/* CALL_HANDLER for an answer that changes data, in a transaction that it keeps by call_commit. */
#define CALL_CHANGE_HANDLER(name, answer)                                                          \
    static void name(void *context, HttpRequest *request, HttpResponse *response)                  \
    {                                                                                              \
        CostCall call;                                                                             \
        if (call_begin(&call, context, request, response)) {                                       \
            if (call_begin_change(&call)) {                                                        \
                answer(&call);                                                                     \
            }                                                                                      \
            call_end(&call);                                                                       \
        }                                                                                          \
    }

/* SQL that shows a time as answers have it: "2026-11-24T12:00:00.000000Z". */
#define CALL_TIME(sql) "to_char(" sql ", 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')"

/* Did the last statement fail because the tenant has no tables yet? Then it has no costs either,
 * which is an answer and no error. */
bool tenant_is_missing(const Db *db);

/* Runs a statement; {schema} in it stands for the tenant's (cost_api/tenant_sql.h). NULL when it
 * failed: then *missing says that the tenant has no tables yet, which is an answer and no error, or
 * (missing is NULL, or *missing false) the answer is written already. */
DbResult *call_query(CostCall *call, bool *missing, const char *sql, int count,
                     const char *const *parameters);

/* Answers 404: "No PriceList matches the given query." of a `thing` that is not there, or (NULL)
 * "Not found." of an id that can't be one's. */
void call_not_found(CostCall *call, const char *thing);

/* The one row of a SELECT whose $1 is `uuid`, as a path names it; NULL when the answer is written
 * already: 404 for what is no UUID, or not there, as call_not_found tells of a `thing`. */
DbResult *call_find(CostCall *call, const char *thing, const char *sql, const char *uuid);

/* The value of the query's parameter, the last if it stands there twice; NULL without. */
const char *call_parameter(const CostCall *call, const char *name);

/* The body, which must be an object of JSON; NULL when the answer is written already: 400. */
json_t *call_body(CostCall *call);

/* call_query of one statement that changes something, in a transaction of its own. */
DbResult *call_change(CostCall *call, bool *missing, const char *sql, int count,
                      const char *const *parameters);

/* Answers 400: the organisation has no tables to write to, for it never had a source. */
void call_refuse_without_tenant(CostCall *call);

/* Begins the answer of a plain list: what stands before its entries [*first, *last), each a value
 * that the caller writes. Two json_end close it. */
JsonWriter call_begin_list(CostCall *call, const Page *page, int64_t *first, int64_t *last);

/* Writes a row of a list as a JSON object's members. */
typedef void CallWriteRow(JsonWriter *json, const DbResult *rows, int row);

/* Answers with the page of `rows` (NULL: none) that the query string asks for: 10 unless it says
 * otherwise, 1000 at most. */
void call_answer_list(CostCall *call, const DbResult *rows, CallWriteRow *write_row);
/* The same of a list whose page claims no more entries than there are (page_of_known_list). */
void call_answer_known_list(CostCall *call, const DbResult *rows, CallWriteRow *write_row);

/* Who calls, for records of changes: the user, or that it was the organisation itself. */
const char *call_actor(const CostCall *call);

/* Is the request's path that of the route? Slashes at its end do not matter. */
bool call_path_is(const HttpRequest *request, const char *route);

/* Answers 400 with {"NAME": ["REASON"]}, the shape of wrong parameters (koku-api.md §2.10). */
void call_refuse(CostCall *call, const char *name, const char *reason);

#endif
