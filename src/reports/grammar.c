#include "reports/grammar.h"

#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/json.h"
#include "cost_api/currency.h"
#include "reports/grammar_internal.h"

enum { RANK_LIMIT_DEFAULT = 5, UNIT_LIMIT_DEFAULT = 10 };

void grammar_refuse(json_t *errors, const char *name, const char *format, ...)
{
    char *message = NULL;
    va_list arguments;
    va_start(arguments, format);
    int length = vasprintf(&message, format, arguments);
    va_end(arguments);
    json_object_set_new(errors, name, json_pack("[s]", length < 0 ? UNSUPPORTED : message));
    free(length < 0 ? NULL : message);
}

const char *grammar_single(const QueryNode *node)
{
    return node->value_count == 1 ? node->values->text : NULL;
}

/* Values and children as Python writes them: 'a', ['a', 'b'] or {'x': 'a'}. */
static void quote_into(Buffer *text, const QueryNode *node)
{
    if (node->children != NULL) {
        const char *separator = "{";
        for (const QueryNode *child = node->children; child != NULL; child = child->next) {
            buffer_printf(text, "%s'%s': ", separator, child->name);
            quote_into(text, child);
            separator = ", ";
        }
        buffer_append_char(text, '}');
        return;
    }
    const char *separator = "";
    buffer_append_text(text, node->value_count > 1 ? "[" : "");
    for (const QueryText *value = node->values; value != NULL; value = value->next) {
        buffer_printf(text, "%s'%s'", separator, value->text);
        separator = ", ";
    }
    buffer_append_text(text, node->value_count > 1 ? "]" : "");
}

const char *grammar_quote(Grammar *grammar, const QueryNode *node)
{
    if (node->value_count == 1) {
        return node->values->text;
    }
    Buffer *text = buffer_new(grammar->arena);
    quote_into(text, node);
    return text->data;
}

/* Is what follows a whole number nothing but zeros behind a point, and blanks? */
static bool ends_whole(const char *rest)
{
    if (*rest == '.') {
        rest += 1 + strspn(rest + 1, "0");
    }
    return rest[strspn(rest, " ")] == '\0';
}

bool grammar_int(const QueryNode *node, int64_t least, json_t *errors, int64_t *value)
{
    const char *text = grammar_single(node);
    char *end = NULL;
    errno = 0;
    *value = text != NULL ? strtoll(text, &end, 10) : 0;
    if (text == NULL || end == text || !ends_whole(end) || errno != 0) {
        grammar_refuse(errors, node->name, "A valid integer is required.");
        return false;
    }
    if (*value < least) {
        grammar_refuse(errors, node->name, "Ensure this value is greater than or equal to %lld.",
                       (long long)least);
        return false;
    }
    return true;
}

/* The parameters of the first level. Each check fills the request and its echo, or the errors. */

static void check_limit(Grammar *grammar, const QueryNode *node)
{
    int least = grammar->type->limit_least;
    if (grammar_int(node, least > 0 ? least : INT64_MIN, grammar->errors,
                    &grammar->request->page_limit)) {
        json_object_set_new(grammar->request->echo, "limit",
                            json_integer(grammar->request->page_limit));
    }
}

static void check_offset(Grammar *grammar, const QueryNode *node)
{
    ReportRequest *request = grammar->request;
    bool any = grammar->type->limit_least == 0;
    if (grammar_int(node, any ? INT64_MIN : 0, grammar->errors, &request->page_offset)) {
        json_object_set_new(request->echo, "offset", json_integer(request->page_offset));
        request->page_offset = request->page_offset > 0 ? request->page_offset : 0;
    }
}

/* Takes as many digits as there are, at most `most`; NULL when there is none. */
static const char *take_digits(const char *at, int most, int *number)
{
    const char *first = at;
    for (*number = 0; at - first < most && isdigit((unsigned char)*at); at++) {
        *number = *number * 10 + (*at - '0');
    }
    return at > first ? at : NULL;
}

