/* A request for a report, checked: what the grammar makes of a query string and the planner, the
 * ranking and the answers go by. */
#ifndef KONTOR_REPORTS_REQUEST_H
#define KONTOR_REPORTS_REQUEST_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "reports/catalogue.h"
#include "reports/time_scope.h"
#include "settings/exchange.h"

enum { REPORT_PAGE_DEFAULT = 100, REPORT_PAGE_MOST = 1000 };

/* How several values of one field are taken together, and how each is compared. */
typedef enum MatchOperator {
    MATCH_ANY,   /* any is part of the text, in any case: filter[f], filter[or:f] */
    MATCH_ALL,   /* every one is: filter[and:f] */
    MATCH_EXACT, /* any is the text: filter[exact:f] */
} MatchOperator;

/* What rows must match, or, given by exclude, must not. */
typedef struct ReportRestriction {
    const ReportField *field;
    const char *key; /* of a tag or cost category, else NULL */
    MatchOperator operator;
    unsigned section; /* IN_FILTER, IN_EXCLUDE or IN_GROUP_BY: where it was given */
    bool plain;       /* without "or:": one choice with the MATCH_EXACT of the same field */
    const char **values;
    int value_count;
} ReportRestriction;

typedef struct ReportGroup {
    const ReportField *field;
    const char *key;   /* of a tag or cost category, else NULL */
    const char *name;  /* as asked for: "account", "tag:app" */
    const char *units; /* FIELD_ORG_UNIT: those asked for, as a PostgreSQL array; else NULL */
} ReportGroup;

typedef enum OrderKind {
    ORDER_AMOUNT, /* by an amount's total */
    ORDER_USAGE,
    ORDER_DELTA,
    ORDER_GROUP, /* by the text of a group */
    ORDER_ALIAS, /* by the readable name that goes with a group */
    ORDER_DETAIL,
} OrderKind;

typedef struct ReportOrder {
    OrderKind kind;
    const ReportAmount *amount; /* ORDER_AMOUNT */
    int group;                  /* ORDER_GROUP, ORDER_ALIAS, ORDER_DETAIL: its index */
    bool descending;
    bool given;    /* by order_by[…], not the report's own */
    bool has_date; /* all days in the order of `date` */
    Day date;
} ReportOrder;

typedef struct ReportRequest {
    const ReportType *type;
    json_t *echo; /* the parameters as checked and filled, in the order in which meta has them */
    TimeScope time;
    const CostType *cost_type; /* NULL: the report has one only */
    const char *currency;
    /* SQL that changes an amount of row r into that currency, such as "0.9" or a subquery; {schema}
     * may stand in it. NULL: amounts stay as they are. */
    const char *rate;
    Exchange exchange; /* where that comes from */
    bool delta;
    bool key_only;
    bool empty;                            /* nothing can match: a cost category that is disabled */
    ReportGroup groups[REPORT_GROUPS_MAX]; /* outermost first */
    int group_count;
    ReportRestriction *restrictions;
    int restriction_count;
    ReportOrder order;
    /* Ranking: keep rank_limit groups from rank_offset on; the others are one row "Others", unless
     * an offset was given. */
    int64_t rank_limit; /* 0: no ranking */
    int64_t rank_offset;
    bool has_rank_offset;
    /* What units are divided into: of each date, unit_limit entities from unit_offset on. */
    int64_t unit_limit; /* 0: no units are divided */
    int64_t unit_offset;
    /* Pages: entries of data. */
    int64_t page_limit; /* 0: all */
    int64_t page_offset;
} ReportRequest;

#endif
