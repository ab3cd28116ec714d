#include "sources/resource.h"

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
    {"step", "COALESCE(step, 0)", FIELD_INT, BY},
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
    {"availability_status_error", "COALESCE(availability_status_error, '')", FIELD_TEXT,
     OPTIONAL | BY},
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
    {"extra", "NULLIF(extra, '{}')", FIELD_JSON, OPTIONAL},
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
    {"extra", "NULLIF(extra, '{}')", FIELD_JSON, OPTIONAL},
    {"availability_status", "availability_status", FIELD_TEXT, BY},
    {"availability_status_error", "availability_status_error", FIELD_TEXT, BY},
    {"resource_type", "resource_type", FIELD_TEXT, BY},
    {"resource_id", "resource_id", FIELD_ID, BY},
    {"last_checked_at", "last_checked_at", FIELD_TIME, BY},
    {"last_available_at", "last_available_at", FIELD_TIME, BY},
    {"source_id", "source_id", FIELD_ID, BY},
    {0},
};

/* Passwords are put into their place when they are opened. */
static const ResourceField INTERNAL_AUTHENTICATION_FIELDS[] = {
    {"id", "id", FIELD_ID, SHOWN},
    {"created_at", "'0001-01-01T00:00:00Z'", FIELD_TEXT, SHOWN},
    {"name", "name", FIELD_TEXT, OPTIONAL},
    {"authtype", "authtype", FIELD_TEXT, SHOWN},
    {"username", "username", FIELD_TEXT, SHOWN | FIELD_NULL_IS_EMPTY},
    {"password", "NULL::text", FIELD_TEXT, OPTIONAL},
    {"extra", "NULLIF(extra, '{}')", FIELD_JSON, OPTIONAL},
    {"version", "''", FIELD_TEXT, SHOWN},
    {"availability_status", "availability_status", FIELD_TEXT, OPTIONAL},
    {"availability_status_error", "availability_status_error", FIELD_TEXT, OPTIONAL},
    {"resource_type", "resource_type", FIELD_TEXT, SHOWN},
    {"resource_id", "resource_id", FIELD_ID, SHOWN},
    {0},
};

static const ResourceField INTERNAL_SECRET_FIELDS[] = {
    {"id", "id", FIELD_ID, SHOWN},
    {"name", "name", FIELD_TEXT, OPTIONAL},
    {"authtype", "authtype", FIELD_TEXT, SHOWN},
    {"username", "username", FIELD_TEXT, SHOWN | FIELD_NULL_IS_EMPTY},
    {"extra", "NULLIF(extra, '{}')", FIELD_JSON, OPTIONAL},
    {"password", "NULL::text", FIELD_TEXT, OPTIONAL},
    {0},
};

#define RHC_CONNECTION_FIELDS                                                                      \
    {"id", "id", FIELD_ID, SHOWN | BY}, {"rhc_id", "rhc_id", FIELD_TEXT, SHOWN | BY},              \
        {"extra", "extra", FIELD_JSON, OPTIONAL | BY},                                             \
        {"availability_status", "availability_status", FIELD_TEXT, OPTIONAL | BY},                 \
        {"last_checked_at", "last_checked_at", FIELD_FULL_TIME, OPTIONAL | BY},                    \
        {"last_available_at", "last_available_at", FIELD_FULL_TIME, OPTIONAL | BY},                \
        {"availability_status_error", "COALESCE(availability_status_error, '')", FIELD_TEXT,       \
         OPTIONAL | BY},                                                                           \
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
const Resource INTERNAL_AUTHENTICATIONS = {.name = "authentication",
                                           .table = "authentications",
                                           .fields = INTERNAL_AUTHENTICATION_FIELDS,
                                           .scope = SCOPE_USER};
const Resource INTERNAL_SECRETS = {.name = "secret",
                                   .table = "authentications",
                                   .fields = INTERNAL_SECRET_FIELDS,
                                   .scope = SCOPE_SECRET};
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
