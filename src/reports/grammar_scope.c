#include <stdlib.h>
#include <string.h>

#include "reports/grammar_internal.h"

/* filter[resolution] and its kin: what a filter has beside fields. */

/* A report of months alone knows the first words of each only. */
static const char *const RESOLUTIONS[] = {"monthly", "daily", NULL};
static const char *const VALUES[] = {"-1", "-2", "-3", "-10", "-30", "-90", NULL};
static const char *const UNITS[] = {"month", "day", NULL};

enum { MONTH_RESOLUTIONS = 1, MONTH_VALUES = 3, MONTH_UNITS = 1 };

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

/* The word of a choice, echoed under its name; NULL, with the error, when it is none. */
static const char *take_choice(Grammar *grammar, const QueryNode *node, const char *const *choices,
                               int most, json_t *errors, json_t *echo)
{
    const char *word = grammar_choice(grammar, node, choices, most, errors);
    if (word != NULL) {
        json_object_set_new(echo, node->name, json_string(word));
    }
    return word;
}

static bool take_resource_scope(const QueryNode *node, json_t *echo)
{
    json_t *list = json_array();
    for (const QueryText *value = node->values; value != NULL; value = value->next) {
        json_array_append_new(list, json_string(value->text));
    }
    json_object_set_new(echo, node->name, list);
    return true;
}

bool grammar_scope(Grammar *grammar, const QueryNode *node, json_t *errors, json_t *echo)
{
    ReportRequest *request = grammar->request;
    bool months = grammar->type->months_only, ranks = !grammar->type->ungrouped;
    if (strcmp(node->name, "resolution") == 0) {
        grammar->wish.resolution =
            take_choice(grammar, node, RESOLUTIONS,
                        months ? MONTH_RESOLUTIONS : GRAMMAR_ALL_CHOICES, errors, echo);
    } else if (strcmp(node->name, "time_scope_value") == 0) {
        grammar->wish.value = take_choice(
            grammar, node, VALUES, months ? MONTH_VALUES : GRAMMAR_ALL_CHOICES, errors, echo);
    } else if (strcmp(node->name, "time_scope_units") == 0) {
        grammar->wish.units = take_choice(grammar, node, UNITS,
                                          months ? MONTH_UNITS : GRAMMAR_ALL_CHOICES, errors, echo);
    } else if (ranks && strcmp(node->name, "limit") == 0) {
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
        return strcmp(node->name, "resource_scope") == 0 && take_resource_scope(node, echo);
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
