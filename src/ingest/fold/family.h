/* A report family: what the columns of a vendor's report mean, as tables, and the rules that look
 * at several of them. The tables are in the vendors' folders (ingest/aws/…). */
#ifndef KONTOR_INGEST_FOLD_FAMILY_H
#define KONTOR_INGEST_FOLD_FAMILY_H

#include "ingest/fold/fold.h"

/* What a column gives to a line. */
typedef enum ColumnRole {
    COLUMN_DIMENSION, /* .index is a FoldDimension */
    COLUMN_MEASURE,   /* .index is a FoldMeasure; what is no number counts as 0 */
    COLUMN_AMOUNT,    /* as a measure, but a text that is no number breaks the line */
    COLUMN_DAY,       /* the line's day; what is no date breaks the line */
    COLUMN_RESOURCE,
} ColumnRole;

/* One column that is read. `name` is compared with the header's names without case and without
 * anything but letters and digits, so "lineItem/UsageAmount" and "line_item_usage_amount" are one.
 * Where several rows give the same (role and index), they are alternatives: the first one that the
 * header has is read. */
typedef struct FamilyColumn {
    const char *name;
    ColumnRole role;
    int index;
    bool required;   /* without it, or an alternative, the file is not of this family */
    const char *key; /* the column is a map, and this the key of a dimension; else NULL */
} FamilyColumn;

/* Where tags and cost categories are: in a column each, or in a map column. Rows are tried in
 * order. */
typedef struct FamilyKeys {
    FoldDimension dimension; /* FOLD_TAGS or FOLD_COST_CATEGORY */
    const char *map;         /* the map column, compared as above; NULL: a column each */
    /* What names of such columns, or keys of the map, begin with, as it stands; the rest is the
     * key. "" is all. */
    const char *prefix;
    bool left_out; /* such keys are not read */
} FamilyKeys;

/* One line as read, before it is grouped; the rules may change it. */
typedef struct FoldLine {
    /* Not 0: in all lines with this number, a text at the same address is the same text, in those
     * of its dimensions that are bits (1 << FoldDimension) of `stable_dimensions`. */
    uint64_t stable;
    uint32_t stable_dimensions;
    Day day;
    FoldText dimensions[FOLD_DIMENSION_COUNT];
    FoldText resource;
    Decimal measures[FOLD_MEASURE_COUNT];
} FoldLine;

typedef struct ReportFamily {
    const char *name;            /* "AWS cost and usage report" */
    const FamilyColumn *columns; /* ends with a NULL name */
    const FamilyKeys *keys;      /* ends with a NULL prefix */
    /* The dimensions that the rules look at, as bits 1 << FoldDimension: they are read even when
     * nothing is grouped by them. */
    uint32_t rule_dimensions;
    uint32_t rule_measures; /* the same of measures, as bits 1 << FoldMeasure */
    void (*apply_rules)(FoldLine *line);
    /* Is this a line of a machine? Called when the line is in its group already: it may be changed
     * to what of it counts for the machine. NULL: the family knows none. */
    bool (*is_instance)(FoldLine *line);
} ReportFamily;

/* All families this program knows; NULL-terminated. */
extern const ReportFamily *const REPORT_FAMILIES[];

#endif
