#include "sources/graphql/schema.h"

#include <string.h>

#define TIME(column) "to_char(" column " AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"')"

/* Authentications are found by what they belong to. */
#define AUTHENTICATIONS_OF(owner)                                                                  \
    {                                                                                              \
        .name = "authentications", .type_text = "[Authentication]!", .shape = SHAPE_ROWS,          \
        .type = &AUTHENTICATION,                                                                   \
        .from = "(SELECT * FROM authentications WHERE resource_type = '" owner                     \
                "') AS authentications",                                                           \
        .parent = "authentications.resource_id"                                                    \
    }

/* clang-format off */
static const GraphqlField AUTHENTICATION_FIELDS[] = {
    {.name = "id", .type_text = "ID!", .column = "id"},
    {.name = "authtype", .type_text = "String", .column = "authtype"},
    {.name = "username", .type_text = "String", .column = "username"},
    {.name = "availability_status", .type_text = "String", .column = "availability_status"},
    {.name = "availability_status_error", .type_text = "String", .column = "availability_status_error"},
    {.name = "resource_type", .type_text = "String!", .column = "resource_type"},
    {.name = "resource_id", .type_text = "String!", .column = "resource_id"},
    {.name = "tenant_id", .type_text = "String!", .column = "tenant_id"},
    {0},
};

static const GraphqlType AUTHENTICATION = {
    .name = "Authentication", .resource = &AUTHENTICATIONS, .fields = AUTHENTICATION_FIELDS,
};

static const GraphqlField APPLICATION_FIELDS[] = {
    {.name = "id", .type_text = "ID!", .column = "id"},
    {.name = "application_type_id", .type_text = "String!", .column = "application_type_id"},
    {.name = "availability_status", .type_text = "String", .column = "availability_status"},
    {.name = "availability_status_error", .type_text = "String", .column = "COALESCE(availability_status_error, '')"},
    {.name = "paused_at", .type_text = "Time", .column = TIME("paused_at")},
    {.name = "extra", .type_text = "Any", .shape = SHAPE_RAW, .column = "extra"},
    AUTHENTICATIONS_OF("Application"),
    {.name = "tenant_id", .type_text = "String!", .column = "tenant_id"},
    {0},
};

static const GraphqlType APPLICATION = {.name = "Application", .resource = &APPLICATIONS, .fields = APPLICATION_FIELDS};

static const GraphqlField ENDPOINT_FIELDS[] = {
    {.name = "id", .type_text = "ID!", .column = "id"},
    {.name = "scheme", .type_text = "String", .column = "scheme"},
    {.name = "host", .type_text = "String", .column = "host"},
    {.name = "port", .type_text = "Int", .shape = SHAPE_RAW, .column = "port"},
    {.name = "path", .type_text = "String", .column = "path"},
    {.name = "receptor_node", .type_text = "String", .column = "receptor_node"},
    {.name = "role", .type_text = "String", .column = "role"},
    {.name = "certificate_authority", .type_text = "String", .column = "certificate_authority"},
    {.name = "verify_ssl", .type_text = "Boolean", .shape = SHAPE_BOOLEAN, .column = "verify_ssl"},
    {.name = "availability_status", .type_text = "String", .column = "availability_status"},
    {.name = "availability_status_error", .type_text = "String", .column = "availability_status_error"},
    AUTHENTICATIONS_OF("Endpoint"),
    {.name = "tenant_id", .type_text = "String!", .column = "tenant_id"},
    {0},
};

static const GraphqlType ENDPOINT = {.name = "Endpoint", .resource = &ENDPOINTS, .fields = ENDPOINT_FIELDS};

static const GraphqlField SOURCE_FIELDS[] = {
    {.name = "id", .type_text = "ID!", .column = "id"},
    {.name = "created_at", .type_text = "Time!", .column = TIME("created_at")},
    {.name = "updated_at", .type_text = "Time!", .column = TIME("updated_at")},
    {.name = "source_type_id", .type_text = "String!", .column = "source_type_id"},
    {.name = "name", .type_text = "String!", .column = "name"},
    {.name = "imported", .type_text = "String", .column = "imported"},
    {.name = "availability_status", .type_text = "String", .column = "availability_status"},
    {.name = "source_ref", .type_text = "String", .column = "source_ref"},
    {.name = "app_creation_workflow", .type_text = "String!", .column = "app_creation_workflow"},
    {.name = "last_checked_at", .type_text = "Time", .column = TIME("last_checked_at")},
    {.name = "last_available_at", .type_text = "Time", .column = TIME("last_available_at")},
    {.name = "paused_at", .type_text = "Time", .column = TIME("paused_at")},
    AUTHENTICATIONS_OF("Source"),
    {.name = "endpoints", .type_text = "[Endpoint]!", .shape = SHAPE_ROWS, .type = &ENDPOINT,
     .from = "endpoints", .parent = "endpoints.source_id"},
    {.name = "applications", .type_text = "[Application]!", .shape = SHAPE_ROWS, .type = &APPLICATION,
     .from = "applications", .parent = "applications.source_id"},
    {.name = "tenant_id", .type_text = "String!", .column = "tenant_id"},
    {0},
};

static const GraphqlType SOURCE = {.name = "Source", .resource = &SOURCES, .fields = SOURCE_FIELDS};