/* "2026-11-24", also "2026-1-4", or "20261124". */
static bool read_date(const char *text, Day *day)
{
    int year, month, date, years = 4, rest = 2;
    bool dashes = strchr(text, '-') != NULL;
    const char *at = take_digits(text, years, &year);
    bool valid = at == text + years && (!dashes || *at++ == '-');
    valid = valid && (at = take_digits(at, rest, &month)) != NULL && (!dashes || *at++ == '-');
    valid = valid && (at = take_digits(at, rest, &date)) != NULL && *at == '\0';
    char plain[DATE_TEXT_SIZE + 8];
    if (!valid || (!dashes && strlen(text) != strlen("20261124"))) {
        return false;
    }
    int length = snprintf(plain, sizeof plain, "%04d-%02d-%02d", year, month, date);
    return day_parse(plain, (size_t)length, day);
}

bool grammar_date(const QueryNode *node, json_t *errors, Day *day)
{
    const char *text = grammar_single(node);
    if (text != NULL && read_date(text, day)) {
        return true;
    }
    grammar_refuse(errors, node->name,
                   "Date has wrong format. Use one of these formats instead: YYYY-MM-DD.");
    return false;
}

static void check_window_date(Grammar *grammar, const QueryNode *node, Day *day)
{
    if (!grammar_date(node, grammar->errors, day)) {
        return;
    }
    Day first, last;
    time_scope_bounds(grammar->settings->today, grammar->settings->retention_months, &first, &last);
    if (*day < first || *day > last) {
        char from[DATE_TEXT_SIZE], to[DATE_TEXT_SIZE];
        grammar_refuse(grammar->errors, node->name, "Parameter %s must be from %s to %s",
                       node->name, day_format(first, from), day_format(last, to));
        return;
    }
    char text[DATE_TEXT_SIZE];
    json_object_set_new(grammar->request->echo, node->name, json_string(day_format(*day, text)));
}

static void check_start_date(Grammar *grammar, const QueryNode *node)
{
    check_window_date(grammar, node, &grammar->wish.start);
}

static void check_end_date(Grammar *grammar, const QueryNode *node)
{
    check_window_date(grammar, node, &grammar->wish.end);
}

static bool is_enabled(const GrammarSettings *settings, const Currency *currency)
{
    return settings->enabled_currencies != NULL
               ? strstr(settings->enabled_currencies, currency->code) != NULL
               : currency->enabled;
}

static void check_currency(Grammar *grammar, const QueryNode *node)
{
    const char *text = grammar_single(node);
    const char *code = text != NULL ? currency_code(grammar->arena, text) : NULL;
    const Currency *currency = code != NULL ? currency_find(code) : NULL;
    if (code == NULL) {
        grammar_refuse(grammar->errors, "currency", "Not a valid string.");
    } else if (*code == '\0') {
        grammar_refuse(grammar->errors, "currency", "This field may not be blank.");
    } else if (currency == NULL) {
        grammar_refuse(grammar->errors, "currency", "\"%s\" is not a valid ISO 4217 currency.",
                       code);
    } else if (!is_enabled(grammar->settings, currency)) {
        grammar_refuse(grammar->errors, "currency", "\"%s\" is not an enabled currency.", code);
    } else {
        grammar->request->currency = currency->code;
    }
}

static bool is_word(const char *const *words, const char *text)
{
    while (*words != NULL && strcmp(*words, text) != 0) {
        words++;
    }
    return *words != NULL;
}

/* A word of another report's delta is refused one level deeper than a word of none. */
static void check_delta(Grammar *grammar, const QueryNode *node)
{
    const char *text = grammar_quote(grammar, node);
    if (is_word(grammar->type->deltas, text)) {
        grammar->request->delta = true;
        return;
    }
    for (const ReportType *type = REPORT_TYPES; type->path != NULL; type++) {
        if (is_word(type->deltas, text)) {
            char *message = arena_printf(grammar->arena, NOT_A_CHOICE, text);
            json_object_set_new(grammar->errors, "delta", json_pack("{s:s}", "delta", message));
            return;
        }
    }
    grammar_refuse(grammar->errors, "delta", NOT_A_CHOICE, text);
}

static void check_cost_type(Grammar *grammar, const QueryNode *node)
{
    const char *text = grammar_quote(grammar, node);
    if (grammar->type->cost_types == NULL) {
        grammar_refuse(grammar->errors, node->name, UNSUPPORTED);
        return;
    }
    grammar->request->cost_type = cost_type_find(grammar->type->cost_types, text);
    if (grammar->request->cost_type == NULL) {
        grammar_refuse(grammar->errors, "cost_type", NOT_A_CHOICE, text);
    }
}

