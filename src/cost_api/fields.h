/* Fields of JSON bodies, read and checked; what is wrong goes to the faults, in the words that
 * clients of this API know. A field that is absent or null, or was refused, is NULL (or false). */
#ifndef KONTOR_COST_API_FIELDS_H
#define KONTOR_COST_API_FIELDS_H

#include <jansson.h>

#include "base/date.h"
#include "base/decimal.h"
#include "cost_api/faults.h"

enum {
    FIELD_REQUIRED = 1,
    FIELD_MAY_BE_EMPTY = 2,
    FIELD_NOT_NEGATIVE = 8, /* 0 or more */
};

/* One object of a body. `prefix` names it in faults: "" or "rates." */
typedef struct Fields {
    Arena *arena;
    Faults *faults;
    const json_t *object;
    const char *prefix;
} Fields;

/* The fields of a member object or, of a list, an entry: its faults are named "NAME.…". An entry
 * that is no object is a fault and has no fields. */
Fields fields_of(const Fields *parent, const char *name, const json_t *object);

/* Adds a fault of the field `name`. */
void fields_fault(const Fields *fields, const char *name, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Is the field there, and not null? */
bool fields_has(const Fields *fields, const char *name);

/* A text of at most `most` characters; blanks around it do not count. */
const char *fields_text(const Fields *fields, const char *name, size_t most, unsigned flags);

/* One of the words, which end with NULL. */
const char *fields_choice(const Fields *fields, const char *name, const char *const *words,
                          unsigned flags);

/* A UUID, as it was written. */
const char *fields_uuid(const Fields *fields, const char *name, unsigned flags);

/* A list of UUIDs; *count of them. */
const char **fields_uuids(const Fields *fields, const char *name, int *count);

/* A list; NULL when it is absent or none. */
const json_t *fields_list(const Fields *fields, const char *name, unsigned flags);

/* An object; NULL when it is absent or none. */
const json_t *fields_object(const Fields *fields, const char *name, unsigned flags);

/* True or false into *value; *value stays when the field is absent. */
void fields_bool(const Fields *fields, const char *name, bool *value);

/* A number, given as one or as text, with at most `digits` digits, `places` (up to 15) of them
 * behind the point. Returns whether *value was set. */
bool fields_decimal(const Fields *fields, const char *name, int digits, int places, unsigned flags,
                    Decimal *value);

/* "2026-11-01". Returns whether *day was set. */
bool fields_day(const Fields *fields, const char *name, unsigned flags, Day *day);

#endif
