/* What can be asked: report types, their fields, amounts and tables, as data. A new report is
 * rows here, not code elsewhere.
 *
 * SQL in these tables speaks of one row of a summary table as "r" and may hold
 *   {schema}   the tenant's schema, quoted
 *   {cost}     the column of the cost type asked for, {markup} that of its markup
 *   {rate}     " * …", what changes the row's currency into the one asked for; or nothing
 *   {key}      the key of a tag or a cost category, as a parameter
 *   {is}       a comparison, "ILIKE $3" or "= $3": where a match puts what it is compared with
 *   {value}    in a lookup: what is looked up. */
#ifndef KONTOR_REPORTS_CATALOGUE_H
#define KONTOR_REPORTS_CATALOGUE_H

#include <stdbool.h>
#include <stddef.h>

#include "cost_api/call.h"
#include "cost_api/cost_type.h"

enum {
    REPORT_SUMS_MAX = 8,    /* sums that one report type asks of the database */
    REPORT_GROUPS_MAX = 8,  /* GROUP_BY_MOST of group_by, and the implicit one */
    REPORT_MATCHES_MAX = 2, /* columns that one filter looks at */
    REPORT_COLUMNS_MAX = 4,
    REPORT_DETAILS_MAX = 10,
};

/* Between kind ("account", "organizational_unit"), id and name of what a unit is divided into. */
#define REPORT_ENTITY_SEPARATOR '\x1f'

/* Where a field may be named. */
enum {
    IN_FILTER = 1,
    IN_EXCLUDE = 2,
    IN_GROUP_BY = 4,
    IN_ORDER_BY = 8,
};

/* What a field is. */
typedef enum FieldKind {
    FIELD_TEXT,   /* a column of text */
    FIELD_KEYED,  /* named "<prefix>KEY": a tag or a cost category of the tenant */
    FIELD_ALIAS,  /* the readable name beside another field: only to order by */
    FIELD_AMOUNT, /* a cost or the usage: only to order by */
    FIELD_DELTA,  /* the change against the window before: only to order by */
    FIELD_DATE,   /* order_by[date]=YYYY-MM-DD: every day in the order of that one */
    /* An organizational unit: stands for all that is below it. Its value for grouping is what
     * REPORT_ENTITY_SEPARATOR separates, the units asked for are its {key}. */
    FIELD_ORG_UNIT,
    FIELD_BOOLEAN, /* true or false; its text is "true" or "false" */
    FIELD_DETAIL,  /* a detail of the rows: only to order by */
} FieldKind;

/* A name of the query language. The order of a type's fields is the one in which they are
 * echoed (but see filter_order), and by which order_by keys take precedence (koku-api.md §2.6). */
typedef struct ReportField {
    const char *name; /* "account"; for FIELD_KEYED the prefix, "tag:" */
    FieldKind kind;
    unsigned uses;
    /* FIELD_TEXT and FIELD_KEYED: the value that is grouped by, NULL when rows have none. */
    const char *value;
    /* What a filter looks at; any one that matches is enough. */
    const char *matches[REPORT_MATCHES_MAX];
    /* FIELD_KEYED: the condition that the key is there at all. */
    const char *present;
    /* The columns that all of the above need. */
    const char *columns[REPORT_COLUMNS_MAX];
    /* FIELD_ALIAS, FIELD_AMOUNT, FIELD_DETAIL: the field it belongs to, the amount it orders by
     * and under which it is echoed ("cost_total"), or the detail. */
    const char *target;
    const char *csv_name; /* its column in CSV; NULL: its name */
    /* group_by knows it, but groups by it only where it is the report's implicit group. */
    bool implicit;
    bool plain; /* knows no and:, or:, exact: */
    /* order_by knows it beside a group_by of it only, which this report hasn't. */
    bool needs_group;
} ReportField;

/* A readable name that rows grouped by `field` carry: account_alias with account. */
typedef struct ReportAlias {
    const char *field;
    const char *name;
    const char *sql;      /* a column of r; of several rows the greatest counts */
    const char *lookup;   /* from that ({value}) to the name; NULL: none, use the value */
    const char *csv_name; /* its column in CSV; NULL: its name */
    const char *columns[REPORT_COLUMNS_MAX];
} ReportAlias;

