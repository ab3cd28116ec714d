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

static const GraphqlType AUTHENTICATION = {"Authentication", &AUTHENTICATIONS, AUTHENTICATION_FIELDS};

static const GraphqlField APPLICATION_FIELDS[] = {
    {.name = "id", .type_text = "ID!", .column = "id"},
    {.name = "application_type_id", .type_text = "String!", .column = "application_type_id"},
    {.name = "availability_status", .type_text = "String", .column = "availability_status"},
    {.name = "availability_status_error", .type_text = "String", .column = "availability_status_error"},
    {.name = "paused_at", .type_text = "Time", .column = TIME("paused_at")},
    {.name = "extra", .type_text = "Any", .shape = SHAPE_RAW, .column = "extra"},
    AUTHENTICATIONS_OF("Application"),
    {.name = "tenant_id", .type_text = "String!", .column = "tenant_id"},
    {0},
};

static const GraphqlType APPLICATION = {"Application", &APPLICATIONS, APPLICATION_FIELDS};

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

static const GraphqlType ENDPOINT = {"Endpoint", &ENDPOINTS, ENDPOINT_FIELDS};

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

static const GraphqlType SOURCE = {"Source", &SOURCES, SOURCE_FIELDS};

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

static const GraphqlType APPLICATION_TYPE = {"ApplicationType", &APPLICATION_TYPES, APPLICATION_TYPE_FIELDS};

static const GraphqlField META_FIELDS[] = {
    {.name = "count", .type_text = "Int!", .shape = SHAPE_RAW},
    {0},
};

static const GraphqlType META = {"Meta", NULL, META_FIELDS};

static const GraphqlField QUERY_FIELDS[] = {
    {.name = "sources", .type_text = "[Source!]!", .shape = SHAPE_LIST, .type = &SOURCE},
    {.name = "application_types", .type_text = "[ApplicationType]", .shape = SHAPE_LIST, .type = &APPLICATION_TYPE},
    {.name = "meta", .type_text = "Meta!", .shape = SHAPE_META, .type = &META},
    {0},
};

const GraphqlType GRAPHQL_QUERY = {"Query", NULL, QUERY_FIELDS};
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

bool graphql_type_known(const char *name)
{
    static const GraphqlType *const TYPES[] = {&GRAPHQL_QUERY, &SOURCE,         &APPLICATION,
                                               &ENDPOINT,      &AUTHENTICATION, &APPLICATION_TYPE,
                                               &META};
    for (size_t i = 0; i < sizeof TYPES / sizeof *TYPES; i++) {
        if (strcmp(TYPES[i]->name, name) == 0) {
            return true;
        }
    }
    return false;
}
