#include "sources/graphql/introspection.h"

#include <stddef.h>
#include <string.h>

#include "base/json.h"

/* What is asked of a type, and below it. */
typedef struct Plan {
    const GraphqlType *type;
    GraphqlPicked *picked;
    int count;
    struct Plan **below; /* per picked field; NULL for those without fields */
} Plan;

typedef struct Walk {
    Arena *arena;
    JsonWriter json;
    int *fields; /* written */
} Walk;

static Plan *plan_of(const GraphqlQuery *query, const GraphqlPicked *asked)
{
    Plan *plan = arena_alloc(query->arena, sizeof *plan);
    *plan = (Plan){.type = asked->field->type};
    plan->picked = graphql_pick(query, plan->type, asked->sets, asked->set_count, &plan->count);
    plan->below = arena_array(query->arena, (size_t)plan->count + 1, sizeof *plan->below);
    for (int i = 0; i < plan->count; i++) {
        const GraphqlField *field = plan->picked[i].field;
        plan->below[i] =
            field != NULL && field->type != NULL ? plan_of(query, &plan->picked[i]) : NULL;
    }
    return plan;
}

static bool is_full(const Walk *walk)
{
    return *walk->fields > GRAPHQL_INTROSPECTION_FIELDS_MAX;
}

static void write_thing(Walk *walk, const Plan *plan, const void *thing);

/* A __Type is its text: of "[Source!]!" the kind is NON_NULL and what it is of "[Source!]". */
static void write_kind(Walk *walk, const Plan *below, const void *thing)
{
    static const char *const KINDS[] = {[KIND_OBJECT] = "OBJECT",
                                        [KIND_SCALAR] = "SCALAR",
                                        [KIND_ENUM] = "ENUM",
                                        [KIND_INPUT_OBJECT] = "INPUT_OBJECT"};
    const GraphqlType *type = graphql_type(thing);
    (void)below;
    json_write_string(&walk->json, type != NULL               ? KINDS[type->kind]
                                   : graphql_is_needed(thing) ? "NON_NULL"
                                                              : "LIST");
}

static void write_type_name(Walk *walk, const Plan *below, const void *thing)
{
    const GraphqlType *type = graphql_type(thing);
    (void)below;
    json_write_string(&walk->json, type != NULL ? type->name : NULL);
}

static void write_of_type(Walk *walk, const Plan *below, const void *thing)
{
    write_thing(walk, below,
                graphql_is_needed(thing) ? graphql_nullable(walk->arena, thing)
                                         : graphql_item_type(walk->arena, thing));
}

static void write_fields(Walk *walk, const Plan *below, const void *thing)
{
    const GraphqlType *type = graphql_type(thing);
    json_begin_array(&walk->json);
    for (const GraphqlField *field = type != NULL ? type->fields : NULL;
         field != NULL && field->name != NULL; field++) {
        if (strncmp(field->name, "__", 2) != 0) {
            write_thing(walk, below, field);
        }
    }
    json_end(&walk->json);
}

static void write_inputs(Walk *walk, const Plan *below, const GraphqlInput *input)
{
    json_begin_array(&walk->json);
    for (; input != NULL && input->name != NULL; input++) {
        write_thing(walk, below, input);
    }
    json_end(&walk->json);
}

static void write_input_fields(Walk *walk, const Plan *below, const void *thing)
{
    const GraphqlType *type = graphql_type(thing);
    write_inputs(walk, below, type != NULL ? type->inputs : NULL);
}

static void write_enum_values(Walk *walk, const Plan *below, const void *thing)
{
    const GraphqlType *type = graphql_type(thing);
    json_begin_array(&walk->json);
    for (const char *const *value = type != NULL ? type->values : NULL;
         value != NULL && *value != NULL; value++) {
        write_thing(walk, below, *value);
    }
    json_end(&walk->json);
}

static void write_types(Walk *walk, const Plan *below, const void *thing)
{
    (void)thing;
    json_begin_array(&walk->json);
    for (const GraphqlType *const *type = GRAPHQL_TYPES; *type != NULL; type++) {
        write_thing(walk, below, (*type)->name);
    }
    json_end(&walk->json);
}

static void write_query_type(Walk *walk, const Plan *below, const void *thing)
{
    (void)thing;
    write_thing(walk, below, GRAPHQL_QUERY.name);
}

static void write_directives(Walk *walk, const Plan *below, const void *thing)
{
    (void)thing;
    json_begin_array(&walk->json);
    for (const GraphqlDirectiveType *directive = GRAPHQL_DIRECTIVES; directive->name != NULL;
         directive++) {
        write_thing(walk, below, directive);
    }
    json_end(&walk->json);
}

static void write_field_arguments(Walk *walk, const Plan *below, const void *thing)
{
    const GraphqlField *field = thing;
    write_inputs(walk, below, field->arguments);
}

static void write_value_name(Walk *walk, const Plan *below, const void *thing)
{
    (void)below;
    json_write_string(&walk->json, thing);
}

static void write_locations(Walk *walk, const Plan *below, const void *thing)
{
    const GraphqlDirectiveType *directive = thing;
    (void)below;
    json_begin_array(&walk->json);
    for (const char *const *location = directive->locations; *location != NULL; location++) {
        json_write_string(&walk->json, *location);
    }
    json_end(&walk->json);
}

static void write_directive_arguments(Walk *walk, const Plan *below, const void *thing)
{
    const GraphqlDirectiveType *directive = thing;
    write_inputs(walk, below, directive->arguments);
}

