/* Values: those that stand in a document, and those that come as variables, against the types of
 * what they are for. */
#include <string.h>

#include "sources/graphql/query.h"

/* The fields of input objects. */
static const struct {
    const char *type, *field, *field_type;
} INPUTS[] = {
    {"Filter", "name", "String!"},        {"Filter", "operation", "String"},
    {"Filter", "value", "[String!]!"},    {"SortBy", "name", "String!"},
    {"SortBy", "direction", "Direction"},
};

enum { INPUT_COUNT = sizeof INPUTS / sizeof *INPUTS };

static const char *const SCALARS[] = {"Int", "String", "Boolean", "ID", "Direction"};

static const char *input_type(const char *type, const char *field)
{
    for (int i = 0; i < INPUT_COUNT; i++) {
        if (strcmp(INPUTS[i].type, type) == 0 && strcmp(INPUTS[i].field, field) == 0) {
            return INPUTS[i].field_type;
        }
    }
    return NULL;
}

static bool is_input(const char *type)
{
    return strcmp(type, "Filter") == 0 || strcmp(type, "SortBy") == 0;
}

/* "Filter" of "[Filter!]!". */
static const char *inner_name(Arena *arena, const char *type)
{
    type += strspn(type, "[");
    return arena_strndup(arena, type, strcspn(type, "!]"));
}

/* The type without its outermost "!". */
static const char *nullable(Arena *arena, const char *type)
{
    size_t length = strlen(type);
    return type[length - 1] == '!' ? arena_strndup(arena, type, length - 1) : type;
}

/* What a list is of; NULL when the type is none. */
static const char *item_type(Arena *arena, const char *type)
{
    return *type == '[' ? arena_strndup(arena, type + 1, strlen(type) - 2) : NULL;
}

static bool is_needed(const char *type)
{
    return type[strlen(type) - 1] == '!';
}

static const char *literal_text(Arena *arena, const GraphqlValue *value)
{
    static const char *const KINDS[] = {
        [GRAPHQL_LIST] = "a list", [GRAPHQL_OBJECT] = "an object", [GRAPHQL_NULL] = "null"};
    if (value->kind == GRAPHQL_STRING) {
        return arena_printf(arena, "\"%s\"", value->text);
    }
    bool named =
        value->kind == GRAPHQL_LIST || value->kind == GRAPHQL_OBJECT || value->kind == GRAPHQL_NULL;
    return named ? KINDS[value->kind] : value->text;
}

const GraphqlVariable *graphql_variable(const GraphqlQuery *query, const char *name)
{
    for (const GraphqlVariable *v = query->operation->variables; v != NULL; v = v->next) {
        if (strcmp(v->name, name) == 0) {
            return v;
        }
    }
    return NULL;
}

/* May a variable of one type stand where another is expected (§5.8.5)? */
static bool usable(Arena *arena, const char *type, const char *expected, bool has_fallback)
{
    if (is_needed(expected)) {
        return (is_needed(type) || has_fallback) &&
               usable(arena, nullable(arena, type), nullable(arena, expected), false);
    }
    type = nullable(arena, type);
    const char *item = item_type(arena, type), *expected_item = item_type(arena, expected);
    if (item == NULL || expected_item == NULL) {
        return strcmp(type, expected) == 0;
    }
    return usable(arena, item, expected_item, false);
}

static bool check_variable(GraphqlQuery *query, const char *type, const GraphqlValue *value)
{
    const GraphqlVariable *variable = graphql_variable(query, value->text);
    if (variable == NULL) {
        const char *name = query->operation->name;
        return graphql_fail(query, value->place, "Variable \"$%s\" is not defined%s%s%s.",
                            value->text, name != NULL ? " by operation \"" : "",
                            name != NULL ? name : "", name != NULL ? "\"" : "");
    }
    graphql_note_use(query, &query->used_variables, variable->name);
    bool fallback = variable->fallback != NULL && variable->fallback->kind != GRAPHQL_NULL;
    return usable(query->arena, variable->type, type, fallback) ||
           graphql_fail(query, value->place,
                        "Variable \"$%s\" of type \"%s\" used in position expecting type \"%s\".",
                        variable->name, variable->type, type);
}

