/* The rules of a valid query (GraphQL specification §5) that this schema can break. */
#include <string.h>

#include "base/json.h"
#include "sources/graphql/query.h"

typedef struct Check {
    GraphqlQuery *query;
    int selections; /* looked at, with every use of a fragment */
    int depth;
    const GraphqlSelection *introspection; /* the __schema or __type that is looked at */
    int introspection_lists;               /* of __Type, one within the other */
    bool given_up;
} Check;

/* A query that could go on for ever is not looked at any further. */
static void give_up(Check *check, GraphqlPlace place, const char *why)
{
    graphql_fail(check->query, place, "%s", why);
    check->given_up = true;
}

static void check_directives(Check *check, const GraphqlDirective *directive)
{
    for (; directive != NULL; directive = directive->next) {
        const GraphqlValue *given = directive->arguments;
        if (strcmp(directive->name, "skip") != 0 && strcmp(directive->name, "include") != 0) {
            graphql_fail(check->query, directive->place, "Unknown directive \"@%s\".",
                         directive->name);
        } else if (given == NULL || given->next != NULL || strcmp(given->name, "if") != 0) {
            graphql_fail(check->query, directive->place,
                         "Directive \"@%s\" argument \"if\" of type \"Boolean!\" is required, but "
                         "it was not provided.",
                         directive->name);
        } else {
            graphql_check_literal(check->query, "Boolean!", given);
        }
    }
}

static void refuse_argument(Check *check, const GraphqlType *type, const GraphqlInput *known,
                            const GraphqlSelection *selection, const char *name)
{
    int count = 0;
    while (known != NULL && known[count].name != NULL) {
        count++;
    }
    const char **names = arena_array(check->query->arena, (size_t)count + 1, sizeof *names);
    for (int i = 0; i < count; i++) {
        names[i] = known[i].name;
    }
    graphql_fail(check->query, selection->place, "Unknown argument \"%s\" on field \"%s.%s\".%s",
                 name, type->name, selection->name,
                 graphql_suggestion(check->query->arena, name, names, count));
}

static void check_needed_arguments(Check *check, const GraphqlInput *known,
                                   const GraphqlSelection *selection)
{
    for (; known != NULL && known->name != NULL; known++) {
        const GraphqlValue *given = selection->arguments;
        while (given != NULL && strcmp(given->name, known->name) != 0) {
            given = given->next;
        }
        if (given == NULL && known->fallback == NULL && graphql_is_needed(known->type_text)) {
            graphql_fail(check->query, selection->place,
                         "Field \"%s\" argument \"%s\" of type \"%s\" is required, but it was "
                         "not provided.",
                         selection->name, known->name, known->type_text);
        }
    }
}

static void check_arguments(Check *check, const GraphqlType *type, const GraphqlField *field,
                            const GraphqlSelection *selection)
{
    const GraphqlInput *known = field != NULL ? field->arguments : NULL;
    for (const GraphqlValue *a = selection->arguments; a != NULL; a = a->next) {
        const GraphqlInput *argument = graphql_input(known, a->name);
        if (argument != NULL) {
            graphql_check_literal(check->query, argument->type_text, a);
        } else {
            refuse_argument(check, type, known, selection, a->name);
        }
        for (const GraphqlValue *before = selection->arguments; before != a;
             before = before->next) {
            if (strcmp(before->name, a->name) == 0) {
                graphql_fail(check->query, a->name_place,
                             "There can be only one argument named \"%s\".", a->name);
            }
        }
    }
    check_needed_arguments(check, known, selection);
}

static void check_selections(Check *check, const GraphqlType *type,
                             const GraphqlSelection *selections);

static void refuse_field(Check *check, const GraphqlType *type, const GraphqlSelection *selection)
{
    int count = 0;
    while (type->fields[count].name != NULL) {
        count++;
    }
    const char **names = arena_array(check->query->arena, (size_t)count + 1, sizeof *names);
    for (int i = 0; i < count; i++) {
        names[i] = type->fields[i].name;
    }
    graphql_fail(check->query, selection->place, "Cannot query field \"%s\" on type \"%s\".%s",
                 selection->name, type->name,
                 graphql_suggestion(check->query->arena, selection->name, names, count));
}

