/* The fold: report lines in, one group a (day × dimensions) out, exact sums, bounded memory. */
#ifndef KONTOR_INGEST_FOLD_FOLD_H
#define KONTOR_INGEST_FOLD_FOLD_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/date.h"
#include "base/decimal.h"
#include "base/error.h"
#include "ingest/scan/byte_source.h"

/* What lines can be grouped by. Vendors' tables (ingest/aws/…) say which column gives which. */
typedef enum FoldDimension {
    FOLD_DAY, /* not a text: FoldGroup.usage_start */
    FOLD_PAYER_ACCOUNT,
    FOLD_USAGE_ACCOUNT,
    FOLD_BILLING_ENTITY,
    FOLD_PRODUCT_CODE,
    FOLD_PRODUCT_NAME,
    FOLD_PRODUCT_FAMILY,
    FOLD_REGION,
    FOLD_AVAILABILITY_ZONE,
    FOLD_INSTANCE_TYPE,
    FOLD_UNIT,
    FOLD_CURRENCY,
    FOLD_LINE_ITEM_TYPE,   /* in FOCUS the ChargeCategory */
    FOLD_CHARGE_FREQUENCY, /* these two in FOCUS only */
    FOLD_CHARGE_CLASS,
    /* What kind of charge it is, by the family's rules, as FOCUS 1.2 says it: its ChargeCategory,
     * ChargeFrequency and, if it has one, ChargeClass, such as "Purchase Recurring". Nothing is
     * "Usage Usage-Based", which nearly all lines are. */
    FOLD_CHARGE,
    FOLD_OPERATING_SYSTEM,
    FOLD_VCPU,
    FOLD_INSTANCE_MEMORY,
    FOLD_RESOURCE,
    FOLD_COMMITMENT,    /* what a commitment discount is bound to, in FOCUS: Spend or Usage */
    FOLD_TAGS,          /* canonical JSON object of the enabled keys, "{}" when none is set */
    FOLD_COST_CATEGORY, /* the same of cost categories */
    FOLD_DIMENSION_COUNT,
} FoldDimension;

/* What is summed (or, where said, the maximum taken) in a group. */
typedef enum FoldMeasure {
    FOLD_UNBLENDED_COST,
    FOLD_BLENDED_COST,
    FOLD_SAVINGSPLAN_EFFECTIVE_COST,
    FOLD_CALCULATED_AMORTIZED_COST,
    FOLD_PUBLIC_ON_DEMAND_COST,
    FOLD_USAGE_AMOUNT,
    FOLD_NORMALIZED_USAGE_AMOUNT,
    FOLD_UNBLENDED_RATE,        /* maximum */
    FOLD_BLENDED_RATE,          /* maximum */
    FOLD_PUBLIC_ON_DEMAND_RATE, /* maximum */
    FOLD_NORMALIZATION_FACTOR,  /* maximum */
    FOLD_MEASURE_COUNT,
} FoldMeasure;

/* A text that is not NUL-terminated; length 0 is "not given" (SQL's NULL). */
typedef struct FoldText {
    const char *bytes;
    uint32_t length;
} FoldText;

/* By bytes, shorter first where one begins the other. */
int fold_text_compare(FoldText left, FoldText right);

typedef struct FoldGroup {
    Day usage_start;                           /* when FOLD_DAY is a dimension */
    FoldText dimensions[FOLD_DIMENSION_COUNT]; /* empty for those not grouped by */
    FoldText currency;                         /* the greatest, when it is not a dimension */
    Decimal measures[FOLD_MEASURE_COUNT];
    uint64_t lines;
    Day first_day, last_day;   /* of its lines */
    const FoldText *resources; /* the distinct resource ids, sorted, when asked for */
    uint32_t resource_count;
} FoldGroup;

/* A line (or cell) that could not be read; the line is left out of the sums. */
typedef struct FoldFault {
    const char *file;
    const char *member; /* its name in the file, when that is a zip; else NULL */
    uint64_t line;      /* from 1, the header is line 1; counts lines of the file, not records */
    const char *column; /* its name in the header, or "" when the whole line is meant */
    const char *reason;
} FoldFault;

typedef struct FoldOptions {
    const FoldDimension *dimensions;
    int dimension_count;
    bool resources; /* collect resource ids */
    /* The measures that are wanted, as bits 1 << FoldMeasure; 0: all. Others may stay 0. */
    uint32_t measures;
    /* What the lines of machines are grouped by once more, for fold_instances; 0: not at all. */
    const FoldDimension *instance_dimensions;
    int instance_dimension_count;
    int64_t memory;        /* bytes for groups and dictionaries before they spill */
    const char *spill_dir; /* where spilled runs go */
    /* Is a tag (or cost category) key to be kept? Asked once a key and file, when the header is
     * read or, for a key in a map, when it first comes. NULL: all are. */
    bool (*key_enabled)(void *context, FoldDimension which, const char *key);
    /* Called for each broken line; may be NULL. */
    void (*fault)(void *context, const FoldFault *fault);
    void *context;
} FoldOptions;

/* Counters that another thread may read while the fold runs. */
typedef struct FoldProgress {
    _Atomic uint64_t bytes_read; /* compressed, as they came from the source */
    _Atomic uint64_t lines;      /* data lines folded */
    _Atomic uint64_t faults;     /* lines left out */
} FoldProgress;

typedef struct Fold Fold;

/* `options` is copied, its dimensions arrays too. */
Fold *fold_new(const FoldOptions *options, Error *error);
void fold_free(Fold *fold);

/* Folds one report file into the groups: how it is packed is told by its first bytes, its family by
 * its header; of a zip, all files. `file_name` is for messages. Fails with ERROR_DATA for what is
 * no such report (no usable header, truncated or damaged), with the source's own error when reading
 * fails; the fold must then be thrown away, for part of the file is in it. */
bool fold_file(Fold *fold, const ByteSource *source, const char *file_name, FoldProgress *progress,
               Error *error);

/* Adds the groups of `from`, which must have the same dimensions and is emptied: how files that
 * were folded side by side come together. */
bool fold_merge(Fold *into, Fold *from, Error *error);

/* Calls `each` once for every group, in any order, spilled ones included. The group's texts are
 * valid during the call only; where fold_spilled is false, as long as the fold, its resources
 * apart. A false from `each` ends it. */
typedef bool FoldEach(void *context, const FoldGroup *group, Error *error);
bool fold_each(Fold *fold, FoldEach *each, void *context, Error *error);

/* The fold of the lines of machines alone (what these are, the report's family says: masu.md §C.2
 * "EC2 compute table"), to be asked by fold_each; it belongs to `fold`. NULL when
 * options.instance_dimension_count was 0. */
Fold *fold_instances(Fold *fold);

/* Are some of the groups on disk? */
bool fold_spilled(const Fold *fold);

/* How many groups there are (before spilled runs are merged: an upper bound). */
uint64_t fold_group_count(const Fold *fold);

#endif