static bool check_object(GraphqlQuery *query, const char *type, const GraphqlValue *object)
{
    bool good = true;
    for (const GraphqlValue *item = object->items; item != NULL; item = item->next) {
        const char *wanted = input_type(type, item->name);
        good = (wanted != NULL ? graphql_check_literal(query, wanted, item)
                               : graphql_fail(query, item->name_place,
                                              "Field \"%s\" is not defined by type \"%s\".",
                                              item->name, type)) &&
               good;
    }
    for (int i = 0; i < INPUT_COUNT; i++) {
        bool given = strcmp(INPUTS[i].type, type) != 0 || !is_needed(INPUTS[i].field_type);
        for (const GraphqlValue *item = object->items; !given && item != NULL; item = item->next) {
            given = strcmp(item->name, INPUTS[i].field) == 0;
        }
        good = (given || graphql_fail(query, object->place,
                                      "Field \"%s.%s\" of required type \"%s\" was not provided.",
                                      type, INPUTS[i].field, INPUTS[i].field_type)) &&
               good;
    }
    return good;
}

static bool check_scalar(GraphqlQuery *query, const char *type, const GraphqlValue *value)
{
    static const struct {
        const char *type;
        GraphqlValueKind kind;
        const char *words;
    } RULES[] = {
        {"Int", GRAPHQL_INT, "Int cannot represent non-integer value"},
        {"String", GRAPHQL_STRING, "String cannot represent a non string value"},
        {"Boolean", GRAPHQL_BOOLEAN, "Boolean cannot represent a non boolean value"},
    };
    const char *text = literal_text(query->arena, value);
    for (size_t i = 0; i < sizeof RULES / sizeof *RULES; i++) {
        if (strcmp(RULES[i].type, type) == 0) {
            return value->kind == RULES[i].kind ||
                   graphql_fail(query, value->place, "%s: %s", RULES[i].words, text);
        }
    }
    if (value->kind != GRAPHQL_ENUM) {
        return graphql_fail(query, value->place,
                            "Enum \"Direction\" cannot represent non-enum value: %s.", text);
    }
    return strcmp(text, "asc") == 0 || strcmp(text, "desc") == 0 ||
           graphql_fail(query, value->place, "Value \"%s\" does not exist in \"Direction\" enum.",
                        text);
}

/* A list, or the one value that stands for a list of it. */
static bool check_list(GraphqlQuery *query, const char *type, const char *item,
                       const GraphqlValue *value)
{
    bool good = true;
    if (value->kind != GRAPHQL_LIST) {
        GraphqlValueKind alone =
            is_input(inner_name(query->arena, item)) ? GRAPHQL_OBJECT : GRAPHQL_STRING;
        return value->kind == alone
                   ? graphql_check_literal(query, item, value)
                   : graphql_fail(query, value->place, "Expected value of type \"%s\", found %s.",
                                  type, literal_text(query->arena, value));
    }
    for (const GraphqlValue *one = value->items; one != NULL; one = one->next) {
        good = graphql_check_literal(query, item, one) && good;
    }
    return good;
}

bool graphql_check_literal(GraphqlQuery *query, const char *type, const GraphqlValue *value)
{
    if (value->kind == GRAPHQL_VARIABLE) {
        return check_variable(query, type, value);
    }
    const char *bare = nullable(query->arena, type), *item = item_type(query->arena, bare);
    if (value->kind == GRAPHQL_NULL) {
        return bare == type || graphql_fail(query, value->place,
                                            "Expected value of type \"%s\", found null.", type);
    }
    if (item != NULL) {
        return check_list(query, type, item, value);
    }
    if (!is_input(bare)) {
        return check_scalar(query, bare, value);
    }
    return value->kind == GRAPHQL_OBJECT
               ? check_object(query, bare, value)
               : graphql_fail(query, value->place, "Expected value of type \"%s\", found %s.", bare,
                              literal_text(query->arena, value));
}

/* What was sent for a variable; `path` leads to it, the inside of an array of JSON. */
static bool check_sent(GraphqlQuery *query, const char *type, const json_t *value,
                       const char *path);

