/* Values: those that stand in a document, and those that come as variables, against the types of
 * what they are for. */
#include <string.h>

#include "sources/graphql/query.h"

/* The input object of that name; NULL when it is none. */
static const GraphqlType *input_object(const char *name)
{
    const GraphqlType *type = graphql_type(name);
    return type != NULL && type->kind == KIND_INPUT_OBJECT ? type : NULL;
}

static bool is_value_of(const GraphqlType *type, const char *text)
{
    const char *const *value = type->values;
    while (*value != NULL && strcmp(*value, text) != 0) {
        value++;
    }
    return *value != NULL;
}

/* "Filter" of "[Filter!]!". */
static const char *inner_name(Arena *arena, const char *type)
{
    type += strspn(type, "[");
    return arena_strndup(arena, type, strcspn(type, "!]"));
}

const char *graphql_nullable(Arena *arena, const char *type)
{
    size_t length = strlen(type);
    return type[length - 1] == '!' ? arena_strndup(arena, type, length - 1) : type;
}

const char *graphql_item_type(Arena *arena, const char *type)
{
    return *type == '[' && !graphql_is_needed(type)
               ? arena_strndup(arena, type + 1, strlen(type) - 2)
               : NULL;
}

bool graphql_is_needed(const char *type)
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
    if (graphql_is_needed(expected)) {
        return (graphql_is_needed(type) || has_fallback) &&
               usable(arena, graphql_nullable(arena, type), graphql_nullable(arena, expected),
                      false);
    }
    type = graphql_nullable(arena, type);
    const char *item = graphql_item_type(arena, type),
               *expected_item = graphql_item_type(arena, expected);
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

static bool check_object(GraphqlQuery *query, const GraphqlType *type, const GraphqlValue *object)
{
    bool good = true;
    for (const GraphqlValue *item = object->items; item != NULL; item = item->next) {
        const GraphqlInput *wanted = graphql_input(type->inputs, item->name);
        good = (wanted != NULL ? graphql_check_literal(query, wanted->type_text, item)
                               : graphql_fail(query, item->name_place,
                                              "Field \"%s\" is not defined by type \"%s\".",
                                              item->name, type->name)) &&
               good;
    }
    for (const GraphqlInput *input = type->inputs; input->name != NULL; input++) {
        bool given = !graphql_is_needed(input->type_text);
        for (const GraphqlValue *item = object->items; !given && item != NULL; item = item->next) {
            given = strcmp(item->name, input->name) == 0;
        }
        good = (given || graphql_fail(query, object->place,
                                      "Field \"%s.%s\" of required type \"%s\" was not provided.",
                                      type->name, input->name, input->type_text)) &&
               good;
    }
    return good;
}

static bool check_enum(GraphqlQuery *query, const GraphqlType *type, const GraphqlValue *value)
{
    const char *text = literal_text(query->arena, value);
    if (value->kind != GRAPHQL_ENUM) {
        return graphql_fail(query, value->place, "Enum \"%s\" cannot represent non-enum value: %s.",
                            type->name, text);
    }
    return is_value_of(type, text) ||
           graphql_fail(query, value->place, "Value \"%s\" does not exist in \"%s\" enum.", text,
                        type->name);
}

/* Time and Any may be written in any way. */
static bool check_scalar(GraphqlQuery *query, const char *type, const GraphqlValue *value)
{
    static const struct {
        const char *type;
        GraphqlValueKind kind, other;
        const char *words;
    } RULES[] = {
        {"Int", GRAPHQL_INT, GRAPHQL_INT, "Int cannot represent non-integer value"},
        {"Float", GRAPHQL_FLOAT, GRAPHQL_INT, "Float cannot represent non numeric value"},
        {"String", GRAPHQL_STRING, GRAPHQL_STRING, "String cannot represent a non string value"},
        {"Boolean", GRAPHQL_BOOLEAN, GRAPHQL_BOOLEAN,
         "Boolean cannot represent a non boolean value"},
        {"ID", GRAPHQL_STRING, GRAPHQL_INT,
         "ID cannot represent a non-string and non-integer value"},
    };
    for (size_t i = 0; i < sizeof RULES / sizeof *RULES; i++) {
        if (strcmp(RULES[i].type, type) == 0) {
            return value->kind == RULES[i].kind || value->kind == RULES[i].other ||
                   graphql_fail(query, value->place, "%s: %s", RULES[i].words,
                                literal_text(query->arena, value));
        }
    }
    return true;
}

