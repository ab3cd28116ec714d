#include "sources/graphql/query.h"

#include <stdlib.h>
#include <string.h>

static bool add_fault(GraphqlQuery *query, GraphqlFault fault)
{
    GraphqlFault *last = &query->fault;
    int count = 0;
    for (; last->message != NULL; last = last->next) {
        bool known = strcmp(last->message, fault.message) == 0 &&
                     last->place.line == fault.place.line &&
                     last->place.column == fault.place.column && fault.path == NULL;
        if (known || ++count == GRAPHQL_FAULTS_MAX) {
            return false;
        }
    }
    fault.next = arena_alloc(query->arena, sizeof *fault.next);
    *fault.next = (GraphqlFault){0};
    *last = fault;
    return false;
}

bool graphql_fail(GraphqlQuery *query, GraphqlPlace place, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    const char *message = arena_vprintf(query->arena, format, arguments);
    va_end(arguments);
    return add_fault(query, (GraphqlFault){.message = message, .place = place});
}

bool graphql_fail_at(GraphqlQuery *query, const char *path, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    const char *message = arena_vprintf(query->arena, format, arguments);
    va_end(arguments);
    return add_fault(query, (GraphqlFault){.message = message, .path = path});
}

bool graphql_is_used(const GraphqlUse *uses, const char *name)
{
    while (uses != NULL && strcmp(uses->name, name) != 0) {
        uses = uses->next;
    }
    return uses != NULL;
}

void graphql_note_use(GraphqlQuery *query, GraphqlUse **uses, const char *name)
{
    if (!graphql_is_used(*uses, name)) {
        GraphqlUse *use = arena_alloc(query->arena, sizeof *use);
        *use = (GraphqlUse){name, *uses};
        *uses = use;
    }
}

static void release(void *value)
{
    json_decref(value);
}

static json_t *keep(const GraphqlQuery *query, json_t *value)
{
    if (value != NULL) {
        arena_on_free(query->arena, release, value);
    }
    return value;
}

static json_t *value_of_variable(const GraphqlQuery *query, const char *name)
{
    json_t *given = json_object_get(query->variables, name);
    if (given != NULL) {
        return given;
    }
    const GraphqlVariable *variable = graphql_variable(query, name);
    return variable != NULL && variable->fallback != NULL ? graphql_value(query, variable->fallback)
                                                          : NULL;
}

json_t *graphql_value(const GraphqlQuery *query, const GraphqlValue *value)
{
    json_t *whole;
    switch (value->kind) {
    case GRAPHQL_VARIABLE:
        return value_of_variable(query, value->text);
    case GRAPHQL_INT:
        return keep(query, json_integer(strtoll(value->text, NULL, 10)));
    case GRAPHQL_FLOAT:
        return keep(query, json_real(strtod(value->text, NULL)));
    case GRAPHQL_BOOLEAN:
        return keep(query, json_boolean(strcmp(value->text, "true") == 0));
    case GRAPHQL_NULL:
        return keep(query, json_null());
    case GRAPHQL_LIST:
        whole = keep(query, json_array());
        for (const GraphqlValue *item = value->items; item != NULL; item = item->next) {
            json_array_append(whole, graphql_value(query, item));
        }
        return whole;
    case GRAPHQL_OBJECT:
        whole = keep(query, json_object());
        for (const GraphqlValue *item = value->items; item != NULL; item = item->next) {
            json_object_set(whole, item->name, graphql_value(query, item));
        }
        return whole;
    case GRAPHQL_STRING:
    case GRAPHQL_ENUM:
        break;
    }
    return keep(query, json_string(value->text));
}

bool graphql_left_out(const GraphqlQuery *query, const GraphqlDirective *directives)
{
    for (; directives != NULL; directives = directives->next) {
        bool condition = directives->arguments != NULL &&
                         json_is_true(graphql_value(query, directives->arguments));
        if (condition == (strcmp(directives->name, "skip") == 0)) {
            return true;
        }
    }
    return false;
}

const GraphqlDefinition *graphql_fragment(const GraphqlQuery *query, const char *name)
{
    for (const GraphqlDefinition *d = query->document; d != NULL; d = d->next) {
        if (d->is_fragment && strcmp(d->name, name) == 0) {
            return d;
        }
    }
    return NULL;
}

typedef struct Picking {
    const GraphqlQuery *query;
    const GraphqlType *type;
    GraphqlPicked *picked;
    int count, room;
} Picking;

static GraphqlPicked *entry_of(Picking *picking, const GraphqlSelection *selection)
{
    for (int i = 0; i < picking->count; i++) {
        if (strcmp(picking->picked[i].selection->alias, selection->alias) == 0) {
            return &picking->picked[i];
        }
    }
    if (picking->count == picking->room) {
        int room = picking->room > 0 ? picking->room * 2 : 16;
        GraphqlPicked *larger = arena_array(picking->query->arena, (size_t)room, sizeof *larger);
        if (picking->count > 0) {
            memcpy(larger, picking->picked, (size_t)picking->count * sizeof *larger);
        }
        picking->picked = larger;
        picking->room = room;
    }
    GraphqlPicked *entry = &picking->picked[picking->count++];
    *entry = (GraphqlPicked){.field = graphql_field(picking->type, selection->name),
                             .selection = selection};
    return entry;
}

static void add_set(const GraphqlQuery *query, GraphqlPicked *entry, const GraphqlSelection *set)
{
    const GraphqlSelection **sets =
        arena_array(query->arena, (size_t)entry->set_count + 2, sizeof *sets);
    if (entry->set_count > 0) {
        memcpy(sets, entry->sets, (size_t)entry->set_count * sizeof *sets);
    }
    sets[entry->set_count++] = set;
    sets[entry->set_count] = NULL;
    entry->sets = sets;
}

static void pick(Picking *picking, const GraphqlSelection *selections)
{
    const GraphqlQuery *query = picking->query;
    for (const GraphqlSelection *s = selections; s != NULL; s = s->next) {
        if (graphql_left_out(query, s->directives)) {
            continue;
        }
        if (s->kind == GRAPHQL_INLINE) {
            pick(picking, s->selections);
        } else if (s->kind == GRAPHQL_SPREAD) {
            pick(picking, graphql_fragment(query, s->name)->selections);
        } else {
            GraphqlPicked *entry = entry_of(picking, s);
            if (s->selections != NULL) {
                add_set(query, entry, s->selections);
            }
        }
    }
}

GraphqlPicked *graphql_pick(const GraphqlQuery *query, const GraphqlType *type,
                            const GraphqlSelection *const *sets, int set_count, int *count)
{
    Picking picking = {.query = query, .type = type};
    for (int i = 0; i < set_count; i++) {
        pick(&picking, sets[i]);
    }
    *count = picking.count;
    return picking.picked;
}