static const GraphqlField APPLICATION_TYPE_FIELDS[] = {
    {.name = "id", .type_text = "ID!", .column = "id"},
    {.name = "name", .type_text = "String!", .column = "name"},
    {.name = "display_name", .type_text = "String!", .column = "display_name"},
    {.name = "dependent_applications", .type_text = "Any", .shape = SHAPE_RAW, .column = "dependent_applications"},
    {.name = "supported_source_types", .type_text = "Any", .shape = SHAPE_RAW, .column = "supported_source_types"},
    {.name = "supported_authentication_types", .type_text = "Any", .shape = SHAPE_RAW,
     .column = "supported_authentication_types"},
    {.name = "sources", .type_text = "[Source]!", .shape = SHAPE_ROWS, .type = &SOURCE,
     .from = "sources JOIN (SELECT source_id, application_type_id FROM applications) AS used"
             " ON used.source_id = sources.id",
     .parent = "used.application_type_id"},
    {0},
};

static const GraphqlType APPLICATION_TYPE = {
    .name = "ApplicationType", .resource = &APPLICATION_TYPES, .fields = APPLICATION_TYPE_FIELDS,
};

static const GraphqlField META_FIELDS[] = {
    {.name = "count", .type_text = "Int!", .shape = SHAPE_RAW},
    {0},
};

static const GraphqlType META = {.name = "Meta", .fields = META_FIELDS};

/* What lists take. */
static const GraphqlInput LIST_ARGUMENTS[] = {
    {"limit", "Int", NULL}, {"offset", "Int", NULL}, {"sort_by", "[SortBy]", NULL}, {"filter", "[Filter]", NULL}, {0},
};

static const GraphqlInput TYPE_ARGUMENTS[] = {{"name", "String!", NULL}, {0}};

static const GraphqlField QUERY_FIELDS[] = {
    {.name = "sources", .type_text = "[Source!]!", .shape = SHAPE_LIST, .type = &SOURCE, .arguments = LIST_ARGUMENTS},
    {.name = "application_types", .type_text = "[ApplicationType]", .shape = SHAPE_LIST, .type = &APPLICATION_TYPE,
     .arguments = LIST_ARGUMENTS},
    {.name = "meta", .type_text = "Meta!", .shape = SHAPE_META, .type = &META},
    {.name = "__schema", .type_text = "__Schema!", .shape = SHAPE_INTROSPECTION, .type = &GRAPHQL_META_SCHEMA},
    {.name = "__type", .type_text = "__Type", .shape = SHAPE_INTROSPECTION, .type = &GRAPHQL_META_TYPE,
     .arguments = TYPE_ARGUMENTS},
    {0},
};

const GraphqlType GRAPHQL_QUERY = {.name = "Query", .fields = QUERY_FIELDS};

static const GraphqlInput FILTER_FIELDS[] = {
    {"name", "String!", NULL}, {"operation", "String", NULL}, {"value", "[String!]!", NULL}, {0},
};

static const GraphqlType FILTER = {.name = "Filter", .kind = KIND_INPUT_OBJECT, .inputs = FILTER_FIELDS};

static const GraphqlInput SORT_BY_FIELDS[] = {{"name", "String!", NULL}, {"direction", "Direction", NULL}, {0}};

static const GraphqlType SORT_BY = {.name = "SortBy", .kind = KIND_INPUT_OBJECT, .inputs = SORT_BY_FIELDS};

static const GraphqlType DIRECTION = {
    .name = "Direction", .kind = KIND_ENUM, .values = (const char *const[]){"asc", "desc", NULL},
};

static const GraphqlType ANY = {.name = "Any", .kind = KIND_SCALAR};
static const GraphqlType BOOLEAN = {.name = "Boolean", .kind = KIND_SCALAR};
static const GraphqlType FLOAT = {.name = "Float", .kind = KIND_SCALAR};
static const GraphqlType ID = {.name = "ID", .kind = KIND_SCALAR};
static const GraphqlType INT = {.name = "Int", .kind = KIND_SCALAR};
static const GraphqlType STRING = {.name = "String", .kind = KIND_SCALAR};
static const GraphqlType TIME_TYPE = {.name = "Time", .kind = KIND_SCALAR};

const GraphqlType *const GRAPHQL_TYPES[] = {
    &ANY, &APPLICATION, &APPLICATION_TYPE, &AUTHENTICATION, &BOOLEAN, &DIRECTION, &ENDPOINT, &FILTER, &FLOAT, &ID,
    &INT, &META, &GRAPHQL_QUERY, &SORT_BY, &SOURCE, &STRING, &TIME_TYPE, &GRAPHQL_META_DIRECTIVE,
    &GRAPHQL_META_LOCATION, &GRAPHQL_META_ENUM_VALUE, &GRAPHQL_META_FIELD, &GRAPHQL_META_INPUT, &GRAPHQL_META_SCHEMA,
    &GRAPHQL_META_TYPE, &GRAPHQL_META_TYPE_KIND, NULL,
};
/* clang-format on */

const GraphqlField *graphql_field(const GraphqlType *type, const char *name)
{
    for (const GraphqlField *field = type->fields; field->name != NULL; field++) {
        if (strcmp(field->name, name) == 0) {
            return field;
        }
    }
    return NULL;
}

const GraphqlInput *graphql_input(const GraphqlInput *inputs, const char *name)
{
    for (; inputs != NULL && inputs->name != NULL; inputs++) {
        if (strcmp(inputs->name, name) == 0) {
            return inputs;
        }
    }
    return NULL;
}

const GraphqlType *graphql_type(const char *name)
{
    for (const GraphqlType *const *type = GRAPHQL_TYPES; *type != NULL; type++) {
        if (strcmp((*type)->name, name) == 0) {
            return *type;
        }
    }
    return NULL;
}
