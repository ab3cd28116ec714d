#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "reports/grammar_internal.h"

static const struct {
    const char *prefix;
    MatchOperator operator;
} OPERATORS[] = {
    {"and:", MATCH_ALL},
    {"or:", MATCH_ANY},
    {"exact:", MATCH_EXACT},
};

static const char EXACT_UNIT[] =
    "The 'exact:' operator is not supported for the 'org_unit_id' filter.";

static const KnownKey *find_known(const Grammar *grammar, const char *prefix, const char *key)
{
    for (int i = 0; i < grammar->settings->key_count; i++) {
        const KnownKey *known = &grammar->settings->keys[i];
        if (strcmp(known->prefix, prefix) == 0 && strcmp(known->key, key) == 0) {
            return known;
        }
    }
    return NULL;
}

static SectionKey take_apart(Grammar *grammar, const QueryNode *node, unsigned uses)
{
    SectionKey key = {.node = node, .name = node->name, .operator= MATCH_ANY, .plain = true};
    for (size_t i = 0; i < sizeof OPERATORS / sizeof *OPERATORS && key.plain; i++) {
        size_t length = strlen(OPERATORS[i].prefix);
        if ((uses & IN_ORDER_BY) == 0 && strncmp(node->name, OPERATORS[i].prefix, length) == 0) {
            key.name = node->name + length;
            key.operator= OPERATORS[i].operator;
            key.plain = false;
        }
    }
    key.field = report_field_find(grammar->type, key.name, uses, &key.key);
    key.refusal = UNSUPPORTED;
    if (key.field != NULL && key.field->plain && !key.plain) {
        key.field = NULL;
    }
    if (key.field != NULL && key.field->kind == FIELD_KEYED) {
        const KnownKey *known = find_known(grammar, key.field->name, key.key);
        key.field = known != NULL ? key.field : NULL;
        grammar->request->empty |= known != NULL && !known->enabled;
    } else if (key.field != NULL && key.field->kind == FIELD_ORG_UNIT &&
               key.operator== MATCH_EXACT) {
        key.field = NULL; /* a unit stands for all below it: it is never matched exactly */
        key.refusal = uses == IN_FILTER ? EXACT_UNIT : UNSUPPORTED;
    }
    return key;
}

/* Where a field stands among the fields of a section. */
static int field_place(const ReportType *type, const ReportField *field, unsigned uses)
{
    const char *const *order = (uses & (IN_FILTER | IN_EXCLUDE)) != 0 ? type->filter_order : NULL;
    int place = 0;
    if (order == NULL) {
        return (int)(field - type->fields);
    }
    while (order[place] != NULL && strcmp(order[place], field->name) != 0) {
        place++;
    }
    return place;
}

/* Fields come first, then tags and cost categories, then what has an operator; of an order, costs
 * and at last the date. */
static int place_of(const ReportType *type, const SectionKey *key, unsigned uses)
{
    enum { KEYED = 100, WITH_OPERATOR = 200, COST = 1000, LAST = 2000, OPERATOR_COUNT = 3 };
    int place = field_place(type, key->field, uses);
    if (key->field->kind == FIELD_DATE) {
        return LAST;
    }
    if (key->field->kind == FIELD_AMOUNT && strcmp(key->field->name, key->field->target) != 0) {
        return COST + place;
    }
    if (key->field->kind == FIELD_KEYED) {
        return KEYED;
    }
    for (int i = 0; i < OPERATOR_COUNT && !key->plain; i++) {
        if (strncmp(key->node->name, OPERATORS[i].prefix, strlen(OPERATORS[i].prefix)) == 0) {
            return WITH_OPERATOR + place * OPERATOR_COUNT + i;
        }
    }
    return place;
}

/* Puts a key behind those that are echoed before it. */
static void insert_key(SectionKey *keys, int *count, const SectionKey *key)
{
    int to = (*count)++;
    for (; to > 0 && keys[to - 1].place > key->place; to--) {
        keys[to] = keys[to - 1];
    }
    keys[to] = *key;
}

SectionKey *grammar_read_keys(Grammar *grammar, const QueryNode *section, unsigned uses,
                              json_t *unknown, int *count)
{
    int total = 0;
    for (const QueryNode *node = section->children; node != NULL; node = node->next) {
        total++;
    }
    SectionKey *keys = arena_array(grammar->arena, (size_t)total, sizeof *keys);
    *count = 0;
    bool exact = false; /* a unit was to be matched exactly: that is told before all others */
    for (const QueryNode *node = section->children; node != NULL; node = node->next) {
        SectionKey key = take_apart(grammar, node, uses);
        if (key.field == NULL) {
            exact |= key.refusal == EXACT_UNIT;
            if (!exact || (key.refusal == EXACT_UNIT && json_object_clear(unknown) == 0)) {
                grammar_refuse(unknown, node->name, "%s", key.refusal);
            }
            continue;
        }
        key.place = place_of(grammar->type, &key, uses);
        insert_key(keys, count, &key);
    }
    return keys;
}

