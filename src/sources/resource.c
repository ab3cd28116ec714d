#include "sources/resource.h"

#include <string.h>

enum { SHOWN = FIELD_SHOWN, OPTIONAL = FIELD_SHOWN | FIELD_OPTIONAL, BY = FIELD_FILTER };

static const ResourceField SOURCE_TYPE_FIELDS[] = {
    {"id", "id", FIELD_ID, SHOWN | BY},
    {"created_at", "created_at", FIELD_TIME, SHOWN | BY},
    {"updated_at", "updated_at", FIELD_TIME, SHOWN | BY},
    {"category", "category", FIELD_TEXT, SHOWN | BY},
    {"name", "name", FIELD_TEXT, SHOWN | BY},
    {"product_name", "product_name", FIELD_TEXT, SHOWN | BY},
    {"vendor", "vendor", FIELD_TEXT, SHOWN | BY},
    {"schema", "schema", FIELD_JSON, SHOWN | BY},
    {"icon_url", "icon_url", FIELD_TEXT, SHOWN | BY},
    {0},
};

static const ResourceField APPLICATION_TYPE_FIELDS[] = {
    {"id", "id", FIELD_ID, SHOWN | BY},
    {"created_at", "created_at", FIELD_TIME, SHOWN | BY},
    {"updated_at", "updated_at", FIELD_TIME, SHOWN | BY},
    {"name", "name", FIELD_TEXT, SHOWN | BY},
    {"display_name", "display_name", FIELD_TEXT, SHOWN | BY},
    {"dependent_applications", "dependent_applications", FIELD_JSON, SHOWN | BY},
    {"supported_source_types", "supported_source_types", FIELD_JSON, SHOWN | BY},
    {"supported_authentication_types", "supported_authentication_types", FIELD_JSON, SHOWN | BY},
    {"resource_ownership", "resource_ownership", FIELD_TEXT, BY},
    {0},
};

static const ResourceField APP_META_DATA_FIELDS[] = {
    {"id", "id", FIELD_ID, SHOWN | BY},
    {"created_at", "created_at", FIELD_TIME, SHOWN | BY},
    {"updated_at", "updated_at", FIELD_TIME, SHOWN | BY},
    {"name", "name", FIELD_TEXT, SHOWN | BY},
    {"payload", "payload", FIELD_JSON, SHOWN | BY},
    {"application_type_id", "application_type_id", FIELD_ID, SHOWN | BY},
    {"step", "step", FIELD_INT, BY},
    {"substitutions", "substitutions", FIELD_JSON, BY},
    {"type", "type", FIELD_TEXT, BY},
    {0},
};

static const ResourceField SOURCE_FIELDS[] = {
    {"availability_status", "availability_status", FIELD_TEXT, SHOWN | BY},
    {"last_checked_at", "last_checked_at", FIELD_TIME, OPTIONAL | BY},
    {"last_available_at", "last_available_at", FIELD_TIME, OPTIONAL | BY},
    {"id", "id", FIELD_ID, SHOWN | BY},
    {"created_at", "created_at", FIELD_TIME, SHOWN | BY},
    {"updated_at", "updated_at", FIELD_TIME, SHOWN | BY},
    {"paused_at", "paused_at", FIELD_TIME, OPTIONAL | BY},
    {"name", "name", FIELD_TEXT, SHOWN | BY | FIELD_LONG},
    {"uid", "uid", FIELD_TEXT, OPTIONAL | BY},
    {"version", "version", FIELD_TEXT, OPTIONAL | FIELD_KEEPS_EMPTY | BY},
    {"imported", "imported", FIELD_TEXT, OPTIONAL | FIELD_KEEPS_EMPTY | BY},
    {"source_ref", "source_ref", FIELD_TEXT, OPTIONAL | FIELD_KEEPS_EMPTY | BY},
    {"app_creation_workflow", "app_creation_workflow", FIELD_TEXT, SHOWN | BY},
    {"source_type_id", "source_type_id", FIELD_ID, SHOWN | BY},
    {0},
};

