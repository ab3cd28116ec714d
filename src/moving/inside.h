/* The product's own APIs, asked from inside: what is brought in goes the way of requests, with
 * their validation, events and audit, but all of it in one transaction a database. */
#ifndef KONTOR_MOVING_INSIDE_H
#define KONTOR_MOVING_INSIDE_H

#include <jansson.h>

#include "base/config.h"
#include "db/database.h"

#define SOURCES_PATH "/api/sources/v3.1"
#define COSTS_PATH "/api/cost-management/v1"

typedef struct Inside Inside;

/* `actor` is whom the audit names. NULL on failure. */
Inside *inside_new(const Config *config, Database *database, const char *actor, Error *error);
/* NULL is allowed; what was not kept is gone. */
void inside_free(Inside *inside);

/* From here on all that is asked is asked for that organisation, and changes of both databases are
 * kept together. `account` may be "". */
bool inside_begin(Inside *inside, const char *org_id, const char *account, Error *error);

/* Keeps it all (`keep`), or nothing: first the Sources database, then koku. When only the first
 * was kept the Error says so; asking for all of it again brings the rest. */
bool inside_end(Inside *inside, bool keep, Error *error);

/* The held connections, for what no API tells; between two requests only. */
Db *inside_koku(Inside *inside);
Db *inside_sources(Inside *inside);

/* Asks: `path` is percent-encoded, `body` may be NULL. The answer's JSON (json_null() for an empty
 * one), in `arena`; NULL and an Error with what the API says when its status is not 2xx. */
json_t *inside_ask(Inside *inside, Arena *arena, const char *method, const char *path,
                   const json_t *body, Error *error);

#endif