/* The text without the blanks around it. */
static const char *trimmed(Arena *arena, const char *text, size_t length)
{
    while (length > 0 && isspace((unsigned char)*text)) {
        text++;
        length--;
    }
    while (length > 0 && isspace((unsigned char)text[length - 1])) {
        length--;
    }
    return arena_strndup(arena, text, length);
}

const char **grammar_values(Arena *arena, const QueryNode *node, int *count)
{
    size_t most = 0;
    for (const QueryText *value = node->values; value != NULL; value = value->next) {
        most++;
        for (const char *at = value->text; *at != '\0'; at++) {
            most += *at == ',';
        }
    }
    const char **values = arena_array(arena, most, sizeof *values);
    *count = 0;
    for (const QueryText *value = node->values; value != NULL; value = value->next) {
        const char *at = value->text;
        for (;;) {
            size_t length = strcspn(at, ",");
            values[(*count)++] = trimmed(arena, at, length);
            if (at[length] == '\0') {
                break;
            }
            at += length + 1;
        }
    }
    return values;
}

bool grammar_check_values(const QueryNode *node, const char *const *values, int count,
                          json_t *errors)
{
    if (node->children != NULL) {
        grammar_refuse(errors, node->name, "Expected a list of items but got type \"dict\".");
        return false;
    }
    json_t *blanks = json_object();
    for (int i = 0; i < count; i++) {
        if (values[i][0] == '\0') {
            char place[16];
            snprintf(place, sizeof place, "%d", i);
            grammar_refuse(blanks, place, "This field may not be blank.");
        }
    }
    bool valid = json_object_size(blanks) == 0;
    if (!valid) {
        json_object_set(errors, node->name, blanks);
    }
    json_decref(blanks);
    return valid;
}

json_t *grammar_list_of(const char *const *values, int count)
{
    json_t *list = json_array();
    for (int i = 0; i < count; i++) {
        json_array_append_new(list, json_string(values[i]));
    }
    return list;
}

/* One key of filter, exclude or group_by: its values become a restriction and are echoed. */
static void add_restriction(Grammar *grammar, const SectionKey *key, unsigned section,
                            json_t *errors, json_t *echo)
{
    ReportRestriction restriction = {.field = key->field,
                                     .key = key->key,
                                     .operator= key->operator,
                                     .plain = key->plain,
                                     .section = section};
    if (key->field->kind == FIELD_BOOLEAN) {
        bool yes;
        if (!grammar_boolean(key->node, errors, &yes)) {
            return;
        }
        restriction.values = arena_array(grammar->arena, 1, sizeof *restriction.values);
        restriction.values[restriction.value_count++] = yes ? "true" : "false";
        json_object_set_new(echo, key->node->name, json_boolean(yes));
    } else {
        restriction.values = grammar_values(grammar->arena, key->node, &restriction.value_count);
        if (!grammar_check_values(key->node, restriction.values, restriction.value_count, errors)) {
            return;
        }
        json_object_set_new(echo, key->node->name,
                            grammar_list_of(restriction.values, restriction.value_count));
    }
    ReportRequest *request = grammar->request;
    request->restrictions[request->restriction_count++] = restriction;
}

/* All keys of a filter or an exclude; the default filter stands behind the plain ones. */
static void add_restrictions(Grammar *grammar, const SectionKey *keys, int count, unsigned section,
                             json_t *errors, json_t *echo)
{
    int i = 0;
    for (; i < count && keys[i].plain; i++) {
        add_restriction(grammar, &keys[i], section, errors, echo);
    }
    grammar_default_filter(grammar, echo);
    for (; i < count; i++) {
        add_restriction(grammar, &keys[i], section, errors, echo);
    }
}

/* Sets errors[section] unless `found` is empty; drops the reference. */
static bool report_errors(Grammar *grammar, const char *section, json_t *found)
{
    bool any = json_object_size(found) > 0;
    if (any) {
        json_object_set(grammar->errors, section, found);
    }
    json_decref(found);
    return any;
}

