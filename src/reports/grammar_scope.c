#include <stdlib.h>
#include <string.h>

#include "reports/grammar_internal.h"

/* filter[resolution] and its kin: what a filter has beside fields. */

static const char *const RESOLUTIONS[] = {"monthly", "daily", NULL};
static const char *const VALUES[] = {"-1", "-2", "-3", "-10", "-30", "-90", NULL};
static const char *const UNITS[] = {"month", "day", NULL};

/* A report of months alone knows the first words of each only, and tells which. */
static const struct {
    const char *name;
    const char *const *choices;
    int of_months;
    const char *refusal;
} SCOPES[] = {
    {"resolution", RESOLUTIONS, 1, "valid choice is 'monthly'"},
    {"time_scope_value", VALUES, 3, "valid choices are '('-1', '-2', '-3')'"},
    {"time_scope_units", UNITS, 1, "valid choice is 'month'"},
};

enum { SCOPE_COUNT = sizeof SCOPES / sizeof *SCOPES };

const char *grammar_choice(Grammar *grammar, const QueryNode *node, const char *const *choices,
                           int most, json_t *errors)
{
    const char *text = grammar_quote(grammar, node);
    for (int i = 0; i < most && choices[i] != NULL; i++) {
        if (strcmp(choices[i], text) == 0) {
            return choices[i];
        }
    }
    grammar_refuse(errors, node->name, NOT_A_CHOICE, text);
    return NULL;
}

/* The word of a scope, echoed under its name; NULL, with the error, when it is none. */
static const char *take_scope_word(Grammar *grammar, const QueryNode *node, int scope,
                                   json_t *errors, json_t *echo)
{
    bool months = grammar->type->months_only;
    const char *word =
        grammar_choice(grammar, node, SCOPES[scope].choices,
                       months ? SCOPES[scope].of_months : GRAMMAR_ALL_CHOICES, errors);
    if (word != NULL) {
        json_object_set_new(echo, node->name, json_string(word));
    } else if (months) {
        grammar_refuse(errors, node->name, "%s", SCOPES[scope].refusal);
    }
    return word;
}

/* Known, and of no effect. */
static bool take_resource_scope(Grammar *grammar, const QueryNode *node, json_t *errors,
                                json_t *echo)
{
    int count;
    const char **values = grammar_values(grammar->arena, node, &count);
    if (grammar_check_values(node, values, count, errors)) {
        json_object_set_new(echo, node->name, grammar_list_of(values, count));
    }
    return true;
}

bool grammar_scope(Grammar *grammar, const QueryNode *node, json_t *errors, json_t *echo)
{
    ReportRequest *request = grammar->request;
    const char **const words[SCOPE_COUNT] = {&grammar->wish.resolution, &grammar->wish.value,
                                             &grammar->wish.units};
    for (int i = 0; i < SCOPE_COUNT; i++) {
        if (strcmp(node->name, SCOPES[i].name) == 0) {
            *words[i] = take_scope_word(grammar, node, i, errors, echo);
            return true;
        }
    }
    bool ranks = !grammar->type->ungrouped;
    if (ranks && strcmp(node->name, "limit") == 0) {
        if (grammar_int(node, 0, errors, &request->rank_limit)) {
            grammar->has_filter_limit |= request->rank_limit > 0;
            json_object_set_new(echo, "limit", json_integer(request->rank_limit));
        }
    } else if (ranks && strcmp(node->name, "offset") == 0) {
        request->has_rank_offset = true;
        if (grammar_int(node, 0, errors, &request->rank_offset)) {
            grammar->has_filter_limit |= request->rank_offset > 0;
            json_object_set_new(echo, "offset", json_integer(request->rank_offset));
        }
    } else {
        return strcmp(node->name, "resource_scope") == 0 &&
               take_resource_scope(grammar, node, errors, echo);
    }
    return true;
}

void grammar_check_time(const TimeWish *wish, json_t *errors)
{
    if (wish->units == NULL || wish->value == NULL) {
        return;
    }
    bool days = strcmp(wish->units, "day") == 0, month_value = atoi(wish->value) >= -3;
    if (days && month_value) {
        grammar_refuse(errors, "time_scope_value",
                       "Valid values are -10, -30, -90 when time_scope_units is day");
    } else if (!days && !month_value) {
        grammar_refuse(errors, "time_scope_value",
                       "Valid values are -1, -2, -3 when time_scope_units is month");
    } else if (days && wish->resolution != NULL && strcmp(wish->resolution, "monthly") == 0) {
        grammar_refuse(errors, "resolution", "Valid values are daily when time_scope_units is day");
    }
}
