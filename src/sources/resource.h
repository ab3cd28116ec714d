/* The resources of the Sources API as tables: which fields they have, how they are read, filtered,
 * sorted and shown (sources-api.md §5, §6). */
#ifndef KONTOR_SOURCES_RESOURCE_H
#define KONTOR_SOURCES_RESOURCE_H

#include "sources/call.h"

typedef enum FieldKind {
    FIELD_ID, /* bigint; a string in JSON */
    FIELD_INT,
    FIELD_BOOL,
    FIELD_TEXT,
    FIELD_TIME,      /* to the second in answers */
    FIELD_FULL_TIME, /* to the microsecond */
    FIELD_JSON,
} FieldKind;

enum {
    FIELD_SHOWN = 1,          /* in answers */
    FIELD_OPTIONAL = 2,       /* left out of answers when NULL or "" */
    FIELD_FILTER = 4,         /* may be filtered and sorted by */
    FIELD_KEEPS_EMPTY = 8,    /* an optional text that is shown when it is "" */
    FIELD_LONG = 16,          /* too long for an index: indexed by its start and by its md5 */
    FIELD_NULL_IS_EMPTY = 32, /* shown as "" when it is NULL */
};

typedef struct ResourceField {
    const char *name; /* in JSON and in queries */
    const char *column;
    FieldKind kind;
    unsigned flags;
} ResourceField;

/* Whose rows a caller sees. */
typedef enum ResourceScope {
    SCOPE_ALL,    /* the catalogue */
    SCOPE_TENANT, /* those of the tenant */
    SCOPE_USER,   /* of these, those of no user or of the caller's */
    SCOPE_SECRET, /* of these, the secrets among the authentications */
} ResourceScope;

typedef struct Resource {
    const char *name; /* as in "source not found" */
    const char *table;
    const ResourceField *fields; /* ends with a NULL name; in the order of answers */
    ResourceScope scope;
    /* The table that filter[source_type][…] or filter[application_type][…] looks at. */
    const char *association;     /* "source_type", or NULL */
    const char *association_key; /* "source_type_id" */
    const struct Resource *association_resource;
} Resource;

/* Their fields stand in resource_tables.c. */
extern const Resource SOURCE_TYPES;
extern const Resource APPLICATION_TYPES;
extern const Resource APP_META_DATA;
extern const Resource SOURCES;
extern const Resource APPLICATIONS;
extern const Resource AUTHENTICATIONS;
extern const Resource ENDPOINTS;
extern const Resource APPLICATION_AUTHENTICATIONS;
extern const Resource SECRETS;
extern const Resource RHC_CONNECTIONS;
extern const Resource INTERNAL_SOURCES;         /* of all tenants, in short */
extern const Resource INTERNAL_AUTHENTICATIONS; /* with a place for the password */
extern const Resource INTERNAL_SECRETS;
extern const Resource RHC_CONNECTIONS_OF_SOURCE; /* the same without source_ids */

/* The condition that a row is one the caller may see, as SQL whose parameters are $`first`…; they
 * are put into `parameters` (room for two), their number into *count. Never empty. */
const char *resource_scope(const Call *call, const Resource *resource, int first,
                           const char **parameters, int *count);

/* The columns of the shown fields, as a SELECT list that stays valid. */
const char *resource_columns(const Resource *resource);

/* How many columns those are. */
int resource_column_count(const Resource *resource);

/* One row that was selected with resource_columns, as a JSON object. */
void resource_write(JsonWriter *json, const Resource *resource, const DbResult *rows, int row);

/* The members of that object alone, for answers that have more; `echo` stands in the place of the
 * value of the field `echoed` (NULL: none). */
void resource_write_members(JsonWriter *json, const Resource *resource, const DbResult *rows,
                            int row, const char *echoed, const char *echo);

/* Answers with one row by id: 404 "<name> not found" when the tenant has none. */
void resource_get(Call *call, const Resource *resource, const char *id, int status);

/* The same, with `value` (JSON; NULL: none) for what is stored of `field`: a client's own JSON
 * comes back in the order in which it was sent. */
void resource_get_echoing(Call *call, const Resource *resource, const char *id, int status,
                          const char *field, const char *value);

/* Writes the rows of these ids as an array, in the order of their ids. */
bool resource_write_array(Call *call, JsonWriter *json, const Resource *resource,
                          const char *const *ids, int count);

/* Is there such a row in the caller's tenant? Answers 404 when not. */
bool resource_exists(Call *call, const Resource *resource, const char *id);

/* Are the keys of the query string in a form that can be, and its limit and offset? That is told
 * before whether there is what the list belongs to; which columns there are is resource_list's to
 * say. False after a 400. */
bool resource_check_query(Call *call);

/* Answers with the list that the query string asks for, of the rows for which `condition` (SQL with
 * $1 = `parameter`; NULL: all) holds. */
void resource_list(Call *call, const Resource *resource, const char *condition,
                   const char *parameter);

/* The rows that the items of a query string ask for, with `columns` (SQL); *count is how many there
 * are without limit and offset. Here, unlike in a query string, applications of sources can be
 * filtered by and lists sorted by fields of their association ("source_type.name"). NULL after an
 * answer of 400 or 500. */
DbResult *resource_rows(Call *call, const Resource *resource, const char *columns,
                        HttpQueryItem *items, int item_count, int64_t *count);

#endif
