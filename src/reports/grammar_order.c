#include <string.h>

#include "reports/grammar_internal.h"

/* order_by, and what rows are ordered by. */

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
    if (key->field->needs_group) {
        return key->name;
    }
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

/* The day whose order counts must be one that there can be costs of. */
static void check_order_date(Grammar *grammar, const SectionKey *key, json_t *errors)
{
    ReportOrder *order = &grammar->request->order;
    order->has_date = grammar_date(key->node, errors, &order->date);
    Day first, last, today = grammar->settings->today;
    time_scope_bounds(today, grammar->settings->retention_months, &first, &last);
    if (order->has_date && (order->date < first || order->date > today)) {
        char from[DATE_TEXT_SIZE], to[DATE_TEXT_SIZE];
        char *message = arena_printf(grammar->arena, "Order-by date must be from %s to %s",
                                     day_format(first, from), day_format(today, to));
        json_object_set_new(errors, key->name, json_string(message));
    }
}

/* One key of order_by: asc or desc, or the date whose order counts. */
static void check_order(Grammar *grammar, const SectionKey *key, json_t *errors, json_t *echo)
{
    static const char *const DIRECTIONS[] = {"asc", "desc", NULL};
    ReportOrder *order = &grammar->request->order;
    const char *echo_name = key->field->kind == FIELD_AMOUNT ? key->field->target : key->name;
    if (key->field->kind == FIELD_DATE) {
        check_order_date(grammar, key, errors);
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
    /* The last key counts: a cost, where there is one. */
    grammar->order_field = key->field;
    grammar->order_name = key->name;
    order->descending = direction == DIRECTIONS[1];
    order->given = true;
}

/* An order is one of a group that was asked for plainly or as choices. */
static bool is_grouped(const Grammar *grammar, const char *name)
{
    const QueryNode *groups = query_tree_find(grammar->tree, "group_by");
    for (const QueryNode *node = groups != NULL ? groups->children : NULL; node != NULL;
         node = node->next) {
        const char *group = node->name + (strncmp(node->name, "or:", 3) == 0 ? 3 : 0);
        if (strcmp(group, name) == 0) {
            return true;
        }
    }
    return false;
}

/* Was any group asked for? Whether it is known is told elsewhere. */
static bool is_divided(const Grammar *grammar)
{
    const QueryNode *groups = query_tree_find(grammar->tree, "group_by");
    return groups != NULL && groups->children != NULL;
}

/* A field with and:, or: or exact: before it, which order_by knows only to refuse it. */
static bool has_operator(const Grammar *grammar, const QueryNode *node)
{
    const char *key, *name = grammar_without_operator(node->name);
    const ReportField *field = report_field_find(grammar->type, name, IN_ORDER_BY, &key);
    return name != node->name && field != NULL && field->kind != FIELD_KEYED &&
           (field->target == NULL || strcmp(field->target, "usage") == 0 ||
            field->kind != FIELD_AMOUNT);
}

/* The section's keys without those that have an operator; *operated becomes the first of these. */
static QueryNode *take_plain(Grammar *grammar, const QueryNode *section, const QueryNode **operated)
{
    QueryNode *plain = NULL, **end = &plain;
    for (const QueryNode *node = section->children; node != NULL; node = node->next) {
        if (has_operator(grammar, node)) {
            *operated = *operated != NULL ? *operated : node;
            continue;
        }
        *end = arena_alloc(grammar->arena, sizeof **end);
        **end = *node;
        (*end)->next = NULL;
        end = &(*end)->next;
    }
    return plain;
}

static void refuse_order(Grammar *grammar, const QueryNode *section, const char *format,
                         const char *name)
{
    char *message = arena_printf(grammar->arena, format, name);
    json_object_set_new(grammar->errors, section->name, json_pack("{s:s}", name, message));
}

static const char NEEDS_GROUP[] = "Order-by \"%s\" requires matching Group-by.";

/* What is ordered by must be grouped by, where that is a group. */
static void check_groups(Grammar *grammar, const QueryNode *section, const SectionKey *keys,
                         int count, const QueryNode *operated)
{
    for (int i = 0; i < count; i++) {
        const char *group = needed_group(&keys[i]);
        bool any = keys[i].field->kind == FIELD_DATE && is_divided(grammar);
        bool free_of_groups = grammar->type->ungrouped && !keys[i].field->needs_group;
        if (group != NULL && !any && !free_of_groups && !is_grouped(grammar, group)) {
            refuse_order(grammar, section, NEEDS_GROUP, keys[i].name);
            return;
        }
    }
    if (operated != NULL) {
        refuse_order(grammar, section,
                     strstr(operated->name, "or:") != NULL
                         ? "The order_by key \"%s\" can not contain the or parameter."
                         : NEEDS_GROUP,
                     operated->name);
    }
}

void grammar_order_by(Grammar *grammar, const QueryNode *section)
{
    if (!grammar_is_object(grammar, section)) {
        return;
    }
    json_t *errors = json_object(), *unknown = json_object(), *echo = json_object();
    const QueryNode *operated = NULL;
    QueryNode fields = {.name = section->name};
    fields.children = take_plain(grammar, section, &operated);
    int count;
    SectionKey *keys = grammar_read_keys(grammar, &fields, IN_ORDER_BY, unknown, &count);
    for (int i = 0; i < count; i++) {
        check_order(grammar, &keys[i], errors, echo);
    }
    json_object_set_new(grammar->request->echo, section->name, echo);
    if (!grammar_report_faults(grammar, section->name, errors, unknown)) {
        check_groups(grammar, section, keys, count, operated);
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
