/* The rules of a valid query (GraphQL specification §5) that this schema can break. */
#include <string.h>

#include "base/json.h"
#include "sources/graphql/query.h"

typedef struct Check {
    GraphqlQuery *query;
    int selections; /* looked at, with every use of a fragment */
    int depth;
} Check;

static bool fail(Check *check, GraphqlPlace place, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static bool fail(Check *check, GraphqlPlace place, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    check->query->fault =
        (GraphqlFault){arena_vprintf(check->query->arena, format, arguments), place};
    va_end(arguments);
    return false;
}

static const char *operation_title(const Check *check)
{
    const char *name = check->query->operation->name;
    return name != NULL ? name : "";
}

static bool check_variables_of(Check *check, const GraphqlValue *value)
{
    for (; value != NULL; value = value->next) {
        bool known = value->kind != GRAPHQL_VARIABLE;
        for (const GraphqlVariable *v = check->query->operation->variables; !known && v != NULL;
             v = v->next) {
            known = strcmp(v->name, value->text) == 0;
        }
        if (!known) {
            return fail(check, value->place, "Variable \"$%s\" is not defined by operation \"%s\".",
                        value->text, operation_title(check));
        }
        if (!check_variables_of(check, value->items)) {
            return false;
        }
    }
    return true;
}

static bool check_directives(Check *check, const GraphqlDirective *directive)
{
    for (; directive != NULL; directive = directive->next) {
        if (strcmp(directive->name, "skip") != 0 && strcmp(directive->name, "include") != 0) {
            return fail(check, directive->place, "Unknown directive \"@%s\".", directive->name);
        }
        const GraphqlValue *given = directive->arguments;
        if (given == NULL || given->next != NULL || strcmp(given->name, "if") != 0) {
            return fail(
                check, directive->place,
                "Directive \"@%s\" argument \"if\" of type \"Boolean!\" is required, but it "
                "was not provided.",
                directive->name);
        }
        if (!check_variables_of(check, given)) {
            return false;
        }
        if (!json_is_boolean(graphql_value(check->query, given))) {
            return fail(check, given->place, "Boolean cannot represent a non boolean value");
        }
    }
    return true;
}

static bool check_number(Check *check, const GraphqlValue *argument, const json_t *value)
{
    return value == NULL || json_is_null(value) || json_is_integer(value) ||
           fail(check, argument->place, "Int cannot represent non-integer value: %s",
                argument->text != NULL ? argument->text : "");
}

/* One SortBy or Filter. */
static bool check_object(Check *check, const GraphqlValue *argument, const json_t *object,
                         bool filter)
{
    const char *type = filter ? "Filter" : "SortBy", *key;
    json_t *value;
    if (!json_is_object(object)) {
        return fail(check, argument->place, "Expected value of type \"%s\", found %s.", type,
                    json_text(check->query->arena, object));
    }
    json_object_foreach ((json_t *)object, key, value) {
        bool known = strcmp(key, "name") == 0 ||
                     (filter ? strcmp(key, "operation") == 0 || strcmp(key, "value") == 0
                             : strcmp(key, "direction") == 0);
        if (!known) {
            return fail(check, argument->place, "Field \"%s\" is not defined by type \"%s\".", key,
                        type);
        }
        bool list = strcmp(key, "value") == 0;
        size_t index;
        json_t *item;
        bool texts = json_is_string(value) || (json_is_null(value) && !list && *key != 'n');
        if (list && json_is_array(value)) {
            texts = true;
            json_array_foreach (value, index, item) {
                texts = texts && json_is_string(item);
            }
        }
        if (!texts) {
            return fail(check, argument->place, "String cannot represent a non string value: %s",
                        json_text(check->query->arena, value));
        }
    }
    const char *direction = json_get_string(object, "direction");
    if (direction != NULL && strcmp(direction, "asc") != 0 && strcmp(direction, "desc") != 0) {
        return fail(check, argument->place, "Value \"%s\" does not exist in \"Direction\" enum.",
                    direction);
    }
    const char *missing = json_object_get(object, "name") == NULL              ? "name"
                          : filter && json_object_get(object, "value") == NULL ? "value"
                                                                               : NULL;
    return missing == NULL ||
           fail(check, argument->place, "Field \"%s.%s\" of required type \"%s\" was not provided.",
                type, missing, strcmp(missing, "name") == 0 ? "String!" : "[String!]!");
}

static bool check_objects(Check *check, const GraphqlValue *argument, const json_t *value,
                          bool filter)
{
    size_t index;
    json_t *item;
    if (value == NULL || json_is_null(value)) {
        return true;
    }
    if (!json_is_array(value)) {
        return check_object(check, argument, value, filter);
    }
    json_array_foreach ((json_t *)value, index, item) {
        if (!json_is_null(item) && !check_object(check, argument, item, filter)) {
            return false;
        }
    }
    return true;
}

static bool check_arguments(Check *check, const GraphqlType *type, const GraphqlField *field,
                            const GraphqlSelection *selection)
{
    for (const GraphqlValue *a = selection->arguments; a != NULL; a = a->next) {
        bool list = field != NULL && field->shape == SHAPE_LIST;
        bool number = strcmp(a->name, "limit") == 0 || strcmp(a->name, "offset") == 0;
        bool filter = strcmp(a->name, "filter") == 0;
        if (!list || !(number || filter || strcmp(a->name, "sort_by") == 0)) {
            return fail(check, a->place, "Unknown argument \"%s\" on field \"%s.%s\".", a->name,
                        type->name, selection->name);
        }
        GraphqlValue alone = *a;
        alone.next = NULL;
        if (!check_variables_of(check, &alone)) {
            return false;
        }
        const json_t *value = graphql_value(check->query, a);
        if (number ? !check_number(check, a, value) : !check_objects(check, a, value, filter)) {
            return false;
        }
    }
    return true;
}

static bool check_selections(Check *check, const GraphqlType *type,
                             const GraphqlSelection *selections);

static bool check_field(Check *check, const GraphqlType *type, const GraphqlSelection *selection)
{
    const GraphqlField *field = graphql_field(type, selection->name);
    if (strcmp(selection->name, "__schema") == 0 || strcmp(selection->name, "__type") == 0) {
        return fail(check, selection->place, "introspection disabled");
    }
    if (field == NULL && strcmp(selection->name, "__typename") != 0) {
        return fail(check, selection->place, "Cannot query field \"%s\" on type \"%s\".",
                    selection->name, type->name);
    }
    if (!check_arguments(check, type, field, selection)) {
        return false;
    }
    const char *type_text = field != NULL ? field->type_text : "String!";
    bool deep = field != NULL && field->type != NULL;
    if (deep && selection->selections == NULL) {
        return fail(check, selection->place,
                    "Field \"%s\" of type \"%s\" must have a selection of subfields. Did you mean "
                    "\"%s { ... }\"?",
                    selection->name, type_text, selection->name);
    }
    if (!deep && selection->selections != NULL) {
        return fail(check, selection->place,
                    "Field \"%s\" must not have a selection since type \"%s\" has no subfields.",
                    selection->name, type_text);
    }
    return !deep || check_selections(check, field->type, selection->selections);
}

/* A fragment's use, by name or in place: on this type, and not within itself. */
static bool check_fragment(Check *check, const GraphqlType *type, const GraphqlSelection *selection)
{
    const GraphqlDefinition *fragment = NULL;
    const char *on = selection->name;
    if (selection->kind == GRAPHQL_SPREAD) {
        fragment = graphql_fragment(check->query, selection->name);
        if (fragment == NULL) {
            return fail(check, selection->place, "Unknown fragment \"%s\".", selection->name);
        }
        on = fragment->on;
    }
    if (on != NULL && !graphql_type_known(on)) {
        return fail(check, selection->place, "Unknown type \"%s\".", on);
    }
    if (on != NULL && strcmp(on, type->name) != 0) {
        return fail(check, selection->place,
                    "Fragment cannot be spread here as objects of type \"%s\" can never be of type "
                    "\"%s\".",
                    type->name, on);
    }
    return check_selections(check, type,
                            fragment != NULL ? fragment->selections : selection->selections);
}

static bool check_selections(Check *check, const GraphqlType *type,
                             const GraphqlSelection *selections)
{
    if (++check->depth > GRAPHQL_DEPTH_MAX) {
        return fail(check, selections->place,
                    "the query nests too deep, or spreads a fragment within itself");
    }
    for (const GraphqlSelection *s = selections; s != NULL; s = s->next) {
        if (++check->selections > GRAPHQL_SELECTIONS_MAX) {
            return fail(check, s->place, "the query asks for too much at once");
        }
        if (!check_directives(check, s->directives) ||
            !(s->kind == GRAPHQL_FIELD ? check_field(check, type, s)
                                       : check_fragment(check, type, s))) {
            return false;
        }
    }
    check->depth--;
    return true;
}

/* Fields of one alias must be one field with the same arguments (§5.3.2), else an answer would hold
 * one of them by chance. */
static bool check_merging(Check *check, const GraphqlType *type,
                          const GraphqlSelection *const *sets, int set_count);

static bool same_arguments(const GraphqlQuery *query, const GraphqlSelection *a,
                           const GraphqlSelection *b)
{
    const GraphqlValue *x = a->arguments, *y = b->arguments;
    for (; x != NULL && y != NULL; x = x->next, y = y->next) {
        json_t *left = graphql_value(query, x), *right = graphql_value(query, y);
        if (strcmp(x->name, y->name) != 0 ||
            (left != right && (left == NULL || right == NULL || !json_equal(left, right)))) {
            return false;
        }
    }
    return x == NULL && y == NULL;
}

static bool check_same(Check *check, const GraphqlPicked *picked, int count,
                       const GraphqlSelection *selections)
{
    for (const GraphqlSelection *s = selections; s != NULL; s = s->next) {
        if (graphql_left_out(check->query, s->directives)) {
            continue;
        }
        if (s->kind != GRAPHQL_FIELD) {
            const GraphqlSelection *inner =
                s->kind == GRAPHQL_INLINE ? s->selections
                                          : graphql_fragment(check->query, s->name)->selections;
            if (!check_same(check, picked, count, inner)) {
                return false;
            }
            continue;
        }
        for (int i = 0; i < count; i++) {
            const GraphqlSelection *first = picked[i].selection;
            if (strcmp(first->alias, s->alias) == 0 &&
                (strcmp(first->name, s->name) != 0 || !same_arguments(check->query, first, s))) {
                return fail(check, s->place,
                            "Fields \"%s\" conflict because they differ. Use different aliases on "
                            "the fields to fetch both if this was intentional.",
                            s->alias);
            }
        }
    }
    return true;
}

static bool check_merging(Check *check, const GraphqlType *type,
                          const GraphqlSelection *const *sets, int set_count)
{
    int count;
    GraphqlPicked *picked = graphql_pick(check->query, type, sets, set_count, &count);
    for (int i = 0; i < set_count; i++) {
        if (!check_same(check, picked, count, sets[i])) {
            return false;
        }
    }
    for (int i = 0; i < count; i++) {
        if (picked[i].field != NULL && picked[i].field->type != NULL &&
            !check_merging(check, picked[i].field->type, picked[i].sets, picked[i].set_count)) {
            return false;
        }
    }
    return true;
}

static bool find_operation(Check *check, const char *name)
{
    GraphqlQuery *query = check->query;
    int operations = 0;
    for (const GraphqlDefinition *d = query->document; d != NULL; d = d->next) {
        if (d->is_fragment) {
            continue;
        }
        operations++;
        if (name == NULL || *name == '\0' || (d->name != NULL && strcmp(d->name, name) == 0)) {
            query->operation = query->operation == NULL ? d : query->operation;
        }
    }
    if (query->operation == NULL) {
        return name != NULL && *name != '\0'
                   ? fail(check, (GraphqlPlace){0, 0}, "operation %s not found", name)
                   : fail(check, (GraphqlPlace){0, 0}, "no operation provided");
    }
    if ((name == NULL || *name == '\0') && operations > 1) {
        return fail(check, query->operation->place,
                    "the document has several operations: name one by operationName");
    }
    return strcmp(query->operation->operation, "query") == 0 ||
           fail(check, query->operation->place, "Schema does not support operation type \"%s\"",
                query->operation->operation);
}

static bool check_given(Check *check)
{
    const GraphqlQuery *query = check->query;
    for (const GraphqlVariable *v = query->operation->variables; v != NULL; v = v->next) {
        const json_t *given = json_object_get(query->variables, v->name);
        bool needed = v->type[strlen(v->type) - 1] == '!';
        if (needed && (given == NULL ? v->fallback == NULL : json_is_null(given))) {
            return fail(check, v->place, "variable %s must be defined", v->name);
        }
    }
    return true;
}

bool graphql_validate(GraphqlQuery *query, const char *operation_name)
{
    Check check = {.query = query};
    if (!find_operation(&check, operation_name) || !check_given(&check) ||
        !check_selections(&check, &GRAPHQL_QUERY, query->operation->selections)) {
        return false;
    }
    const GraphqlSelection *sets[] = {query->operation->selections};
    return check_merging(&check, &GRAPHQL_QUERY, sets, 1);
}