bool grammar_boolean(const QueryNode *node, json_t *errors, bool *value)
{
    static const char *const YES[] = {"t", "y", "yes", "true", "on", "1", NULL};
    static const char *const NO[] = {"f", "n", "no", "false", "off", "0", NULL};
    const char *text = grammar_single(node);
    char lower[8] = "";
    for (size_t i = 0; text != NULL && i < sizeof lower && strlen(text) < sizeof lower; i++) {
        lower[i] = (char)tolower((unsigned char)text[i]);
        if (text[i] == '\0') {
            break;
        }
    }
    *value = is_word(YES, lower);
    if (!*value && !is_word(NO, lower)) {
        grammar_refuse(errors, node->name, "Must be a valid boolean.");
        return false;
    }
    return true;
}

static void check_key_only(Grammar *grammar, const QueryNode *node)
{
    if (!grammar->type->has_key_only) {
        grammar_refuse(grammar->errors, node->name, UNSUPPORTED);
    } else {
        grammar_boolean(node, grammar->errors, &grammar->request->key_only);
    }
}

/* Cost categories of projects: every organisation has one, and without projects it is of no use
 * (check_together). */
static void check_category(Grammar *grammar, const QueryNode *node)
{
    static const char *const KNOWN[] = {"*", "Platform", NULL};
    int count;
    const char **values = grammar_values(grammar->arena, node, &count);
    if (!grammar_check_values(node, values, count, grammar->errors)) {
        return;
    }
    Buffer *others = buffer_new(grammar->arena);
    bool any = false;
    for (int i = 0; i < count; i++) {
        any |= strcmp(values[i], "*") == 0;
        if (!is_word(KNOWN, values[i])) {
            buffer_printf(others, "%s'%s'", others->length > 0 ? ", " : "", values[i]);
        }
    }
    if (!any && others->length > 0) {
        char *message =
            arena_printf(grammar->arena, "Unsupported category(ies): {%s}", others->data);
        json_object_set_new(grammar->errors, node->name, json_pack("{s:s}", "error", message));
    }
}

/* In the order in which they are checked, and their faults told. */
static const struct {
    const char *name;
    void (*check)(Grammar *grammar, const QueryNode *node);
} PARAMETERS[] = {
    {"limit", check_limit},       {"offset", check_offset},       {"start_date", check_start_date},
    {"end_date", check_end_date}, {"currency", check_currency},   {"category", check_category},
    {"delta", check_delta},       {"cost_type", check_cost_type}, {"exclude", grammar_exclude},
    {"filter", grammar_filter},   {"group_by", grammar_group_by}, {"order_by", grammar_order_by},
    {"key_only", check_key_only},
};

enum { PARAMETER_COUNT = sizeof PARAMETERS / sizeof *PARAMETERS };

/* Does the report have the parameter of that name? */
static bool is_parameter(const Grammar *grammar, int parameter)
{
    const char *const *refused = grammar->type->refused;
    return refused == NULL || !is_word(refused, PARAMETERS[parameter].name);
}

static void check_parameters(Grammar *grammar)
{
    for (int i = 0; i < PARAMETER_COUNT; i++) {
        const QueryNode *node = query_tree_find(grammar->tree, PARAMETERS[i].name);
        if (node != NULL && is_parameter(grammar, i)) {
            PARAMETERS[i].check(grammar, node);
        }
    }
}

static void refuse_unknown(Grammar *grammar)
{
    for (const QueryNode *node = grammar->tree; node != NULL; node = node->next) {
        int i = 0;
        while (i < PARAMETER_COUNT && strcmp(PARAMETERS[i].name, node->name) != 0) {
            i++;
        }
        if (i == PARAMETER_COUNT || !is_parameter(grammar, i)) {
            grammar_refuse(grammar->errors, node->name, UNSUPPORTED);
        }
    }
}

static bool given(const Grammar *grammar, const char *name)
{
    return query_tree_find(grammar->tree, name) != NULL;
}