bool grammar_report_faults(Grammar *grammar, const char *section, json_t *faults, json_t *unknown)
{
    if (report_errors(grammar, section, faults)) {
        json_decref(unknown);
        return true;
    }
    return report_errors(grammar, section, unknown);
}

bool grammar_is_object(Grammar *grammar, const QueryNode *section)
{
    if (section->values == NULL) {
        return true;
    }
    json_t *found = json_object();
    grammar_refuse(found, "non_field_errors", "Invalid data. Expected a dictionary, but got %s.",
                   section->value_count == 1 ? "str" : "list");
    return !report_errors(grammar, section->name, found);
}

/* Makes room for the restrictions of one more section. */
static void grow_restrictions(Grammar *grammar, const QueryNode *section)
{
    ReportRequest *request = grammar->request;
    size_t total = (size_t)request->restriction_count;
    for (const QueryNode *node = section->children; node != NULL; node = node->next) {
        total++;
    }
    ReportRestriction *grown = arena_array(grammar->arena, total, sizeof *request->restrictions);
    if (request->restriction_count > 0) {
        memcpy(grown, request->restrictions, (size_t)request->restriction_count * sizeof *grown);
    }
    request->restrictions = grown;
}

/* The section's keys without those of grammar_scope, which are dealt with. */
static QueryNode *take_scope(Grammar *grammar, const QueryNode *section, json_t *errors,
                             json_t *echo)
{
    QueryNode *rest = NULL, **end = &rest;
    for (const QueryNode *node = section->children; node != NULL; node = node->next) {
        if (!grammar_scope(grammar, node, errors, echo)) {
            *end = arena_alloc(grammar->arena, sizeof **end);
            **end = *node;
            (*end)->next = NULL;
            end = &(*end)->next;
        }
    }
    return rest;
}

/* What is no field is echoed, and refused, in one order, whatever the query's. */
static void arrange_scope(json_t *echo)
{
    static const char *const ORDER[] = {
        "resolution", "time_scope_value", "time_scope_units", "resource_scope", "limit", "offset"};
    for (size_t i = 0; i < sizeof ORDER / sizeof *ORDER; i++) {
        json_t *value = json_incref(json_object_get(echo, ORDER[i]));
        if (value != NULL) {
            json_object_del(echo, ORDER[i]);
            json_object_set_new(echo, ORDER[i], value);
        }
    }
}

void grammar_filter(Grammar *grammar, const QueryNode *section)
{
    if (!grammar_is_object(grammar, section)) {
        return;
    }
    json_t *errors = json_object(), *unknown = json_object(), *echo = json_object();
    QueryNode fields = {.name = section->name};
    fields.children = take_scope(grammar, section, errors, echo);
    arrange_scope(echo);
    arrange_scope(errors);
    grow_restrictions(grammar, &fields);
    int count;
    SectionKey *keys = grammar_read_keys(grammar, &fields, IN_FILTER, unknown, &count);
    add_restrictions(grammar, keys, count, IN_FILTER, errors, echo);
    json_object_set_new(grammar->request->echo, section->name, echo);
    if (!grammar_report_faults(grammar, section->name, errors, unknown)) {
        errors = json_object();
        grammar_check_time(&grammar->wish, errors);
        report_errors(grammar, section->name, errors);
    }
}

void grammar_exclude(Grammar *grammar, const QueryNode *section)
{
    if (!grammar_is_object(grammar, section)) {
        return;
    }
    json_t *errors = json_object(), *unknown = json_object(), *echo = json_object();
    grow_restrictions(grammar, section);
    int count;
    SectionKey *keys = grammar_read_keys(grammar, section, IN_EXCLUDE, unknown, &count);
    add_restrictions(grammar, keys, count, IN_EXCLUDE, errors, echo);
    json_object_set_new(grammar->request->echo, section->name, echo);
    grammar_report_faults(grammar, section->name, errors, unknown);
}

/* The units of a key as a PostgreSQL array. */
static const char *unit_array(Grammar *grammar, const SectionKey *key)
{
    int count;
    const char **values = grammar_values(grammar->arena, key->node, &count);
    Buffer *array = buffer_new(grammar->arena);
    buffer_append_char(array, '{');
    for (int i = 0; i < count; i++) {
        buffer_append_text(array, i > 0 ? ",\"" : "\"");
        for (const char *at = values[i]; *at != '\0'; at++) {
            if (*at == '"' || *at == '\\') {
                buffer_append_char(array, '\\');
            }
            buffer_append_char(array, *at);
        }
        buffer_append_char(array, '"');
    }
    buffer_append_char(array, '}');
    return array->data;
}