static const char *kind_of(const json_t *value)
{
    static const char *const NAMES[] = {
        [JSON_OBJECT] = "map",    [JSON_ARRAY] = "slice",  [JSON_STRING] = "string",
        [JSON_INTEGER] = "int64", [JSON_REAL] = "float64", [JSON_TRUE] = "bool",
        [JSON_FALSE] = "bool",    [JSON_NULL] = "null"};
    return NAMES[json_typeof(value)];
}

static bool check_sent_object(GraphqlQuery *query, const char *type, const json_t *object,
                              const char *path)
{
    const char *key;
    json_t *member;
    if (!json_is_object(object)) {
        return graphql_fail_at(query, path, "must be a %s, not a %s", type, kind_of(object));
    }
    json_object_foreach ((json_t *)object, key, member) {
        if (input_type(type, key) == NULL) {
            return graphql_fail_at(query, arena_printf(query->arena, "%s, \"%s\"", path, key),
                                   "unknown field");
        }
    }
    for (int i = 0; i < INPUT_COUNT; i++) {
        if (strcmp(INPUTS[i].type, type) == 0 &&
            !check_sent(query, INPUTS[i].field_type, json_object_get(object, INPUTS[i].field),
                        arena_printf(query->arena, "%s, \"%s\"", path, INPUTS[i].field))) {
            return false;
        }
    }
    return true;
}

static bool check_sent_list(GraphqlQuery *query, const char *item, const json_t *value,
                            const char *path)
{
    size_t count = json_is_array(value) ? json_array_size(value) : 1;
    for (size_t i = 0; i < count; i++) {
        const json_t *one = json_is_array(value) ? json_array_get(value, i) : value;
        if (!check_sent(query, item, one, arena_printf(query->arena, "%s, %zu", path, i))) {
            return false;
        }
    }
    return true;
}

static bool check_sent(GraphqlQuery *query, const char *type, const json_t *value, const char *path)
{
    if (value == NULL || json_is_null(value)) {
        return !is_needed(type) ||
               graphql_fail_at(query, path, "%s",
                               value == NULL ? "must be defined" : "cannot be null");
    }
    type = nullable(query->arena, type);
    const char *item = item_type(query->arena, type);
    if (item != NULL) {
        return check_sent_list(query, item, value, path);
    }
    if (is_input(type)) {
        return check_sent_object(query, type, value, path);
    }
    if (strcmp(type, "Direction") == 0 && json_is_string(value)) {
        const char *text = json_string_value(value);
        return strcmp(text, "asc") == 0 || strcmp(text, "desc") == 0 ||
               graphql_fail_at(query, path, "%s is not a valid Direction", text);
    }
    bool fits = strcmp(type, "Int") == 0       ? json_is_integer(value)
                : strcmp(type, "Boolean") == 0 ? json_is_boolean(value)
                                               : json_is_string(value);
    return fits || graphql_fail_at(query, path, "cannot use %s as %s", kind_of(value), type);
}

bool graphql_check_variables(GraphqlQuery *query)
{
    for (const GraphqlVariable *v = query->operation->variables; v != NULL; v = v->next) {
        const json_t *sent = json_object_get(query->variables, v->name);
        if ((sent != NULL || v->fallback == NULL) &&
            !check_sent(query, v->type, sent,
                        arena_printf(query->arena, "\"variable\", \"%s\"", v->name))) {
            return false;
        }
    }
    return true;
}

bool graphql_check_variable_types(GraphqlQuery *query)
{
    bool good = true;
    for (const GraphqlVariable *v = query->operation->variables; v != NULL; v = v->next) {
        const char *name = inner_name(query->arena, v->type);
        bool known = is_input(name);
        for (size_t i = 0; i < sizeof SCALARS / sizeof *SCALARS; i++) {
            known = known || strcmp(SCALARS[i], name) == 0;
        }
        good = (known || graphql_fail(query, v->place, "Unknown type \"%s\".", name)) && good;
        if (known && v->fallback != NULL) {
            good = graphql_check_literal(query, v->type, v->fallback) && good;
        }
    }
    return good;
}