static const ResourceField APPLICATION_FIELDS[] = {
    {"id", "id", FIELD_ID, SHOWN | BY},
    {"created_at", "created_at", FIELD_TIME, SHOWN | BY},
    {"updated_at", "updated_at", FIELD_TIME, SHOWN | BY},
    {"paused_at", "paused_at", FIELD_TIME, OPTIONAL | BY},
    {"availability_status", "availability_status", FIELD_TEXT, SHOWN | BY},
    {"last_checked_at", "last_checked_at", FIELD_TIME, OPTIONAL | BY},
    {"last_available_at", "last_available_at", FIELD_TIME, OPTIONAL | BY},
    {"availability_status_error", "availability_status_error", FIELD_TEXT, OPTIONAL | BY},
    {"extra", "extra", FIELD_JSON, OPTIONAL | BY},
    {"source_id", "source_id", FIELD_ID, SHOWN | BY},
    {"application_type_id", "application_type_id", FIELD_ID, SHOWN | BY},
    {0},
};

static const ResourceField AUTHENTICATION_FIELDS[] = {
    {"id", "id", FIELD_ID, SHOWN | BY},
    {"name", "name", FIELD_TEXT, OPTIONAL | BY},
    {"authtype", "authtype", FIELD_TEXT, SHOWN | BY},
    {"username", "username", FIELD_TEXT, SHOWN | FIELD_NULL_IS_EMPTY | BY},
    {"extra", "extra", FIELD_JSON, OPTIONAL},
    {"availability_status", "availability_status", FIELD_TEXT, OPTIONAL | BY},
    {"availability_status_error", "availability_status_error", FIELD_TEXT, OPTIONAL | BY},
    {"resource_type", "resource_type", FIELD_TEXT, SHOWN | BY},
    {"resource_id", "resource_id", FIELD_ID, SHOWN | BY},
    {"last_checked_at", "last_checked_at", FIELD_TIME, BY},
    {"last_available_at", "last_available_at", FIELD_TIME, BY},
    {"source_id", "source_id", FIELD_ID, BY},
    {0},
};

static const ResourceField ENDPOINT_FIELDS[] = {
    {"id", "id", FIELD_ID, SHOWN | BY},
    {"created_at", "created_at", FIELD_TIME, SHOWN | BY},
    {"updated_at", "updated_at", FIELD_TIME, SHOWN | BY},
    {"paused_at", "paused_at", FIELD_TIME, OPTIONAL | BY},
    {"role", "role", FIELD_TEXT, OPTIONAL | FIELD_KEEPS_EMPTY | BY},
    {"port", "port", FIELD_INT, OPTIONAL | BY},
    {"default", "\"default\"", FIELD_BOOL, OPTIONAL | BY},
    {"scheme", "scheme", FIELD_TEXT, OPTIONAL | FIELD_KEEPS_EMPTY | BY},
    {"host", "host", FIELD_TEXT, OPTIONAL | FIELD_KEEPS_EMPTY | BY},
    {"path", "path", FIELD_TEXT, OPTIONAL | FIELD_KEEPS_EMPTY | BY},
    {"verify_ssl", "verify_ssl", FIELD_BOOL, OPTIONAL | BY},
    {"certificate_authority", "certificate_authority", FIELD_TEXT,
     OPTIONAL | FIELD_KEEPS_EMPTY | BY},
    {"receptor_node", "receptor_node", FIELD_TEXT, OPTIONAL | FIELD_KEEPS_EMPTY | BY},
    {"availability_status", "availability_status", FIELD_TEXT, SHOWN | BY},
    {"last_checked_at", "last_checked_at", FIELD_TIME, OPTIONAL | BY},
    {"last_available_at", "last_available_at", FIELD_TIME, OPTIONAL | BY},
    {"availability_status_error", "availability_status_error", FIELD_TEXT, OPTIONAL | BY},
    {"source_id", "source_id", FIELD_ID, SHOWN | BY},
    {0},
};

static const ResourceField APPLICATION_AUTHENTICATION_FIELDS[] = {
    {"id", "id", FIELD_ID, SHOWN | BY},
    {"created_at", "created_at", FIELD_TIME, SHOWN | BY},
    {"updated_at", "updated_at", FIELD_TIME, SHOWN | BY},
    {"application_id", "application_id", FIELD_ID, SHOWN | BY},
    {"authentication_id", "authentication_id", FIELD_ID, SHOWN | BY},
    {"paused_at", "paused_at", FIELD_TIME, BY},
    {0},
};

