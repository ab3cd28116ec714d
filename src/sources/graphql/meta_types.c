/* The types of introspection (GraphQL specification §4.2) and the directives, as tables. */
#include "sources/graphql/schema.h"

#define WORDS(...) ((const char *const[]){__VA_ARGS__, NULL})

/* clang-format off */
static const GraphqlInput INCLUDE_DEPRECATED[] = {{"includeDeprecated", "Boolean", "false"}, {0}};

static const GraphqlField SCHEMA_FIELDS[] = {
    {.name = "description", .type_text = "String"},
    {.name = "types", .type_text = "[__Type!]!", .type = &GRAPHQL_META_TYPE},
    {.name = "queryType", .type_text = "__Type!", .type = &GRAPHQL_META_TYPE},
    {.name = "mutationType", .type_text = "__Type", .type = &GRAPHQL_META_TYPE},
    {.name = "subscriptionType", .type_text = "__Type", .type = &GRAPHQL_META_TYPE},
    {.name = "directives", .type_text = "[__Directive!]!", .type = &GRAPHQL_META_DIRECTIVE},
    {0},
};

const GraphqlType GRAPHQL_META_SCHEMA = {.name = "__Schema", .fields = SCHEMA_FIELDS};

static const GraphqlField TYPE_FIELDS[] = {
    {.name = "kind", .type_text = "__TypeKind!"},
    {.name = "name", .type_text = "String"},
    {.name = "description", .type_text = "String"},
    {.name = "specifiedByURL", .type_text = "String"},
    {.name = "fields", .type_text = "[__Field!]", .type = &GRAPHQL_META_FIELD, .arguments = INCLUDE_DEPRECATED},
    {.name = "interfaces", .type_text = "[__Type!]", .type = &GRAPHQL_META_TYPE},
    {.name = "possibleTypes", .type_text = "[__Type!]", .type = &GRAPHQL_META_TYPE},
    {.name = "enumValues", .type_text = "[__EnumValue!]", .type = &GRAPHQL_META_ENUM_VALUE,
     .arguments = INCLUDE_DEPRECATED},
    {.name = "inputFields", .type_text = "[__InputValue!]", .type = &GRAPHQL_META_INPUT,
     .arguments = INCLUDE_DEPRECATED},
    {.name = "ofType", .type_text = "__Type", .type = &GRAPHQL_META_TYPE},
    {.name = "isOneOf", .type_text = "Boolean"},
    {0},
};

const GraphqlType GRAPHQL_META_TYPE = {.name = "__Type", .fields = TYPE_FIELDS};

static const GraphqlField FIELD_FIELDS[] = {
    {.name = "name", .type_text = "String!"},
    {.name = "description", .type_text = "String"},
    {.name = "args", .type_text = "[__InputValue!]!", .type = &GRAPHQL_META_INPUT, .arguments = INCLUDE_DEPRECATED},
    {.name = "type", .type_text = "__Type!", .type = &GRAPHQL_META_TYPE},
    {.name = "isDeprecated", .type_text = "Boolean!"},
    {.name = "deprecationReason", .type_text = "String"},
    {0},
};

const GraphqlType GRAPHQL_META_FIELD = {.name = "__Field", .fields = FIELD_FIELDS};

static const GraphqlField INPUT_FIELDS[] = {
    {.name = "name", .type_text = "String!"},
    {.name = "description", .type_text = "String"},
    {.name = "type", .type_text = "__Type!", .type = &GRAPHQL_META_TYPE},
    {.name = "defaultValue", .type_text = "String"},
    {.name = "isDeprecated", .type_text = "Boolean!"},
    {.name = "deprecationReason", .type_text = "String"},
    {0},
};

const GraphqlType GRAPHQL_META_INPUT = {.name = "__InputValue", .fields = INPUT_FIELDS};

static const GraphqlField ENUM_VALUE_FIELDS[] = {
    {.name = "name", .type_text = "String!"},
    {.name = "description", .type_text = "String"},
    {.name = "isDeprecated", .type_text = "Boolean!"},
    {.name = "deprecationReason", .type_text = "String"},
    {0},
};

const GraphqlType GRAPHQL_META_ENUM_VALUE = {.name = "__EnumValue", .fields = ENUM_VALUE_FIELDS};

static const GraphqlField DIRECTIVE_FIELDS[] = {
    {.name = "name", .type_text = "String!"},
    {.name = "description", .type_text = "String"},
    {.name = "isRepeatable", .type_text = "Boolean!"},
    {.name = "locations", .type_text = "[__DirectiveLocation!]!"},
    {.name = "args", .type_text = "[__InputValue!]!", .type = &GRAPHQL_META_INPUT, .arguments = INCLUDE_DEPRECATED},
    {0},
};

const GraphqlType GRAPHQL_META_DIRECTIVE = {.name = "__Directive", .fields = DIRECTIVE_FIELDS};

const GraphqlType GRAPHQL_META_TYPE_KIND = {
    .name = "__TypeKind", .kind = KIND_ENUM,
    .values = WORDS("SCALAR", "OBJECT", "INTERFACE", "UNION", "ENUM", "INPUT_OBJECT", "LIST", "NON_NULL"),
};

const GraphqlType GRAPHQL_META_LOCATION = {
    .name = "__DirectiveLocation", .kind = KIND_ENUM,
    .values = WORDS("QUERY", "MUTATION", "SUBSCRIPTION", "FIELD", "FRAGMENT_DEFINITION", "FRAGMENT_SPREAD",
                    "INLINE_FRAGMENT", "VARIABLE_DEFINITION", "SCHEMA", "SCALAR", "OBJECT", "FIELD_DEFINITION",
                    "ARGUMENT_DEFINITION", "INTERFACE", "UNION", "ENUM", "ENUM_VALUE", "INPUT_OBJECT",
                    "INPUT_FIELD_DEFINITION"),
};

static const GraphqlInput CONDITION[] = {{"if", "Boolean!", NULL}, {0}};
static const GraphqlInput REASON[] = {{"reason", "String", "\"No longer supported\""}, {0}};
static const GraphqlInput URL[] = {{"url", "String!", NULL}, {0}};

const GraphqlDirectiveType GRAPHQL_DIRECTIVES[] = {
    {"deprecated", WORDS("FIELD_DEFINITION", "ARGUMENT_DEFINITION", "INPUT_FIELD_DEFINITION", "ENUM_VALUE"), REASON},
    {"include", WORDS("FIELD", "FRAGMENT_SPREAD", "INLINE_FRAGMENT"), CONDITION},
    {"oneOf", WORDS("INPUT_OBJECT"), NULL},
    {"skip", WORDS("FIELD", "FRAGMENT_SPREAD", "INLINE_FRAGMENT"), CONDITION},
    {"specifiedBy", WORDS("SCALAR"), URL},
    {0},
};
/* clang-format on */