/* A scalar has no fields. */
static void refuse_below(Check *check, const GraphqlSelection *selection, const char *type_text)
{
    const char *name = arena_strndup(check->query->arena, type_text, strcspn(type_text, "!"));
    for (const GraphqlSelection *s = selection->selections; s != NULL; s = s->next) {
        if (s->kind == GRAPHQL_FIELD) {
            graphql_fail(check->query, s->place, "Cannot query field \"%s\" on type \"%s\".",
                         s->name, name);
        }
    }
    graphql_fail(check->query, selection->place,
                 "Field \"%s\" must not have a selection since type \"%s\" has no subfields.",
                 selection->name, name);
}

/* Types have fields that have types: lists of them, one within the other, grow without bound, so
 * the original's library ends at the third. */
static bool is_introspection_list(const GraphqlType *type, const char *field)
{
    static const char *const LISTS[] = {"fields", "interfaces", "possibleTypes", "inputFields"};
    bool found = false;
    for (size_t i = 0; type == &GRAPHQL_META_TYPE && i < sizeof LISTS / sizeof *LISTS; i++) {
        found = found || strcmp(LISTS[i], field) == 0;
    }
    return found;
}

static void check_below(Check *check, const GraphqlType *type, const GraphqlField *field,
                        const GraphqlSelection *selection)
{
    bool list = is_introspection_list(type, field->name);
    if (field->shape == SHAPE_INTROSPECTION) {
        check->introspection = selection;
    }
    check->introspection_lists += list;
    if (check->introspection_lists >= GRAPHQL_INTROSPECTION_LISTS_MAX) {
        graphql_fail(check->query, check->introspection->place,
                     "Maximum introspection depth exceeded");
    }
    check_selections(check, field->type, selection->selections);
    check->introspection_lists -= list;
}

static void check_field(Check *check, const GraphqlType *type, const GraphqlSelection *selection)
{
    const GraphqlField *field = graphql_field(type, selection->name);
    if (field == NULL && strcmp(selection->name, "__typename") != 0) {
        refuse_field(check, type, selection);
        return;
    }
    check_arguments(check, type, field, selection);
    const char *type_text = field != NULL ? field->type_text : "String!";
    bool deep = field != NULL && field->type != NULL;
    if (deep && selection->selections == NULL) {
        graphql_fail(check->query, selection->place,
                     "Field \"%s\" of type \"%s\" must have a selection of subfields. Did you "
                     "mean \"%s { ... }\"?",
                     selection->name, type_text, selection->name);
    } else if (deep) {
        check_below(check, type, field, selection);
    } else if (selection->selections != NULL) {
        refuse_below(check, selection, type_text);
    }
}

/* A fragment's use, by name or in place: on this type, and not within itself. */
static void check_fragment(Check *check, const GraphqlType *type, const GraphqlSelection *selection)
{
    GraphqlQuery *query = check->query;
    const GraphqlDefinition *fragment = NULL;
    const char *on = selection->name, *title = "";
    if (selection->kind == GRAPHQL_SPREAD) {
        fragment = graphql_fragment(query, selection->name);
        if (fragment == NULL) {
            graphql_fail(query, selection->place, "Unknown fragment \"%s\".", selection->name);
            return;
        }
        graphql_note_use(query, &query->used_fragments, fragment->name);
        on = fragment->on;
        title = arena_printf(query->arena, " \"%s\"", fragment->name);
    }
    const GraphqlType *known = on != NULL ? graphql_type(on) : type;
    GraphqlPlace place = fragment != NULL ? fragment->place : selection->place;
    if (known == NULL) {
        graphql_fail(query, place, "Unknown type \"%s\".", on);
    } else if (known->kind != KIND_OBJECT) {
        graphql_fail(query, place, "Fragment%s cannot condition on non composite type \"%s\".",
                     title, on);
    } else if (on != NULL && strcmp(on, type->name) != 0) {
        graphql_fail(query, selection->place,
                     "Fragment%s cannot be spread here as objects of type \"%s\" can never be of "
                     "type \"%s\".",
                     title, type->name, on);
    } else {
        check_selections(check, type,
                         fragment != NULL ? fragment->selections : selection->selections);
    }
}

