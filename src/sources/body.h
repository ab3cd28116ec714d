/* Request bodies: JSON objects whose fields are known (sources-api.md §3). */
#ifndef KONTOR_SOURCES_BODY_H
#define KONTOR_SOURCES_BODY_H

#include "sources/call.h"

typedef enum BodyKind {
    BODY_TEXT,
    BODY_ID, /* a string or a number */
    BODY_OBJECT,
    BODY_ANY,
    BODY_INT,
    BODY_BOOL,
    BODY_LIST, /* an array; its items are for body_check */
    BODY_TIME, /* "2006-01-02 15:04:05 UTC" or RFC 3339 */
} BodyKind;

typedef struct BodyField {
    const char *name;
    BodyKind kind;
} BodyField;

enum {
    BODY_TEXT_MAX = 16 * 1024, /* bytes of a text */
    BODY_DIGITS_MAX = 18,      /* of a number */
    BODY_DEPTH_MAX = 32, /* levels; less than JSON_DEPTH_MAX, for events wrap what is stored */
};

/* Reads the call's body as an object with these fields only (the table ends with a NULL name). Keys
 * are told apart without case, as the original does. NULL after a 400 that names the field. */
json_t *body_read(Call *call, const BodyField *fields);

/* The same for an object inside a body: one item of a list. It may be empty. `more`, a second
 * table, may be NULL. */
json_t *body_check(Call *call, json_t *object, const BodyField *fields, const BodyField *more);

/* An integer; `fallback` when it is absent or null. */
int64_t body_int(const json_t *body, const char *name, int64_t fallback);

/* "true" or "false"; NULL when it is absent or null. */
const char *body_bool(const json_t *body, const char *name);

/* A text; NULL when it is absent or null. */
const char *body_text(const json_t *body, const char *name);

/* An id as digits; NULL when it is absent. *valid is false when it is no id. */
const char *body_id(Call *call, const json_t *body, const char *name, bool *valid);

/* What the original says of a text that is no id: the words of its programming language. */
const char *body_id_fault(Call *call, const char *id);

/* The JSON text of a value ("null" for null); NULL when it is absent. */
const char *body_json(Call *call, const json_t *body, const char *name);

/* One of the four availability statuses? */
bool body_status_valid(const char *status);

#endif
