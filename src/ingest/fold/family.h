/* A report family: what the columns of a vendor's report mean, as a table, and the rules that look
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
 */
typedef struct FamilyColumn {
    const char *name; /* normalised: "lineitemusageamount" */
    ColumnRole role;
    int index;
    bool required; /* without it the file is not of this family */
} FamilyColumn;

/* One line as read, before it is grouped; the rules may change it. */
typedef struct FoldLine {
    Day day;
    FoldText dimensions[FOLD_DIMENSION_COUNT];
    FoldText resource;
    Decimal measures[FOLD_MEASURE_COUNT];
} FoldLine;

typedef struct ReportFamily {
    const char *name;            /* "AWS cost and usage report" */
    const FamilyColumn *columns; /* ends with a NULL name */
    /* Header names that begin with one of these (as they stand) are keys of tags or categories;
     * NULL-terminated. */
    const char *const *tag_prefixes;
    const char *const *category_prefixes;
    /* The dimensions that the rules look at, as bits 1 << FoldDimension: they are read even when
     * nothing is grouped by them. */
    uint32_t rule_dimensions;
    void (*apply_rules)(FoldLine *line);
    /* Is this a line of a machine? Called when the line is in its group already: it may be changed
     * to what of it counts for the machine. NULL: the family knows none. */
    bool (*is_instance)(FoldLine *line);
} ReportFamily;

/* All families this program knows; NULL-terminated. */
extern const ReportFamily *const REPORT_FAMILIES[];

#endif
