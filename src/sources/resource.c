#include "sources/resource.h"

#include <pthread.h>
#include <string.h>

/* The SQL of a resource that is the same for every request. */
typedef struct ResourceSql {
    const Resource *resource;
    const char *columns;
    const char *by_id;
    const char *exists;
} ResourceSql;

static ResourceSql texts[] = {
    {.resource = &SOURCE_TYPES},
    {.resource = &APPLICATION_TYPES},
    {.resource = &APP_META_DATA},
    {.resource = &SOURCES},
    {.resource = &INTERNAL_SOURCES},
    {.resource = &APPLICATIONS},
    {.resource = &AUTHENTICATIONS},
    {.resource = &INTERNAL_AUTHENTICATIONS},
    {.resource = &INTERNAL_SECRETS},
    {.resource = &ENDPOINTS},
    {.resource = &APPLICATION_AUTHENTICATIONS},
    {.resource = &SECRETS},
    {.resource = &RHC_CONNECTIONS},
    {.resource = &RHC_CONNECTIONS_OF_SOURCE},
};

static pthread_once_t texts_made = PTHREAD_ONCE_INIT;
static Arena *text_arena; /* lives as long as the program */

/* The condition of resource_scope. */
static const char *scope_text(Arena *arena, const Resource *resource, int first)
{
    const char *table = resource->table;
    if (resource->scope == SCOPE_ALL) {
        return "TRUE";
    }
    if (resource->scope == SCOPE_TENANT) {
        return arena_printf(arena, "%s.tenant_id = $%d", table, first);
    }
    return arena_printf(
        arena, "%s.tenant_id = $%d AND (%s.user_id IS NULL OR %s.user_id = $%d)%s", table, first,
        table, table, first + 1,
        resource->scope == SCOPE_SECRET ? " AND authentications.resource_type = 'Tenant'" : "");
}

/* Its parameters; returns their number. */
static int scope_parameters(const Call *call, const Resource *resource, const char **parameters)
{
    const char *all[] = {call->tenant_text, call->user_text};
    int count = resource->scope == SCOPE_ALL ? 0 : resource->scope == SCOPE_TENANT ? 1 : 2;
    memcpy(parameters, all, (size_t)count * sizeof *all);
    return count;
}

const char *resource_scope(const Call *call, const Resource *resource, int first,
                           const char **parameters, int *count)
{
    *count = scope_parameters(call, resource, parameters);
    return scope_text(call->arena, resource, first);
}

static const char *column_list(Arena *arena, const Resource *resource)
{
    Buffer *list = buffer_new(arena);
    for (const ResourceField *field = resource->fields; field->name != NULL; field++) {
        if ((field->flags & FIELD_SHOWN) == 0) {
            continue;
        }
        buffer_append_text(list, list->length > 0 ? ", " : "");
        if (field->kind == FIELD_TIME) {
            buffer_printf(list, "to_char(%s AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"')",
                          field->column);
        } else if (field->kind == FIELD_FULL_TIME) {
            buffer_printf(list, "(to_json(%s AT TIME ZONE 'UTC') #>> '{}') || 'Z'", field->column);
        } else {
            buffer_append_text(list, field->column);
        }
    }
    return list->data;
}

static void make_texts(void)
{
    text_arena = arena_new();
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        ResourceSql *text = &texts[i];
        text->columns = column_list(text_arena, text->resource);
        const char *rest =
            arena_printf(text_arena, "FROM %s WHERE id = $1 AND %s", text->resource->table,
                         scope_text(text_arena, text->resource, 2));
        text->by_id = arena_printf(text_arena, "SELECT %s %s", text->columns, rest);
        text->exists = arena_printf(text_arena, "SELECT 1 %s", rest);
    }
}

static const ResourceSql *text_of(const Resource *resource)
{
    pthread_once(&texts_made, make_texts);
    size_t i = 0;
    while (texts[i].resource != resource) {
        i++;
    }
    return &texts[i];
}

