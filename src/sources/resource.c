#include "sources/resource.h"

#include <string.h>

enum { SHOWN = FIELD_SHOWN, OPTIONAL = FIELD_SHOWN | FIELD_OPTIONAL, BY = FIELD_FILTER };

static const ResourceField SOURCE_TYPE_FIELDS[] = {
    {"id",          "id", FIELD_ID, SHOWN | BY},
    {"created_at",     "created_at", FIELD_TIME, SHOWN | BY},
    {"updated_at",             "updated_at", FIELD_TIME, SHOWN | BY},
    {"category","category", FIELD_TEXT, SHOWN | BY},
    {"name",   "name", FIELD_TEXT, SHOWN | BY},
    {"product_name",  "product_name", FIELD_TEXT, SHOWN | BY},
    {"vendor",   "vendor", FIELD_TEXT, SHOWN | BY},
    {"schema",             "schema", FIELD_JSON, SHOWN | BY},
    {"icon_url",       "icon_url", FIELD_TEXT, SHOWN | BY},
    {0  },
};

static const ResourceField APPLICATION_TYPE_FIELDS[] = {
    {"id",          "id", FIELD_ID, SHOWN | BY},
    {"created_at",     "created_at", FIELD_TIME, SHOWN | BY},
    {"updated_at",             "updated_at", FIELD_TIME, SHOWN | BY},
    {"name","name", FIELD_TEXT, SHOWN | BY},
    {"display_name",   "display_name", FIELD_TEXT, SHOWN | BY},
    {"dependent_applications",  "dependent_applications", FIELD_JSON, SHOWN | BY},
    {"supported_source_types",   "supported_source_types", FIELD_JSON, SHOWN | BY},
    {"supported_authentication_types",             "supported_authentication_types", FIELD_JSON, SHOWN | BY},
    {"resource_ownership",           "resource_ownership", FIELD_TEXT, BY},
    {0  },
};

static const ResourceField APP_META_DATA_FIELDS[] = {
    {"id",          "id", FIELD_ID, SHOWN | BY},
    {"created_at",     "created_at", FIELD_TIME, SHOWN | BY},
    {"updated_at",             "updated_at", FIELD_TIME, SHOWN | BY},
    {"name","name", FIELD_TEXT, SHOWN | BY},
    {"payload",   "payload", FIELD_JSON, SHOWN | BY},
    {"application_type_id",  "application_type_id", FIELD_ID, SHOWN | BY},
    {"step",   "step", FIELD_INT, BY},
    {"substitutions",             "substitutions", FIELD_JSON, BY},
    {"type",           "type", FIELD_TEXT, BY},
    {0  },
};

static const ResourceField SOURCE_FIELDS[] = {
    {"availability_status", "availability_status", FIELD_TEXT, SHOWN | BY},
    {"last_checked_at",           "last_checked_at", FIELD_TIME, OPTIONAL | BY},
    {"last_available_at",                     "last_available_at", FIELD_TIME, OPTIONAL | BY},
    {"id","id", FIELD_ID, SHOWN | BY},
    {"created_at",        "created_at", FIELD_TIME, SHOWN | BY},
    {"updated_at",   "updated_at", FIELD_TIME, SHOWN | BY},
    {"paused_at",           "paused_at", FIELD_TIME, OPTIONAL | BY},
    {"name",                     "name", FIELD_TEXT, SHOWN | BY},
    {"uid",                        "uid", FIELD_TEXT, OPTIONAL | BY},
    {"version",           "version", FIELD_TEXT, OPTIONAL | FIELD_KEEPS_EMPTY | BY},
    {"imported",          "imported", FIELD_TEXT, OPTIONAL | FIELD_KEEPS_EMPTY | BY},
    {"source_ref",           "source_ref", FIELD_TEXT, OPTIONAL | FIELD_KEEPS_EMPTY | BY},
    {"app_creation_workflow",                     "app_creation_workflow", FIELD_TEXT, SHOWN | BY},
    {"source_type_id",       "source_type_id", FIELD_ID, SHOWN | BY},
    {0          },
};

