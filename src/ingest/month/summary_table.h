/* The tables that sum a month's daily summary up, described as data: once for the fold of groups
 * (derivation.h) and for SQL (summary_sql.h). */
#ifndef KONTOR_INGEST_MONTH_SUMMARY_TABLE_H
#define KONTOR_INGEST_MONTH_SUMMARY_TABLE_H

#include "ingest/fold/fold.h"

/* The four costs, and their markups in the same order. */
enum { SUMMARY_COSTS = 4, SUMMARY_AMOUNTS = 2 * SUMMARY_COSTS };

typedef struct SummaryCost {
    const char *name;   /* the column */
    const char *markup; /* the column of its markup */
    FoldMeasure measure;
} SummaryCost;

extern const SummaryCost SUMMARY_COST_COLUMNS[SUMMARY_COSTS];

/* The column of a dimension, whose name it has in all tables. */
typedef struct SummaryText {
    const char *column; /* NULL: no table has it */
    int width;          /* characters; 0: as many as there are */
    bool required;      /* "" when it is not given, else NULL */
} SummaryText;

extern const SummaryText SUMMARY_TEXTS[FOLD_DIMENSION_COUNT];

/* What a row's text must be. */
typedef struct SummaryCondition {
    FoldDimension dimension; /* FOLD_DAY: no condition */
    enum { SUMMARY_GIVEN, SUMMARY_ONE_OF, SUMMARY_CONTAINS } kind;
    const char *const *texts; /* NULL-terminated, without quotes, % and _; of CONTAINS the first */
} SummaryCondition;

enum { SUMMARY_KEYS_MAX = 4, SUMMARY_CONDITIONS_MAX = 2 };

/* One row a day, currency and further keys. */
typedef struct SummaryTable {
    const char *name;
    FoldDimension keys[SUMMARY_KEYS_MAX + 1]; /* ends with FOLD_DAY; accounts bring their alias */
    bool usage;                               /* also sums usage_amount, with the greatest unit */
    bool machines; /* also lists resource_ids, each once, with their resource_count */
    SummaryCondition conditions[SUMMARY_CONDITIONS_MAX + 1]; /* ends with FOLD_DAY */
} SummaryTable;

/* A table of the values of a map's keys, an account each. */
typedef struct SummaryValues {
    const char *name;
    FoldDimension dimension; /* FOLD_TAGS or FOLD_COST_CATEGORY */
} SummaryValues;

#endif