const char *resource_columns(const Resource *resource)
{
    return text_of(resource)->columns;
}

int resource_column_count(const Resource *resource)
{
    int count = 0;
    for (const ResourceField *field = resource->fields; field->name != NULL; field++) {
        count += (field->flags & FIELD_SHOWN) != 0;
    }
    return count;
}

void resource_write_members(JsonWriter *json, const Resource *resource, const DbResult *rows,
                            int row, const char *echoed, const char *echo)
{
    int column = 0;
    for (const ResourceField *field = resource->fields; field->name != NULL; field++) {
        if ((field->flags & FIELD_SHOWN) == 0) {
            continue;
        }
        const char *text = db_text(rows, row, column++);
        if (echo != NULL && strcmp(field->name, echoed) == 0) {
            text = echo;
        }
        if (text == NULL && (field->flags & FIELD_NULL_IS_EMPTY) != 0) {
            text = "";
        }
        bool empty = text == NULL || (*text == '\0' && (field->flags & FIELD_KEEPS_EMPTY) == 0);
        if (empty && (field->flags & FIELD_OPTIONAL) != 0) {
            continue;
        }
        json_write_key(json, field->name);
        if (text == NULL) {
            json_write_null(json);
        } else if (field->kind == FIELD_JSON || field->kind == FIELD_INT) {
            json_write_raw(json, text);
        } else if (field->kind == FIELD_BOOL) {
            json_write_bool(json, *text == 't');
        } else {
            json_write_string(json, text);
        }
    }
}

void resource_write(JsonWriter *json, const Resource *resource, const DbResult *rows, int row)
{
    json_begin_object(json);
    resource_write_members(json, resource, rows, row, NULL, NULL);
    json_end(json);
}

/* `sql`: by_id or exists. */
static DbResult *select_one(Call *call, const Resource *resource, const char *sql, const char *id)
{
    const char *parameters[3] = {id};
    int count = 1 + scope_parameters(call, resource, parameters + 1);
    return db_query(call->db, call->arena, &call->error, sql, count, parameters);
}

bool resource_write_array(Call *call, JsonWriter *json, const Resource *resource,
                          const char *const *ids, int count)
{
    Buffer *list = buffer_new(call->arena);
    buffer_append_char(list, '{');
    for (int i = 0; i < count; i++) {
        buffer_printf(list, "%s%s", i > 0 ? "," : "", ids[i]);
    }
    buffer_append_char(list, '}');
    DbResult *rows = DB_QUERY(
        call->db, call->arena, &call->error,
        arena_printf(call->arena, "SELECT %s FROM %s WHERE id = ANY ($1::bigint[]) ORDER BY id",
                     resource_columns(resource), resource->table),
        list->data);
    if (rows == NULL) {
        return false;
    }
    json_begin_array(json);
    for (int i = 0; i < db_row_count(rows); i++) {
        resource_write(json, resource, rows, i);
    }
    json_end(json);
    return true;
}

void resource_get(Call *call, const Resource *resource, const char *id, int status)
{
    resource_get_echoing(call, resource, id, status, NULL, NULL);
}

void resource_get_echoing(Call *call, const Resource *resource, const char *id, int status,
                          const char *field, const char *value)
{
    DbResult *rows = select_one(call, resource, text_of(resource)->by_id, id);
    if (rows == NULL) {
        call_database_failed(call, &call->error);
    } else if (db_row_count(rows) == 0) {
        call_fail(call, 404, "%s not found", resource->name);
    } else {
        JsonWriter json = json_writer(call->response->body);
        json_begin_object(&json);
        resource_write_members(&json, resource, rows, 0, field, value);
        json_end(&json);
        call->response->status = status;
    }
}

bool resource_exists(Call *call, const Resource *resource, const char *id)
{
    DbResult *rows = select_one(call, resource, text_of(resource)->exists, id);
    if (rows == NULL) {
        return call_database_failed(call, &call->error);
    }
    return db_row_count(rows) > 0 || call_fail(call, 404, "%s not found", resource->name);
}