static const ResourceField SECRET_FIELDS[] = {
    {"id", "id", FIELD_ID, SHOWN | BY},
    {"name", "name", FIELD_TEXT, OPTIONAL | BY},
    {"authtype", "authtype", FIELD_TEXT, SHOWN | BY},
    {"username", "username", FIELD_TEXT, SHOWN | FIELD_NULL_IS_EMPTY | BY},
    {"extra", "extra", FIELD_JSON, OPTIONAL},
    {"availability_status", "availability_status", FIELD_TEXT, BY},
    {"availability_status_error", "availability_status_error", FIELD_TEXT, BY},
    {"resource_type", "resource_type", FIELD_TEXT, BY},
    {"resource_id", "resource_id", FIELD_ID, BY},
    {"last_checked_at", "last_checked_at", FIELD_TIME, BY},
    {"last_available_at", "last_available_at", FIELD_TIME, BY},
    {"source_id", "source_id", FIELD_ID, BY},
    {0},
};

#define RHC_CONNECTION_FIELDS                                                                      \
    {"id", "id", FIELD_ID, SHOWN | BY}, {"rhc_id", "rhc_id", FIELD_TEXT, SHOWN | BY},              \
        {"extra", "extra", FIELD_JSON, OPTIONAL | BY},                                             \
        {"availability_status", "availability_status", FIELD_TEXT, OPTIONAL | BY},                 \
        {"last_checked_at", "last_checked_at", FIELD_FULL_TIME, OPTIONAL | BY},                    \
        {"last_available_at", "last_available_at", FIELD_FULL_TIME, OPTIONAL | BY},                \
        {"availability_status_error", "availability_status_error", FIELD_TEXT, OPTIONAL | BY},     \
        {"created_at", "created_at", FIELD_TIME, BY},                                              \
    {                                                                                              \
        "updated_at", "updated_at", FIELD_TIME, BY                                                 \
    }

static const ResourceField RHC_OF_SOURCE_FIELDS[] = {RHC_CONNECTION_FIELDS, {0}};

static const ResourceField RHC_FIELDS[] = {
    RHC_CONNECTION_FIELDS,
    {"source_ids",
     "(SELECT jsonb_agg(l.source_id::text ORDER BY l.source_id)"
     "   FROM source_rhc_connections l"
     "  WHERE l.rhc_connection_id = rhc_connections.id)",
     FIELD_JSON, OPTIONAL},
    {0},
};

static const ResourceField INTERNAL_SOURCE_FIELDS[] = {
    {"id", "id", FIELD_ID, SHOWN | BY},
    {"availability_status", "availability_status", FIELD_TEXT, SHOWN | BY},
    {"tenant",
     "(SELECT COALESCE(t.external_tenant, '') FROM tenants t WHERE t.id = sources.tenant_id)",
     FIELD_TEXT, SHOWN},
    {"org_id", "(SELECT COALESCE(t.org_id, '') FROM tenants t WHERE t.id = sources.tenant_id)",
     FIELD_TEXT, SHOWN},
    {"created_at", "created_at", FIELD_TIME, BY},
    {"updated_at", "updated_at", FIELD_TIME, BY},
    {"paused_at", "paused_at", FIELD_TIME, BY},
    {"name", "name", FIELD_TEXT, BY},
    {"uid", "uid", FIELD_TEXT, BY},
    {"version", "version", FIELD_TEXT, BY},
    {"imported", "imported", FIELD_TEXT, BY},
    {"source_ref", "source_ref", FIELD_TEXT, BY},
    {"app_creation_workflow", "app_creation_workflow", FIELD_TEXT, BY},
    {"source_type_id", "source_type_id", FIELD_ID, BY},
    {"last_checked_at", "last_checked_at", FIELD_TIME, BY},
    {"last_available_at", "last_available_at", FIELD_TIME, BY},
    {0},
};

const Resource SOURCE_TYPES = {
    .name = "source type", .table = "source_types", .fields = SOURCE_TYPE_FIELDS};
const Resource APPLICATION_TYPES = {
    .name = "application type", .table = "application_types", .fields = APPLICATION_TYPE_FIELDS};
const Resource APP_META_DATA = {
    .name = "metadata", .table = "meta_data", .fields = APP_META_DATA_FIELDS};
const Resource SOURCES = {.name = "source",
                          .table = "sources",
                          .fields = SOURCE_FIELDS,
                          .scope = SCOPE_USER,
                          .association = "source_type",
                          .association_key = "source_type_id",
                          .association_resource = &SOURCE_TYPES};
const Resource INTERNAL_SOURCES = {.name = "source",
                                   .table = "sources",
                                   .fields = INTERNAL_SOURCE_FIELDS,
                                   .association = "source_type",
                                   .association_key = "source_type_id",
                                   .association_resource = &SOURCE_TYPES};