static void check_selections(Check *check, const GraphqlType *type,
                             const GraphqlSelection *selections)
{
    if (++check->depth > GRAPHQL_DEPTH_MAX) {
        give_up(check, selections->place,
                "the query nests too deep, or spreads a fragment within itself");
    }
    for (const GraphqlSelection *s = selections; s != NULL && !check->given_up; s = s->next) {
        if (++check->selections > GRAPHQL_SELECTIONS_MAX) {
            give_up(check, s->place, "the query asks for too much at once");
            break;
        }
        check_directives(check, s->directives);
        if (s->kind == GRAPHQL_FIELD) {
            check_field(check, type, s);
        } else {
            check_fragment(check, type, s);
        }
    }
    check->depth--;
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
            bool renamed = strcmp(first->name, s->name) != 0;
            if (strcmp(first->alias, s->alias) == 0 &&
                (renamed || !same_arguments(check->query, first, s))) {
                const char *why = renamed ? arena_printf(check->query->arena,
                                                         "\"%s\" and \"%s\" are different fields",
                                                         first->name, s->name)
                                          : "they have differing arguments";
                return graphql_fail(check->query, s->place,
                                    "Fields \"%s\" conflict because %s. Use different aliases on "
                                    "the fields to fetch both if this was intentional.",
                                    s->alias, why);
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

/* Names of operations are there to tell them apart (§5.2). */
static void check_operations(GraphqlQuery *query)
{
    const GraphqlDefinition *first = NULL;
    for (const GraphqlDefinition *d = query->document; d != NULL; d = d->next) {
        bool among_others = !d->is_fragment && first != NULL;
        if (among_others && first->name == NULL) {
            graphql_fail(query, first->place,
                         "This anonymous operation must be the only defined operation.");
        }
        if (among_others && d->name == NULL) {
            graphql_fail(query, d->place,
                         "This anonymous operation must be the only defined operation.");
        }
        first = first == NULL && !d->is_fragment ? d : first;
    }
    for (const GraphqlDefinition *d = query->document; d != NULL; d = d->next) {
        for (const GraphqlDefinition *b = query->document; !d->is_fragment && b != d; b = b->next) {
            const char *name = d->name != NULL ? d->name : "";
            if (!b->is_fragment && strcmp(b->name != NULL ? b->name : "", name) == 0) {
                graphql_fail(query, d->place, "There can be only one operation named \"%s\".",
                             name);
            }
        }
    }
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
                   ? graphql_fail(query, (GraphqlPlace){0, 0}, "operation %s not found", name)
                   : graphql_fail(query, (GraphqlPlace){0, 0}, "no operation provided");
    }
    if ((name == NULL || *name == '\0') && operations > 1) {
        return graphql_fail(query, query->operation->place,
                            "the document has several operations: name one by operationName");
    }
    return strcmp(query->operation->operation, "query") == 0 ||
           graphql_fail(query, query->operation->place,
                        "Schema does not support operation type \"%s\"",
                        query->operation->operation);
}

/* What stands there must be meant: a fragment or a variable that nothing uses is a slip. */
static void check_uses(GraphqlQuery *query)
{
    int operations = 0;
    for (const GraphqlDefinition *d = query->document; d != NULL; d = d->next) {
        operations += !d->is_fragment;
    }
    /* Of several operations the others may use them. */
    for (const GraphqlDefinition *d = query->document; operations == 1 && d != NULL; d = d->next) {
        if (d->is_fragment && !graphql_is_used(query->used_fragments, d->name)) {
            graphql_fail(query, d->place, "Fragment \"%s\" is never used.", d->name);
        }
    }
    const char *name = query->operation->name;
    for (const GraphqlVariable *v = query->operation->variables; v != NULL; v = v->next) {
        if (!graphql_is_used(query->used_variables, v->name)) {
            graphql_fail(query, v->place, "Variable \"$%s\" is never used%s%s%s.", v->name,
                         name != NULL ? " in operation \"" : "", name != NULL ? name : "",
                         name != NULL ? "\"" : "");
        }
    }
}

bool graphql_validate(GraphqlQuery *query, const char *operation_name)
{
    Check check = {.query = query};
    check_operations(query);
    if (query->fault.message != NULL || !find_operation(&check, operation_name)) {
        return false;
    }
    graphql_check_variable_types(query);
    check_selections(&check, &GRAPHQL_QUERY, query->operation->selections);
    if (!check.given_up) {
        check_uses(query);
    }
    if (query->fault.message != NULL || !graphql_check_variables(query)) {
        return false;
    }
    const GraphqlSelection *sets[] = {query->operation->selections};
    return check_merging(&check, &GRAPHQL_QUERY, sets, 1);
}
