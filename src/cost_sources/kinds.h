/* The kinds of sources that cost management knows, as this face and as the Sources API call them.
 */
#ifndef KONTOR_COST_SOURCES_KINDS_H
#define KONTOR_COST_SOURCES_KINDS_H

#include <jansson.h>

#include "cost_api/fields.h"
#include "sources/cost_view.h"

typedef struct SourceKind {
    const char *id;      /* of this face: "2" */
    const char *name;    /* "AWS" */
    const char *type;    /* of the Sources API: "amazon" */
    const char *data[3]; /* what the data source must say */
} SourceKind;

/* Ends with a NULL id. */
extern const SourceKind SOURCE_KINDS[];

/* By the Sources API's name of the type, which must be one. */
const SourceKind *kind_of_type(const char *type);

/* By this face's id. NULL when there is none. */
const SourceKind *kind_of_id(const char *id);

/* By this face's name in any case, "-local" at its end or not. NULL when there is none. */
const SourceKind *kind_of_name(const char *name);

/* An authentication in the Sources API's terms. */
typedef struct KindCredentials {
    const char *authtype; /* NULL: none is needed */
    const char *username;
    const char *password;
    const json_t *extra;         /* of the authentication, or NULL */
    const char *subscription_id; /* Azure's, which the application holds; else NULL */
} KindCredentials;

/* Reads {"credentials": {…}} of a body; faults say what is missing (koku-api.md §1.11). Amazon's
 * may be left out: a bucket may be read by the server's own keys. */
void kind_read_credentials(const SourceKind *kind, const Fields *authentication,
                           KindCredentials *credentials);

/* The credentials of a source that may be shown. */
json_t *kind_show_credentials(Arena *arena, const SourceKind *kind, const CostSource *source);

/* The data source: the application's settings but for credentials. */
json_t *kind_show_data_source(Arena *arena, const SourceKind *kind, const CostSource *source);

#endif