const Resource APPLICATIONS = {.name = "application",
                               .table = "applications",
                               .fields = APPLICATION_FIELDS,
                               .scope = SCOPE_USER,
                               .association = "application_type",
                               .association_key = "application_type_id",
                               .association_resource = &APPLICATION_TYPES};
const Resource AUTHENTICATIONS = {.name = "authentication",
                                  .table = "authentications",
                                  .fields = AUTHENTICATION_FIELDS,
                                  .scope = SCOPE_USER};
const Resource ENDPOINTS = {
    .name = "endpoint", .table = "endpoints", .fields = ENDPOINT_FIELDS, .scope = SCOPE_TENANT};
const Resource APPLICATION_AUTHENTICATIONS = {.name = "application authentication",
                                              .table = "application_authentications",
                                              .fields = APPLICATION_AUTHENTICATION_FIELDS,
                                              .scope = SCOPE_USER};
const Resource SECRETS = {
    .name = "secret", .table = "authentications", .fields = SECRET_FIELDS, .scope = SCOPE_SECRET};
const Resource RHC_CONNECTIONS = {.name = "rhcConnection",
                                  .table = "rhc_connections",
                                  .fields = RHC_FIELDS,
                                  .scope = SCOPE_TENANT};
const Resource RHC_CONNECTIONS_OF_SOURCE = {.name = "rhcConnection",
                                            .table = "rhc_connections",
                                            .fields = RHC_OF_SOURCE_FIELDS,
                                            .scope = SCOPE_TENANT};

const char *resource_scope(const Call *call, const Resource *resource, int first,
                           const char **parameters, int *count)
{
    const char *table = resource->table;
    *count = 0;
    if (resource->scope == SCOPE_ALL) {
        return "TRUE";
    }
    parameters[(*count)++] = call->tenant_text;
    if (resource->scope == SCOPE_TENANT) {
        return arena_printf(call->arena, "%s.tenant_id = $%d", table, first);
    }
    parameters[(*count)++] = call->user_text;
    return arena_printf(
        call->arena, "%s.tenant_id = $%d AND (%s.user_id IS NULL OR %s.user_id = $%d)%s", table,
        first, table, table, first + 1,
        resource->scope == SCOPE_SECRET ? " AND authentications.resource_type = 'Tenant'" : "");
}

const char *resource_columns(Arena *arena, const Resource *resource)
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

int resource_column_count(const Resource *resource)
{
    int count = 0;
    for (const ResourceField *field = resource->fields; field->name != NULL; field++) {
        count += (field->flags & FIELD_SHOWN) != 0;
    }
    return count;
}

/* `echo`: JSON that stands in the place of the value of the field `echoed`; NULL for none. */
static void write_members(JsonWriter *json, const Resource *resource, const DbResult *rows, int row,
                          const char *echoed, const char *echo)
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

void resource_write_members(JsonWriter *json, const Resource *resource, const DbResult *rows,
                            int row)
{
    write_members(json, resource, rows, row, NULL, NULL);
}

void resource_write(JsonWriter *json, const Resource *resource, const DbResult *rows, int row)
{
    json_begin_object(json);
    resource_write_members(json, resource, rows, row);
    json_end(json);
}

static DbResult *select_one(Call *call, const Resource *resource, const char *columns,
                            const char *id)
{
    const char *parameters[3] = {id};
    int count;
    const char *scope = resource_scope(call, resource, 2, parameters + 1, &count);
    return db_query(call->db, call->arena, &call->error,
                    arena_printf(call->arena, "SELECT %s FROM %s WHERE id = $1 AND %s", columns,
                                 resource->table, scope),
                    count + 1, parameters);
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
                     resource_columns(call->arena, resource), resource->table),
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
    DbResult *rows = select_one(call, resource, resource_columns(call->arena, resource), id);
    if (rows == NULL) {
        call_database_failed(call, &call->error);
    } else if (db_row_count(rows) == 0) {
        call_fail(call, 404, "%s not found", resource->name);
    } else {
        JsonWriter json = json_writer(call->response->body);
        json_begin_object(&json);
        write_members(&json, resource, rows, 0, field, value);
        json_end(&json);
        call->response->status = status;
    }
}

bool resource_exists(Call *call, const Resource *resource, const char *id)
{
    DbResult *rows = select_one(call, resource, "1", id);
    if (rows == NULL) {
        return call_database_failed(call, &call->error);
    }
    return db_row_count(rows) > 0 || call_fail(call, 404, "%s not found", resource->name);
}
