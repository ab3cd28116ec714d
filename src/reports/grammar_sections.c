#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "reports/grammar_internal.h"

/* One key of a section, taken apart: "and:tag:app" is MATCH_ALL of the tag app. */
typedef struct SectionKey {
    const QueryNode *node;
    const ReportField *field; /* NULL: the section has no such key */
    const char *key;
    const char *name; /* without the operator */
    MatchOperator operator;
    bool plain;
} SectionKey;

static const struct {
    const char *prefix;
    MatchOperator operator;
} OPERATORS[] = {
    {"and:", MATCH_ALL},
    {"or:", MATCH_ANY},
    {"exact:", MATCH_EXACT},
};

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
    if (key.field == NULL || node->children != NULL) {
        key.field = NULL;
        return key;
    }
    if (key.field->kind == FIELD_KEYED) {
        const KnownKey *known = find_known(grammar, key.field->name, key.key);
        key.field = known != NULL ? key.field : NULL;
        grammar->request->empty |= known != NULL && !known->enabled;
    } else if (key.field->kind == FIELD_ORG_UNIT && key.operator== MATCH_EXACT) {
        key.field = NULL; /* a unit stands for all below it: it is never matched exactly */
    }
    return key;
}

/* The keys of a section in the order in which they are echoed: the catalogue's. Unknown ones are
 * refused under the section's name. */
static SectionKey *read_keys(Grammar *grammar, const QueryNode *section, unsigned uses,
                             json_t *unknown, int *count)
{
    int total = 0;
    for (const QueryNode *node = section->children; node != NULL; node = node->next) {
        total++;
    }
    SectionKey *read = arena_array(grammar->arena, (size_t)total, sizeof *read), *ordered;
    ordered = arena_array(grammar->arena, (size_t)total, sizeof *ordered);
    int i = 0;
    for (const QueryNode *node = section->children; node != NULL; node = node->next) {
        read[i] = take_apart(grammar, node, uses);
        if (read[i].field == NULL) {
            grammar_refuse(unknown, node->name, UNSUPPORTED);
        }
        i++;
    }
    *count = 0;
    for (const ReportField *field = grammar->type->fields; field->name != NULL; field++) {
        for (i = 0; i < total; i++) {
            if (read[i].field == field) {
                ordered[(*count)++] = read[i];
            }
        }
    }
    return ordered;
}

/* All values of a list: repeated keys, and commas inside each. */
static const char **split_values(Arena *arena, const QueryNode *node, int *count)
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
            values[(*count)++] = arena_strndup(arena, at, length);
            if (at[length] == '\0') {
                break;
            }
            at += length + 1;
        }
    }
    return values;
}

/* Refuses blank values, each under its place in the list. */
static bool check_values(const SectionKey *key, const char *const *values, int count,
                         json_t *errors)
{
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
        json_object_set(errors, key->node->name, blanks);
    }
    json_decref(blanks);
    return valid;
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
    restriction.values = split_values(grammar->arena, key->node, &restriction.value_count);
    if (!check_values(key, restriction.values, restriction.value_count, errors)) {
        return;
    }
    json_t *list = json_array();
    for (int i = 0; i < restriction.value_count; i++) {
        json_array_append_new(list, json_string(restriction.values[i]));
    }
    json_object_set_new(echo, key->node->name, list);
    ReportRequest *request = grammar->request;
    request->restrictions[request->restriction_count++] = restriction;
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

/* The faults of values, else the unknown keys; drops both references. */
static bool report_faults(Grammar *grammar, const char *section, json_t *faults, json_t *unknown)
{
    if (report_errors(grammar, section, faults)) {
        json_decref(unknown);
        return true;
    }
    return report_errors(grammar, section, unknown);
}

/* A section must be an object: filter[…]=…, not filter=…. */
static bool is_object(Grammar *grammar, const QueryNode *section)
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

void grammar_filter(Grammar *grammar, const QueryNode *section)
{
    if (!is_object(grammar, section)) {
        return;
    }
    json_t *errors = json_object(), *unknown = json_object(), *echo = json_object();
    QueryNode fields = {.name = section->name};
    fields.children = take_scope(grammar, section, errors, echo);
    grow_restrictions(grammar, &fields);
    int count;
    SectionKey *keys = read_keys(grammar, &fields, IN_FILTER, unknown, &count);
    for (int i = 0; i < count; i++) {
        add_restriction(grammar, &keys[i], IN_FILTER, errors, echo);
    }
    json_object_set_new(grammar->request->echo, section->name, echo);
    if (!report_faults(grammar, section->name, errors, unknown)) {
        errors = json_object();
        grammar_check_time(&grammar->wish, errors);
        report_errors(grammar, section->name, errors);
    }
}

