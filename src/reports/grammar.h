/* The language of report requests: a query string to a checked ReportRequest, by the tables of
 * the catalogue (koku-api.md §2). */
#ifndef KONTOR_REPORTS_GRAMMAR_H
#define KONTOR_REPORTS_GRAMMAR_H

#include "base/arena.h"
#include "reports/request.h"

/* A tag key or cost category that the tenant has. */
typedef struct KnownKey {
    const char *prefix; /* "tag:" or "aws_category:" */
    const char *key;
    bool enabled;
} KnownKey;

/* What a request is checked against besides the catalogue. */
typedef struct GrammarSettings {
    Day today;
    int retention_months;
    int group_by_most;    /* keys of group_by; at most REPORT_GROUPS_MAX - 1 */
    const char *currency; /* what is meant when none is asked for; NULL: CURRENCY_DEFAULT */
    const char *enabled_currencies; /* "EUR,USD"; NULL: those that are at first */
    const char *cost_type;          /* the same; NULL: the report type's first */
    const KnownKey *keys;
    int key_count;
} GrammarSettings;

/* Does the query name tags or cost categories, so that known keys are needed? */
bool grammar_needs_keys(const char *query);

/* Reads the query string of a report of `type`. True, and *request; or false, and in *errors the
 * JSON body of the answer 400 (koku-api.md §2.10). Both belong to `arena`. */
bool grammar_parse(Arena *arena, const ReportType *type, const GrammarSettings *settings,
                   const char *query, ReportRequest *request, const char **errors);

#endif