/* A list, or the one value that stands for a list of it. */
static bool check_list(GraphqlQuery *query, const char *type, const char *item,
                       const GraphqlValue *value)
{
    bool good = true;
    if (value->kind != GRAPHQL_LIST) {
        GraphqlValueKind alone =
            input_object(inner_name(query->arena, item)) != NULL ? GRAPHQL_OBJECT : GRAPHQL_STRING;
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
    const char *bare = graphql_nullable(query->arena, type),
               *item = graphql_item_type(query->arena, bare);
    if (value->kind == GRAPHQL_NULL) {
        return bare == type || graphql_fail(query, value->place,
                                            "Expected value of type \"%s\", found null.", type);
    }
    if (item != NULL) {
        return check_list(query, type, item, value);
    }
    const GraphqlType *known = graphql_type(bare);
    if (known != NULL && known->kind == KIND_ENUM) {
        return check_enum(query, known, value);
    }
    if (known == NULL || known->kind != KIND_INPUT_OBJECT) {
        return check_scalar(query, bare, value);
    }
    return value->kind == GRAPHQL_OBJECT
               ? check_object(query, known, value)
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

static bool check_sent_object(GraphqlQuery *query, const GraphqlType *type, const json_t *object,
                              const char *path)
{
    const char *key;
    json_t *member;
    if (!json_is_object(object)) {
        return graphql_fail_at(query, path, "must be a %s, not a %s", type->name, kind_of(object));
    }
    json_object_foreach ((json_t *)object, key, member) {
        if (graphql_input(type->inputs, key) == NULL) {
            return graphql_fail_at(query, arena_printf(query->arena, "%s, \"%s\"", path, key),
                                   "unknown field");
        }
    }
    for (const GraphqlInput *input = type->inputs; input->name != NULL; input++) {
        if (!check_sent(query, input->type_text, json_object_get(object, input->name),
                        arena_printf(query->arena, "%s, \"%s\"", path, input->name))) {
            return false;
        }
    }
    return true;
}

/* Time and Any may be anything. */
static bool fits_scalar(const char *type, const json_t *value)
{
    static const struct {
        const char *type;
        unsigned kinds;
    } RULES[] = {
        {"Int", 1U << JSON_INTEGER},
        {"Float", 1U << JSON_INTEGER | 1U << JSON_REAL},
        {"String", 1U << JSON_STRING},
        {"Boolean", 1U << JSON_TRUE | 1U << JSON_FALSE},
        {"ID", 1U << JSON_STRING | 1U << JSON_INTEGER},
    };
    for (size_t i = 0; i < sizeof RULES / sizeof *RULES; i++) {
        if (strcmp(RULES[i].type, type) == 0) {
            return (RULES[i].kinds >> json_typeof(value) & 1) != 0;
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
        return !graphql_is_needed(type) ||
               graphql_fail_at(query, path, "%s",
                               value == NULL ? "must be defined" : "cannot be null");
    }
    type = graphql_nullable(query->arena, type);
    const char *item = graphql_item_type(query->arena, type);
    if (item != NULL) {
        return check_sent_list(query, item, value, path);
    }
    const GraphqlType *known = graphql_type(type);
    if (known != NULL && known->kind == KIND_INPUT_OBJECT) {
        return check_sent_object(query, known, value, path);
    }
    bool is_enum = known != NULL && known->kind == KIND_ENUM;
    if (is_enum && json_is_string(value)) {
        const char *text = json_string_value(value);
        return is_value_of(known, text) ||
               graphql_fail_at(query, path, "%s is not a valid %s", text, type);
    }
    return (!is_enum && fits_scalar(type, value)) ||
           graphql_fail_at(query, path, "cannot use %s as %s", kind_of(value), type);
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
        const GraphqlType *type = graphql_type(name);
        if (type == NULL) {
            good = graphql_fail(query, v->place, "Unknown type \"%s\".", name);
        } else if (type->kind == KIND_OBJECT) {
            good = graphql_fail(query, v->place,
                                "Variable \"$%s\" cannot be non-input type \"%s\".", v->name, name);
        } else if (v->fallback != NULL) {
            good = graphql_check_literal(query, v->type, v->fallback) && good;
        }
    }
    return good;
}