/* Lists that are empty for every type: there are neither interfaces nor unions. */
static void write_none(Walk *walk, const Plan *below, const void *thing)
{
    (void)below;
    (void)thing;
    json_begin_array(&walk->json);
    json_end(&walk->json);
}

static void write_no(Walk *walk, const Plan *below, const void *thing)
{
    (void)below;
    (void)thing;
    json_write_bool(&walk->json, false);
}

/* How fields are told; those that are not here are null: nothing has a description, is deprecated
 * or has a URL, and there is but the query. A list that a kind of type does not have is empty, as
 * the original's library has it. */
static const struct {
    const GraphqlType *type; /* NULL: any */
    const char *field;
    void (*write)(Walk *walk, const Plan *below, const void *thing);
    size_t text; /* without `write`: where the thing has its text, of a __Type too */
} TOLD[] = {
    {&GRAPHQL_META_SCHEMA, "types", write_types, 0},
    {&GRAPHQL_META_SCHEMA, "queryType", write_query_type, 0},
    {&GRAPHQL_META_SCHEMA, "directives", write_directives, 0},
    {&GRAPHQL_META_TYPE, "kind", write_kind, 0},
    {&GRAPHQL_META_TYPE, "name", write_type_name, 0},
    {&GRAPHQL_META_TYPE, "fields", write_fields, 0},
    {&GRAPHQL_META_TYPE, "interfaces", write_none, 0},
    {&GRAPHQL_META_TYPE, "possibleTypes", write_none, 0},
    {&GRAPHQL_META_TYPE, "enumValues", write_enum_values, 0},
    {&GRAPHQL_META_TYPE, "inputFields", write_input_fields, 0},
    {&GRAPHQL_META_TYPE, "ofType", write_of_type, 0},
    {&GRAPHQL_META_TYPE, "isOneOf", write_no, 0},
    {&GRAPHQL_META_FIELD, "name", NULL, offsetof(GraphqlField, name)},
    {&GRAPHQL_META_FIELD, "args", write_field_arguments, 0},
    {&GRAPHQL_META_FIELD, "type", NULL, offsetof(GraphqlField, type_text)},
    {&GRAPHQL_META_INPUT, "name", NULL, offsetof(GraphqlInput, name)},
    {&GRAPHQL_META_INPUT, "type", NULL, offsetof(GraphqlInput, type_text)},
    {&GRAPHQL_META_INPUT, "defaultValue", NULL, offsetof(GraphqlInput, fallback)},
    {&GRAPHQL_META_ENUM_VALUE, "name", write_value_name, 0},
    {&GRAPHQL_META_DIRECTIVE, "name", NULL, offsetof(GraphqlDirectiveType, name)},
    {&GRAPHQL_META_DIRECTIVE, "isRepeatable", write_no, 0},
    {&GRAPHQL_META_DIRECTIVE, "locations", write_locations, 0},
    {&GRAPHQL_META_DIRECTIVE, "args", write_directive_arguments, 0},
    {NULL, "isDeprecated", write_no, 0},
};

static void write_text(Walk *walk, const Plan *below, const char *text)
{
    if (below != NULL) {
        write_thing(walk, below, text);
    } else {
        json_write_string(&walk->json, text);
    }
}

static void write_value(Walk *walk, const GraphqlType *type, const char *field, const Plan *below,
                        const void *thing)
{
    for (size_t i = 0; i < sizeof TOLD / sizeof *TOLD; i++) {
        if ((TOLD[i].type != type && TOLD[i].type != NULL) || strcmp(TOLD[i].field, field) != 0) {
            continue;
        }
        if (TOLD[i].write != NULL) {
            TOLD[i].write(walk, below, thing);
        } else {
            const char *text;
            memcpy(&text, (const char *)thing + TOLD[i].text, sizeof text);
            write_text(walk, below, text);
        }
        return;
    }
    json_write_null(&walk->json);
}

/* An object, as much of it as is asked for; null when there is none. */
static void write_thing(Walk *walk, const Plan *plan, const void *thing)
{
    if (thing == NULL || is_full(walk)) {
        json_write_null(&walk->json);
        return;
    }
    json_begin_object(&walk->json);
    ++*walk->fields; /* one without fields takes its time, too */
    for (int i = 0; i < plan->count && !is_full(walk); i++, ++*walk->fields) {
        const GraphqlPicked *picked = &plan->picked[i];
        json_write_key(&walk->json, picked->selection->alias);
        if (picked->field == NULL) {
            json_write_string(&walk->json, plan->type->name);
        } else {
            write_value(walk, plan->type, picked->field->name, plan->below[i], thing);
        }
    }
    json_end(&walk->json);
}

const char *graphql_introspect(const GraphqlQuery *query, const GraphqlPicked *asked, int *fields)
{
    Buffer *told = buffer_new(query->arena);
    Walk walk = {.arena = query->arena, .json = json_writer(told), .fields = fields};
    const void *thing = GRAPHQL_TYPES; /* of all of them */
    if (asked->field->type == &GRAPHQL_META_TYPE) {
        const char *name = json_string_value(graphql_value(query, asked->selection->arguments));
        const GraphqlType *type = name != NULL ? graphql_type(name) : NULL;
        thing = type != NULL ? type->name : NULL;
    }
    write_thing(&walk, plan_of(query, asked), thing);
    return is_full(&walk) ? NULL : told->data;
}
