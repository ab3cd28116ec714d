/* The OpenAPI document of the Cost Management API, put together from what each room says of its
 * routes. */
#ifndef KONTOR_COST_API_OPENAPI_H
#define KONTOR_COST_API_OPENAPI_H

#include <jansson.h>

#include "net/http_server.h"

/* Adds a part, an object with "paths" and "components", to `document` (borrowed both). What every
 * operation may answer (401, 403, 404 of paths with parameters, 424, 500) need not be said; nor
 * what only an operation without identity ("security": []) does not answer. */
void openapi_add(json_t *document, const json_t *part);

/* Compares the document with the routes it speaks of, a table that ends with a NULL method; warns
 * in the log of each that is missing on either side. */
void openapi_check(const json_t *document, const HttpRoute *routes);

/* A new document with what all parts refer to: parameters, answers, errors. */
json_t *openapi_new(void);

#endif