void grammar_exclude(Grammar *grammar, const QueryNode *section)
{
    if (!is_object(grammar, section)) {
        return;
    }
    json_t *errors = json_object(), *unknown = json_object(), *echo = json_object();
    grow_restrictions(grammar, section);
    int count;
    SectionKey *keys = read_keys(grammar, section, IN_EXCLUDE, unknown, &count);
    for (int i = 0; i < count; i++) {
        add_restriction(grammar, &keys[i], IN_EXCLUDE, errors, echo);
    }
    json_object_set_new(grammar->request->echo, section->name, echo);
    report_faults(grammar, section->name, errors, unknown);
}

/* The units of a key as a PostgreSQL array. */
static const char *unit_array(Grammar *grammar, const SectionKey *key)
{
    int count;
    const char **values = split_values(grammar->arena, key->node, &count);
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

/* Costs alone are divided into what units are made of; each unit is named, and several of them as
 * choices. False, with the error, otherwise. */
static bool check_units(Grammar *grammar, const QueryNode *section, const SectionKey *keys,
                        int key_count)
{
    for (int i = 0; i < key_count; i++) {
        if (keys[i].field->kind != FIELD_ORG_UNIT) {
            continue;
        }
        int count;
        const char **values = split_values(grammar->arena, keys[i].node, &count);
        bool any = false;
        for (int j = 0; j < count; j++) {
            any |= strcmp(values[j], "*") == 0;
        }
        if (any || !grammar->type->groups_units) {
            json_object_set_new(grammar->errors, section->name,
                                json_pack("{s:s}", keys[i].name, UNSUPPORTED));
            return false;
        }
        if (keys[i].plain && count > 1) {
            json_object_set_new(
                grammar->errors, section->name,
                json_pack("{s:s}", "or_unit_id",
                          "Multiple org_unit_id must be represented with the or: prefix."));
            return false;
        }
    }
    return true;
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
    if (key->field->value != NULL && request->group_count < REPORT_GROUPS_MAX) {
        request->groups[request->group_count++] = (ReportGroup){
            .field = key->field,
            .key = key->key,
            .name = key->name,
            .units = key->field->kind == FIELD_ORG_UNIT ? unit_array(grammar, key) : NULL};
    }
}

void grammar_group_by(Grammar *grammar, const QueryNode *section)
{
    if (!is_object(grammar, section)) {
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
    SectionKey *keys = read_keys(grammar, section, IN_GROUP_BY, unknown, &count);
    for (int i = 0; i < count; i++) {
        add_restriction(grammar, &keys[i], IN_GROUP_BY, errors, echo);
    }
    json_object_set_new(grammar->request->echo, section->name, echo);
    if (report_faults(grammar, section->name, errors, unknown)) {
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

static const char *without_operator(const char *name)
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
            if (child->place < first && strcmp(without_operator(child->name), name) == 0) {
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

/* Is there a group_by of that name? Its index, or -1. */
static int find_group(const ReportRequest *request, const char *name)
{
    for (int i = 0; i < request->group_count; i++) {
        if (strcmp(request->groups[i].name, name) == 0) {
            return i;
        }
    }
    return -1;
}

/* The name of the group that rows must have to be ordered by the key, or NULL. */
static const char *needed_group(const SectionKey *key)
{
    switch (key->field->kind) {
    case FIELD_TEXT:
    case FIELD_KEYED:
    case FIELD_DATE:
        return key->name;
    case FIELD_ALIAS:
        return key->field->target;
    default:
        return NULL;
    }
}

/* One key of order_by: asc or desc, or the date whose order counts. */
static void check_order(Grammar *grammar, const SectionKey *key, json_t *errors, json_t *echo)
{
    static const char *const DIRECTIONS[] = {"asc", "desc", NULL};
    ReportOrder *order = &grammar->request->order;
    const char *echo_name = key->field->kind == FIELD_AMOUNT ? key->field->target : key->name;
    if (key->field->kind == FIELD_DATE) {
        order->has_date = grammar_date(key->node, errors, &order->date);
        json_object_set_new(echo, echo_name, json_string(grammar_quote(grammar, key->node)));
        return;
    }
    const char *direction =
        grammar_choice(grammar, key->node, DIRECTIONS, GRAMMAR_ALL_CHOICES, errors);
    if (direction == NULL) {
        return;
    }
    json_object_set_new(echo, echo_name, json_string(direction));
    grammar->orders_by_delta |= key->field->kind == FIELD_DELTA;
    /* Keys come in the order of precedence, but a cost counts before all others. */
    bool cost = key->field->kind == FIELD_AMOUNT && strcmp(key->name, "usage") != 0;
    bool had_cost = grammar->order_field != NULL && grammar->order_field->kind == FIELD_AMOUNT &&
                    strcmp(grammar->order_field->name, "usage") != 0;
    if (cost || !had_cost) {
        grammar->order_field = key->field;
        grammar->order_name = key->name;
        order->descending = direction == DIRECTIONS[1];
        order->given = true;
    }
}

void grammar_order_by(Grammar *grammar, const QueryNode *section)
{
    if (!is_object(grammar, section)) {
        return;
    }
    json_t *errors = json_object(), *unknown = json_object(), *echo = json_object();
    int count;
    SectionKey *keys = read_keys(grammar, section, IN_ORDER_BY, unknown, &count);
    for (int i = 0; i < count; i++) {
        check_order(grammar, &keys[i], errors, echo);
    }
    json_object_set_new(grammar->request->echo, section->name, echo);
    if (report_faults(grammar, section->name, errors, unknown)) {
        return;
    }
    for (int i = 0; i < count; i++) {
        const char *group = needed_group(&keys[i]);
        bool any = keys[i].field->kind == FIELD_DATE && grammar->request->group_count > 0;
        if (group != NULL && !any && !grammar->type->ungrouped &&
            find_group(grammar->request, group) < 0) {
            char *message = arena_printf(
                grammar->arena, "Order-by \"%s\" requires matching Group-by.", keys[i].name);
            json_object_set_new(grammar->errors, section->name,
                                json_pack("{s:s}", keys[i].name, message));
            return;
        }
    }
}

/* An amount's order, or the usage's. */
static void order_by_amount(ReportOrder *order, const ReportType *type, const char *name)
{
    order->kind = ORDER_AMOUNT;
    order->amount = report_amount_find(type, name);
    if (order->amount == NULL) {
        order->kind = ORDER_USAGE;
    }
}

static int find_detail(const ReportType *type, const char *name)
{
    int i = 0;
    while (strcmp(type->details[i].name, name) != 0) {
        i++;
    }
    return i;
}

/* The report's own order: by an amount, or by the group that is always there. */
static void order_by_default(Grammar *grammar, ReportOrder *order)
{
    const ReportType *type = grammar->type;
    order->descending = true;
    order->given = false;
    if (type->implicit_group != NULL && strcmp(type->implicit_group, type->default_order) == 0) {
        order->kind = ORDER_GROUP;
        order->group = find_group(grammar->request, type->implicit_group);
    } else {
        order_by_amount(order, type, type->default_order);
    }
}

void grammar_choose_order(Grammar *grammar)
{
    ReportRequest *request = grammar->request;
    ReportOrder *order = &request->order;
    const ReportField *field = grammar->order_field;
    bool unknown = field != NULL && field->kind == FIELD_AMOUNT && grammar->type->usage == 0 &&
                   strcmp(field->target, "usage") == 0;
    if (field == NULL || unknown) {
        order_by_default(grammar, order);
    } else if (field->kind == FIELD_AMOUNT) {
        order_by_amount(order, grammar->type, field->target);
    } else if (field->kind == FIELD_DELTA) {
        order->kind = ORDER_DELTA;
    } else if (field->kind == FIELD_DETAIL) {
        order->kind = ORDER_DETAIL;
        order->group = find_detail(grammar->type, field->target);
    } else {
        bool alias = field->kind == FIELD_ALIAS;
        order->kind = alias ? ORDER_ALIAS : ORDER_GROUP;
        order->group = find_group(request, alias ? field->target : grammar->order_name);
    }
}
