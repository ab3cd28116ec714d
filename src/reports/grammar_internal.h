/* Shared by grammar.c (the parameters and how they go together), grammar_sections.c (filter,
 * exclude, group_by), grammar_order.c (order_by) and grammar_scope.c (what a filter has beside
 * fields). */
#ifndef KONTOR_REPORTS_GRAMMAR_INTERNAL_H
#define KONTOR_REPORTS_GRAMMAR_INTERNAL_H

#include "reports/grammar.h"
#include "reports/query_tree.h"

#define UNSUPPORTED "Unsupported parameter or invalid value"
#define NOT_A_CHOICE "\"%s\" is not a valid choice."

typedef struct Grammar {
    Arena *arena;
    const ReportType *type;
    const GrammarSettings *settings;
    const QueryNode *tree;
    ReportRequest *request;
    TimeWish wish;
    bool has_filter_limit; /* a filter[limit] or filter[offset] above 0 was given */
    bool orders_by_delta;
    const ReportField *order_field; /* the key of order_by that counts, or NULL */
    const char *order_name;
    json_t *errors;
} Grammar;

/* One key of a section, taken apart: "and:tag:app" is MATCH_ALL of the tag app. */
typedef struct SectionKey {
    const QueryNode *node;
    const ReportField *field; /* NULL: the section has no such key … */
    const char *refusal;      /* … and why */
    const char *key;
    const char *name; /* without the operator */
    MatchOperator operator;
    bool plain;
    int place; /* in the echo */
} SectionKey;

/* Adds errors[name] = ["message"]. */
void grammar_refuse(json_t *errors, const char *name, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* The text of a parameter as messages quote it: its value, ['a', 'b'] when it has
 * several, {'x': 'a'} when it is an object. */
const char *grammar_quote(Grammar *grammar, const QueryNode *node);

/* The single value of a parameter, or NULL when it has several or children. */
const char *grammar_single(const QueryNode *node);

/* Reads the parameter as a whole number ("10", "10.0"). False, with an error under its name, when
 * it is none or below `least`. */
bool grammar_int(const QueryNode *node, int64_t least, json_t *errors, int64_t *value);

/* Reads the parameter as "2026-11-24" ("2026-1-4", "20261124"), or adds the error under its name.
 */
bool grammar_date(const QueryNode *node, json_t *errors, Day *day);

/* Reads the parameter as true or false, in the words of the original ("yes", "off", "1"), or adds
 * the error under its name. */
bool grammar_boolean(const QueryNode *node, json_t *errors, bool *value);

/* The report's default filter, unless it is there. */
void grammar_default_filter(const Grammar *grammar, json_t *filter);

enum { GRAMMAR_ALL_CHOICES = 16 };

/* The word of `choices` (its first `most`) that the parameter is, or NULL with the error. */
const char *grammar_choice(Grammar *grammar, const QueryNode *node, const char *const *choices,
                           int most, json_t *errors);

/* Reads what a filter has beside fields: window, resolution, ranking. True when the key was one of
 * these (grammar_scope.c). */
bool grammar_scope(Grammar *grammar, const QueryNode *node, json_t *errors, json_t *echo);

/* Units, value and resolution must fit each other where they are given. */
void grammar_check_time(const TimeWish *wish, json_t *errors);

/* All values of a list: repeated keys, and commas inside each; without the blanks around them. */
const char **grammar_values(Arena *arena, const QueryNode *node, int *count);

/* The texts as a JSON array. */
json_t *grammar_list_of(const char *const *values, int count);

/* A list's values are texts, and none is blank: else false, and errors[node's name] tells which. */
bool grammar_check_values(const QueryNode *node, const char *const *values, int count,
                          json_t *errors);

/* A section must be an object: filter[…]=…, not filter=…. False, with the error, otherwise. */
bool grammar_is_object(Grammar *grammar, const QueryNode *section);

/* The keys of a section that are known at `uses`, in the order in which they are echoed: in the
 * arena, `count` of them. The others are added to `unknown`. */
SectionKey *grammar_read_keys(Grammar *grammar, const QueryNode *section, unsigned uses,
                              json_t *unknown, int *count);

/* "account" of "and:account"; the name itself where it has no operator. */
const char *grammar_without_operator(const char *name);

/* Sets errors[section] to the faults of values, else to the unknown keys; true when there were
 * any. Drops both references. */
bool grammar_report_faults(Grammar *grammar, const char *section, json_t *faults, json_t *unknown);

/* Check one section each; they fill the request and its echo, or errors[section's name]. */
void grammar_filter(Grammar *grammar, const QueryNode *node);
void grammar_exclude(Grammar *grammar, const QueryNode *node);
void grammar_group_by(Grammar *grammar, const QueryNode *node);
void grammar_order_by(Grammar *grammar, const QueryNode *node);

/* Puts the groups in the order in which the query string first speaks of their fields. */
void grammar_arrange_groups(Grammar *grammar);

/* Chooses what rows are ordered by, once groups are known. */
void grammar_choose_order(Grammar *grammar);

#endif