static bool refuse_units(Grammar *grammar, const char *section, const char *name,
                         const char *message)
{
    json_object_set_new(grammar->errors, section, json_pack("{s:s}", name, message));
    return false;
}

/* Costs alone are divided into what units are made of; each unit is named, and several of them as
 * choices. False, with the error, otherwise. */
static bool check_units(Grammar *grammar, const QueryNode *section, const SectionKey *keys,
                        int key_count)
{
    int plain = 0, choices = 0;
    for (int i = 0; i < key_count; i++) {
        if (keys[i].field->kind != FIELD_ORG_UNIT) {
            continue;
        }
        int count;
        const char **values = grammar_values(grammar->arena, keys[i].node, &count);
        bool any = false;
        for (int j = 0; j < count; j++) {
            any |= strcmp(values[j], "*") == 0;
        }
        if (any || !grammar->type->groups_units) {
            return refuse_units(grammar, section->name, keys[i].name, UNSUPPORTED);
        }
        *(keys[i].plain ? &plain : &choices) += keys[i].node->value_count;
    }
    return plain + (choices > 0) <= 1 ||
           refuse_units(grammar, section->name, "or_unit_id",
                        "Multiple org_unit_id must be represented with the or: prefix.");
}

/* Adds the group unless it is there: "account" and "or:account" are one. */
static void add_group(Grammar *grammar, const SectionKey *key)
{
    ReportRequest *request = grammar->request;
    for (int i = 0; i < request->group_count; i++) {
        if (strcmp(request->groups[i].name, key->name) == 0) {
            return;
        }
    }
    bool grouped = key->field->value != NULL && !key->field->implicit;
    if (grouped && request->group_count < REPORT_GROUPS_MAX) {
        request->groups[request->group_count++] = (ReportGroup){
            .field = key->field,
            .key = key->key,
            .name = key->name,
            .units = key->field->kind == FIELD_ORG_UNIT ? unit_array(grammar, key) : NULL};
    }
}

void grammar_group_by(Grammar *grammar, const QueryNode *section)
{
    if (!grammar_is_object(grammar, section)) {
        return;
    }
    if (grammar->type->ungrouped) {
        json_object_set_new(
            grammar->errors, section->name,
            json_pack("{s:[s]}", "non_field_errors", "Group by queries are not allowed."));
        return;
    }
    json_t *errors = json_object(), *unknown = json_object(), *echo = json_object();
    grow_restrictions(grammar, section);
    int count;
    SectionKey *keys = grammar_read_keys(grammar, section, IN_GROUP_BY, unknown, &count);
    for (int i = 0; i < count; i++) {
        add_restriction(grammar, &keys[i], IN_GROUP_BY, errors, echo);
    }
    json_object_set_new(grammar->request->echo, section->name, echo);
    if (grammar_report_faults(grammar, section->name, errors, unknown)) {
        return;
    }
    int most = grammar->settings->group_by_most;
    if (count > most) {
        char *message = arena_printf(
            grammar->arena, "Cost Management supports a max of %d group_by options.", most);
        json_object_set_new(grammar->errors, section->name,
                            json_pack("{s:s}", section->name, message));
        return;
    }
    if (!check_units(grammar, section, keys, count)) {
        return;
    }
    for (int i = 0; i < count; i++) {
        add_group(grammar, &keys[i]);
    }
}

const char *grammar_without_operator(const char *name)
{
    for (size_t i = 0; i < sizeof OPERATORS / sizeof *OPERATORS; i++) {
        size_t length = strlen(OPERATORS[i].prefix);
        if (strncmp(name, OPERATORS[i].prefix, length) == 0) {
            return name + length;
        }
    }
    return name;
}

/* The first parameter of any section that names the group's field. */
static int first_mention(const Grammar *grammar, const char *name)
{
    int first = QUERY_PARAMETERS_MAX;
    for (const QueryNode *node = grammar->tree; node != NULL; node = node->next) {
        for (const QueryNode *child = node->children; child != NULL; child = child->next) {
            if (child->place < first && strcmp(grammar_without_operator(child->name), name) == 0) {
                first = child->place;
            }
        }
    }
    return first;
}

void grammar_arrange_groups(Grammar *grammar)
{
    ReportGroup *groups = grammar->request->groups;
    for (int i = 1; i < grammar->request->group_count; i++) {
        ReportGroup moved = groups[i];
        int mention = first_mention(grammar, moved.name), to = i;
        for (; to > 0 && first_mention(grammar, groups[to - 1].name) > mention; to--) {
            groups[to] = groups[to - 1];
        }
        groups[to] = moved;
    }
}
