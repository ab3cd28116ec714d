/* Changes of sources that another face of the product asks for: by the requests of the Sources API
 * itself, so with its checks, rights, events and audit; several of them in one transaction. */
#ifndef KONTOR_SOURCES_CHANGE_H
#define KONTOR_SOURCES_CHANGE_H

#include <jansson.h>

#include "sources/sources_api.h"

typedef struct SourcesChange SourcesChange;

/* What one step was answered. */
typedef struct SourcesAnswer {
    int status;         /* 201, 400, … */
    const json_t *body; /* NULL: none */
    const char *detail; /* of an error: its first message, else NULL */
} SourcesAnswer;

/* Begins a change as the caller of `request`. NULL and an Error when the database is away. It lives
 * in the request's arena and must be ended. */
SourcesChange *sources_change_begin(SourcesApi *api, const HttpRequest *request, Error *error);

/* Does "POST /bulk_create" and its like with a body (NULL: none). Returns whether it succeeded;
 * when not, the change can only be given up. */
bool sources_change_do(SourcesChange *change, const char *method, const char *path,
                       const json_t *body, SourcesAnswer *answer);

/* Keeps the change, or gives it up when `keep` is false or a step failed. Returns whether it is
 * kept; an Error only when the database failed to. */
bool sources_change_end(SourcesChange *change, bool keep, Error *error);

#endif