/* What parameters mean to each other; the first fault only. */
static void check_together(Grammar *grammar)
{
    TimeWish *wish = &grammar->wish;
    json_t *errors = grammar->errors;
    bool grouped = json_object_size(json_object_get(grammar->request->echo, "group_by")) > 0;
    bool start = given(grammar, "start_date"), end = given(grammar, "end_date");
    wish->has_dates = start || end;
    if (given(grammar, "category")) {
        grammar_refuse(errors, "error", "%s",
                       grammar->type->has_key_only
                           ? "Category may only be used as a filter for the tag endpoints."
                           : "Category may not be used without a group_by project parameter");
    } else if (wish->has_dates && (wish->value != NULL || wish->units != NULL)) {
        json_object_set_new(
            errors, "error",
            json_pack("[ss]", "The parameters [start_date, end_date] may not be ",
                      "used with the filters [time_scope_value, time_scope_units]"));
    } else if (start != end) {
        grammar_refuse(errors, "error",
                       "The parameters [start_date, end_date] must both be defined.");
    } else if (wish->has_dates && wish->start > wish->end) {
        grammar_refuse(errors, "error", "start_date must be a date that is before end_date.");
    } else if (wish->has_dates && grammar->request->delta) {
        grammar_refuse(
            errors, "error",
            "Delta calculation is not supported with start_date and end_date parameters.");
    } else if (grammar->has_filter_limit && !grouped && !grammar->type->rank_without_group) {
        grammar_refuse(errors, "error",
                       "filter[limit] and filter[offset] requires a valid group_by param.");
    } else if (grammar->orders_by_delta && !grammar->request->delta) {
        grammar_refuse(errors, "order_by", "Cannot order by delta without a delta param");
    }
}

/* The group that a report has without being asked: innermost, unless ranking is over others. */
static void add_implicit_group(Grammar *grammar)
{
    ReportRequest *request = grammar->request;
    const char *name = grammar->type->implicit_group, *key;
    if (name == NULL || (request->group_count > 0 && request->rank_limit > 0)) {
        return;
    }
    for (int i = 0; i < request->group_count; i++) {
        if (strcmp(request->groups[i].name, name) == 0) {
            return;
        }
    }
    const ReportField *field = report_field_find(grammar->type, name, IN_GROUP_BY, &key);
    request->groups[request->group_count++] = (ReportGroup){.field = field, .name = name};
}

static void set_new(json_t *object, const char *name, const char *text)
{
    if (text != NULL) {
        json_object_set_new(object, name, json_string(text));
    }
}

/* All groups of a field stand for those that are filtered by. */
static void narrow_groups(json_t *echo)
{
    const char *name;
    json_t *values, *value, *filter = json_object_get(echo, "filter");
    size_t i;
    json_object_foreach (json_object_get(echo, "group_by"), name, values) {
        json_t *filtered = json_object_get(filter, name);
        bool any = false;
        json_array_foreach (values, i, value) {
            any = any || strcmp(json_string_value(value), "*") == 0;
        }
        if (any && filtered != NULL) {
            json_array_clear(values);
            json_array_extend(values, filtered);
        }
    }
}

void grammar_default_filter(const Grammar *grammar, json_t *filter)
{
    const char *name = grammar->type->default_filter;
    if (name != NULL && json_object_get(filter, name) == NULL) {
        json_object_set_new(filter, name, json_true());
    }
}

/* What the filter left open, behind what it told. */
static void fill_filter(const Grammar *grammar, json_t *filter)
{
    set_new(filter, "time_scope_value", grammar->wish.value);
    set_new(filter, "time_scope_units", grammar->wish.units);
    set_new(filter, "resolution", grammar->wish.resolution);
    grammar_default_filter(grammar, filter);
}

/* Sections: those that were given, then the empty ones. */
static void finish_sections(Grammar *grammar, json_t *given_echo, json_t *echo)
{
    static const char *const GIVEN[] = {"exclude", "filter", "group_by", "order_by"};
    static const char *const ALL[] = {"filter", "group_by", "order_by", "access", "exclude"};
    for (size_t i = 0; i < sizeof GIVEN / sizeof *GIVEN; i++) {
        json_object_set(echo, GIVEN[i], json_object_get(given_echo, GIVEN[i]));
    }
    if (grammar->type->has_key_only) {
        json_object_set_new(echo, "key_only", json_boolean(grammar->request->key_only));
    }
    for (size_t i = 0; i < sizeof ALL / sizeof *ALL; i++) {
        bool known = strcmp(ALL[i], "access") != 0 || grammar->type->has_key_only;
        if (known && json_object_get(echo, ALL[i]) == NULL) {
            json_object_set_new(echo, ALL[i], json_object());
        }
    }
    narrow_groups(echo);
    fill_filter(grammar, json_object_get(echo, "filter"));
}