/* What rows tell beside their groups and amounts: a machine's name. */
typedef enum DetailForm { DETAIL_TEXT, DETAIL_NUMBER, DETAIL_JSON } DetailForm;

typedef struct ReportDetail {
    const char *name;
    DetailForm form;
    const char *sql;      /* an aggregate over r */
    const char *merge;    /* an aggregate over several of those, which are {value}; NULL: MAX */
    const char *csv_name; /* its column in CSV; NULL: none */
} ReportDetail;

/* A number of the answer: the sum of some of the report's sums. */
typedef struct ReportAmount {
    const char *group;    /* "infrastructure"; consecutive rows of one group form an object */
    const char *name;     /* "raw" */
    const char *csv_name; /* "infra_raw": its name in CSV and inside order_by */
    unsigned sums;        /* bit i: sums[i] is in it */
} ReportAmount;

/* One table with the columns that fields may need; usage_start, source_uuid, the currency and the
 * costs are in all. Smaller tables come first, the last one has all columns. */
typedef struct ReportTable {
    const char *name;
    const char *columns[16];
} ReportTable;

typedef struct ReportType {
    const char *path;           /* without the last slash */
    const char *provider_types; /* whose tag keys are known, as a PostgreSQL array */
    const ReportField *fields;  /* ends with a NULL name */
    /* The fields of filter and exclude as these are echoed, ends with NULL; NULL: as `fields`. */
    const char *const *filter_order;
    const char
        *default_filter; /* a boolean that filters have as true unless it is given, or NULL */
    const ReportAlias *aliases;  /* ends with a NULL field; NULL: none */
    const ReportDetail *details; /* ends with a NULL name; NULL: none */
    const CostType *cost_types;  /* ends with a NULL name; the first is the default */
    const ReportTable *tables;   /* ends with a NULL name */
    const char *base_condition;  /* what rows of this report fulfil, or NULL */
    const char *base_columns[REPORT_COLUMNS_MAX];
    const char *sums[REPORT_SUMS_MAX]; /* what of each row is summed up, ends with NULL */
    const ReportAmount *amounts;       /* ends with a NULL group */
    unsigned usage;                    /* the bit of the sum that is the usage; 0: has none */
    const char *unit;                  /* the column of its unit */
    const char *default_unit;
    const char *default_order;  /* an amount's csv_name, "usage", or the implicit group */
    const char *implicit_group; /* the innermost group that is always there, or NULL */
    bool rank_without_group;    /* filter[limit] needs no group_by */
    /* Amounts of a cost type other than the first depend on which rows are summed up: only the
     * last table, whose rows are the finest, tells the same by whatever they are grouped. */
    bool amounts_by_row;
    const char *const *deltas;  /* the words of delta=, ends with NULL */
    const char *delta_amount;   /* whose change delta tells */
    bool has_key_only;          /* key_only=true asks for keys without their values */
    const char *const *refused; /* parameters it does not have, ends with NULL; NULL: it has all */
    bool months_only;           /* it tells of whole months, one at a time */
    bool ungrouped;             /* group_by is refused, filter[limit] and filter[offset] are none */
    bool pages_of_groups;       /* pages are of the groups of the one month, not of dates */
    int limit_least;            /* of limit=; 0: any number will do */
    bool groups_units;          /* group_by[org_unit_id] is known */
} ReportType;

/* All report types; the table ends with a NULL path. */
extern const ReportType REPORT_TYPES[];

/* The field `name` may mean at one of `uses`; for FIELD_KEYED *key is what follows the prefix,
 * else NULL. NULL when there is none. */
const ReportField *report_field_find(const ReportType *type, const char *name, unsigned uses,
                                     const char **key);

/* The amount with that csv_name, or NULL. */
const ReportAmount *report_amount_find(const ReportType *type, const char *csv_name);

/* How many sums the type has. */
size_t report_sum_count(const ReportType *type);

/* Does the table have all of the columns (up to the first NULL)? */
bool report_table_has(const ReportTable *table, const char *const columns[REPORT_COLUMNS_MAX]);

#endif
