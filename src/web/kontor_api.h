/* What the web interface asks of the server beside the public APIs: /api/kontor/v1. */
#ifndef KONTOR_WEB_KONTOR_API_H
#define KONTOR_WEB_KONTOR_API_H

#include "base/config.h"
#include "base/json.h"
#include "cost_api/access.h"
#include "db/database.h"
#include "net/http_server.h"

#define KONTOR_API "/api/kontor/v1"

/* What all handlers are given; must outlive the server. */
typedef struct KontorApi {
    const Config *config;
    Database *database;
    double started; /* clock_monotonic at the server's start */
} KontorApi;

/* Adds the routes to a server that is not started yet. */
void kontor_api_mount(HttpServer *server, const KontorApi *api);

/* For the files of this room: a request whose caller may see costs, with a connection to koku that
 * web_call_end gives back. */
typedef struct WebCall {
    const KontorApi *api;
    HttpRequest *request;
    HttpResponse *response;
    Arena *arena;
    Caller caller;
    Db *koku;
    JsonWriter json; /* of the answer */
} WebCall;

/* False when the answer is written already. */
bool web_call_begin(WebCall *call, void *context, HttpRequest *request, HttpResponse *response);
void web_call_end(WebCall *call);

/* The value of a parameter of the query; NULL without. */
const char *web_call_parameter(const WebCall *call, const char *name);

/* Answers {"errors": […]} with this status; returns false. */
bool web_call_refuse(WebCall *call, int status, const char *detail);
/* Answers as the error's code says: 400, 403, 404, 424 or 500; returns false. */
bool web_call_failed(WebCall *call, const Error *error);

/* The body as a JSON object; NULL when the answer (400) is written already. */
json_t *web_call_body(WebCall *call);

HttpHandler web_get_audit;
HttpHandler web_get_explain;
HttpHandler web_get_ingest;
HttpHandler web_get_about;
HttpHandler web_get_system;
HttpHandler web_post_bucket_check;
HttpHandler web_post_sample_data;

#endif