/* The echo in the order of meta, with what was left open filled in. */
static void finish_echo(Grammar *grammar, json_t *echo)
{
    static const char *const FIRST[] = {"limit", "offset", "start_date", "end_date"};
    ReportRequest *request = grammar->request;
    json_t *given_echo = request->echo;
    for (size_t i = 0; i < sizeof FIRST / sizeof *FIRST; i++) {
        json_object_set(echo, FIRST[i], json_object_get(given_echo, FIRST[i]));
    }
    set_new(echo, "currency", request->currency);
    if (request->delta) {
        json_object_set_new(echo, "delta", json_null());
    }
    set_new(echo, "cost_type", request->cost_type != NULL ? request->cost_type->name : NULL);
    finish_sections(grammar, given_echo, echo);
    request->echo = echo;
}

static void decref(void *object)
{
    json_decref(object);
}

static json_t *new_object(Arena *arena)
{
    json_t *object = json_object();
    arena_on_free(arena, decref, object);
    return object;
}

/* What units are divided into is always given in pages, and not ranked. */
static void page_units(ReportRequest *request)
{
    for (int i = 0; i < request->group_count; i++) {
        if (request->groups[i].units != NULL) {
            request->unit_limit =
                request->rank_limit > 0 ? request->rank_limit : UNIT_LIMIT_DEFAULT;
            request->unit_offset = request->rank_offset;
            request->has_rank_offset = false;
            request->rank_limit = 0;
        }
    }
}

static void finish(Grammar *grammar)
{
    ReportRequest *request = grammar->request;
    page_units(request);
    if (request->has_rank_offset && request->rank_limit < 0) {
        request->rank_limit = RANK_LIMIT_DEFAULT;
    } else if (request->rank_limit < 0) {
        request->rank_limit = 0;
    }
    add_implicit_group(grammar);
    if (request->group_count == 0) { /* there is nothing to rank */
        request->rank_limit = 0;
        request->has_rank_offset = false;
    }
    grammar_arrange_groups(grammar);
    grammar_choose_order(grammar);
    const GrammarSettings *settings = grammar->settings;
    if (request->currency == NULL) {
        request->currency = settings->currency != NULL ? settings->currency : CURRENCY_DEFAULT;
    }
    if (request->cost_type == NULL && grammar->type->cost_types != NULL) {
        const CostType *chosen =
            settings->cost_type != NULL
                ? cost_type_find(grammar->type->cost_types, settings->cost_type)
                : NULL;
        request->cost_type = chosen != NULL ? chosen : grammar->type->cost_types;
    }
    if (grammar->type->months_only && grammar->wish.value == NULL) {
        grammar->wish.value = "-1";
    }
    request->time = time_scope(&grammar->wish, grammar->settings->today);
    finish_echo(grammar, new_object(grammar->arena));
}

bool grammar_needs_keys(const char *query)
{
    return strstr(query, "tag") != NULL || strstr(query, "category") != NULL ||
           strchr(query, '%') != NULL;
}

bool grammar_parse(Arena *arena, const ReportType *type, const GrammarSettings *settings,
                   const char *query, ReportRequest *request, const char **errors)
{
    *request = (ReportRequest){.type = type,
                               .echo = new_object(arena),
                               .page_limit = REPORT_PAGE_DEFAULT,
                               .rank_limit = -1};
    Grammar grammar = {.arena = arena,
                       .type = type,
                       .settings = settings,
                       .request = request,
                       .errors = new_object(arena)};
    QueryNode *tree;
    if (!query_tree_parse(arena, query, &tree)) {
        *errors = "{\"details\":\"Invalid query parameter format.\"}";
        return false;
    }
    grammar.tree = tree;
    void (*const STEPS[])(Grammar *) = {check_parameters, refuse_unknown, check_together};
    for (size_t i = 0; i < sizeof STEPS / sizeof *STEPS; i++) {
        STEPS[i](&grammar);
        if (json_object_size(grammar.errors) > 0) {
            *errors = json_text(arena, grammar.errors);
            return false;
        }
    }
    finish(&grammar);
    return true;
}