static const ResourceField APPLICATION_FIELDS[] = {
    {"id",                  "id", FIELD_ID, SHOWN | BY},
    {"created_at",             "created_at", FIELD_TIME, SHOWN | BY},
    {"updated_at",                     "updated_at", FIELD_TIME, SHOWN | BY},
    {"paused_at","paused_at", FIELD_TIME, OPTIONAL | BY},
    {"availability_status",           "availability_status", FIELD_TEXT, SHOWN | BY},
    {"last_checked_at",          "last_checked_at", FIELD_TIME, OPTIONAL | BY},
    {"last_available_at",           "last_available_at", FIELD_TIME, OPTIONAL | BY},
    {"availability_status_error",                     "availability_status_error", FIELD_TEXT, OPTIONAL | BY},
    {"extra",              "extra", FIELD_JSON, OPTIONAL | BY},
    {"source_id",        "source_id", FIELD_ID, SHOWN | BY},
    {"application_type_id", "application_type_id", FIELD_ID, SHOWN | BY},
    {0          },
};

static const ResourceField AUTHENTICATION_FIELDS[] = {
    {"id",                      "id", FIELD_ID, SHOWN | BY},
    {"name",                 "name", FIELD_TEXT, OPTIONAL | BY},
    {"authtype",                         "authtype", FIELD_TEXT, SHOWN | BY},
    {"username",   "COALESCE(username, '')", FIELD_TEXT, SHOWN | BY},
    {"extra",            "extra", FIELD_JSON, OPTIONAL},
    {"availability_status",                "availability_status", FIELD_TEXT, OPTIONAL | BY},
    {"availability_status_error",               "availability_status_error", FIELD_TEXT, OPTIONAL | BY},
    {"resource_type",                         "resource_type", FIELD_TEXT, SHOWN | BY},
    {"resource_id","resource_id", FIELD_ID, SHOWN | BY},
    {"last_checked_at",               "last_checked_at", FIELD_TIME, BY},
    {"last_available_at",                   "last_available_at", FIELD_TIME, BY},
    {"source_id",               "source_id", FIELD_ID, BY},
    {0                        },
};

const Resource SOURCE_TYPES = {"source type", "source_types", SOURCE_TYPE_FIELDS, false, NULL, NULL,
                               NULL};
const Resource APPLICATION_TYPES = {
    "application type", "application_types", APPLICATION_TYPE_FIELDS, false, NULL, NULL, NULL};
const Resource APP_META_DATA = {"metadata", "meta_data", APP_META_DATA_FIELDS, false, NULL,
                                NULL,       NULL};
const Resource SOURCES = {"source",      "sources",        SOURCE_FIELDS, true,
                          "source_type", "source_type_id", &SOURCE_TYPES};
const Resource APPLICATIONS = {"application",      "applications",        APPLICATION_FIELDS, true,
                               "application_type", "application_type_id", &APPLICATION_TYPES};
const Resource AUTHENTICATIONS = {
    "authentication", "authentications", AUTHENTICATION_FIELDS, true, NULL, NULL, NULL};

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
        } else {
            buffer_append_text(list, field->column);
        }
    }
    return list->data;
}

void resource_write(JsonWriter *json, const Resource *resource, const DbResult *rows, int row)
{
    int column = 0;
    json_begin_object(json);
    for (const ResourceField *field = resource->fields; field->name != NULL; field++) {
        if ((field->flags & FIELD_SHOWN) == 0) {
            continue;
        }
        const char *text = db_text(rows, row, column++);
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
    json_end(json);
}

static DbResult *select_one(Call *call, const Resource *resource, const char *columns,
                            const char *id)
{
    if (!resource->tenanted) {
        return DB_QUERY(
            call->db, call->arena, &call->error,
            arena_printf(call->arena, "SELECT %s FROM %s WHERE id = $1", columns, resource->table),
            id);
    }
    return DB_QUERY(call->db, call->arena, &call->error,
                    arena_printf(call->arena, "SELECT %s FROM %s WHERE id = $1 AND tenant_id = $2",
                                 columns, resource->table),
                    id, call->tenant_text);
}

void resource_get(Call *call, const Resource *resource, const char *id, int status)
{
    DbResult *rows = select_one(call, resource, resource_columns(call->arena, resource), id);
    if (rows == NULL) {
        call_database_failed(call, &call->error);
    } else if (db_row_count(rows) == 0) {
        call_fail(call, 404, "%s not found", resource->name);
    } else {
        JsonWriter json = json_writer(call->response->body);
        resource_write(&json, resource, rows, 0);
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
