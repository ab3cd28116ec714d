#include "ingest/focus/focus.h"

#include <string.h>

/* FOCUS 1.2, "Columns"; AWS: "FOCUS 1.2 with AWS columns". What each cost of ours is,
 * docs/reports.md says too. */
static const FamilyColumn COLUMNS[] = {
    {"ChargePeriodStart", COLUMN_DAY, 0, true, NULL},
    {"BilledCost", COLUMN_AMOUNT, FOLD_UNBLENDED_COST, true, NULL},
    {"EffectiveCost", COLUMN_AMOUNT, FOLD_CALCULATED_AMORTIZED_COST, true, NULL},
    {"BillingCurrency", COLUMN_DIMENSION, FOLD_CURRENCY, true, NULL},
    {"BillingAccountId", COLUMN_DIMENSION, FOLD_PAYER_ACCOUNT, true, NULL},
    {"ServiceName", COLUMN_DIMENSION, FOLD_PRODUCT_NAME, true, NULL},
    {"SubAccountId", COLUMN_DIMENSION, FOLD_USAGE_ACCOUNT, false, NULL},
    {"x_ServiceCode", COLUMN_DIMENSION, FOLD_PRODUCT_CODE, false, NULL},
    {"PublisherName", COLUMN_DIMENSION, FOLD_BILLING_ENTITY, false, NULL},
    {"ChargeCategory", COLUMN_DIMENSION, FOLD_LINE_ITEM_TYPE, false, NULL},
    {"ChargeFrequency", COLUMN_DIMENSION, FOLD_CHARGE_FREQUENCY, false, NULL},
    {"ChargeClass", COLUMN_DIMENSION, FOLD_CHARGE_CLASS, false, NULL},          /* from 1.0 */
    {"ServiceSubcategory", COLUMN_DIMENSION, FOLD_PRODUCT_FAMILY, false, NULL}, /* from 1.1 */
    {"ServiceCategory", COLUMN_DIMENSION, FOLD_PRODUCT_FAMILY, false, NULL},
    {"RegionId", COLUMN_DIMENSION, FOLD_REGION, false, NULL},
    {"AvailabilityZone", COLUMN_DIMENSION, FOLD_AVAILABILITY_ZONE, false, NULL},
    {"SkuPriceDetails", COLUMN_DIMENSION, FOLD_INSTANCE_TYPE, false, "InstanceType"}, /* from 1.1 */
    {"SkuPriceDetails", COLUMN_DIMENSION, FOLD_OPERATING_SYSTEM, false, "OperatingSystem"},
    {"SkuPriceDetails", COLUMN_DIMENSION, FOLD_VCPU, false, "CoreCount"},
    {"SkuPriceDetails", COLUMN_DIMENSION, FOLD_INSTANCE_MEMORY, false, "MemorySize"},
    {"ConsumedUnit", COLUMN_DIMENSION, FOLD_UNIT, false, NULL},
    {"PricingUnit", COLUMN_DIMENSION, FOLD_UNIT, false, NULL},
    {"CommitmentDiscountCategory", COLUMN_DIMENSION, FOLD_COMMITMENT, false, NULL},
    {"ResourceId", COLUMN_RESOURCE, 0, false, NULL},
    {"ConsumedQuantity", COLUMN_AMOUNT, FOLD_USAGE_AMOUNT, false, NULL},
    {"PricingQuantity", COLUMN_AMOUNT, FOLD_USAGE_AMOUNT, false, NULL},
    {"ListCost", COLUMN_MEASURE, FOLD_PUBLIC_ON_DEMAND_COST, false, NULL},
    {"ListUnitPrice", COLUMN_MEASURE, FOLD_PUBLIC_ON_DEMAND_RATE, false, NULL},
    {"ContractedUnitPrice", COLUMN_MEASURE, FOLD_UNBLENDED_RATE, false, NULL},
    {NULL, COLUMN_DIMENSION, 0, false, NULL},
};

/* AWS writes the tags of users with or without its prefix, its own always with one. */
static const FamilyKeys KEYS[] = {
    {FOLD_TAGS, "Tags", "user:", false}, {FOLD_TAGS, "Tags", "aws:", true},
    {FOLD_TAGS, "Tags", "", false},      {FOLD_COST_CATEGORY, "x_CostCategories", "", false},
    {FOLD_TAGS, NULL, NULL, false},
};

enum { ONE_TIME, RECURRING, USAGE_BASED, FREQUENCY_COUNT };

static const char *const FREQUENCIES[] = {"One-Time", "Recurring", "Usage-Based"};

typedef struct ChargeCategory {
    const char *name;
    int frequency; /* where the report tells none */
    /* FOLD_CHARGE, by frequency; the second of each is that of a correction. */
    const char *charges[FREQUENCY_COUNT][2];
} ChargeCategory;

/* clang-format off */
#define CHARGES(category) { \
    {category " One-Time", category " One-Time Correction"}, \
    {category " Recurring", category " Recurring Correction"}, \
    {category " Usage-Based", category " Usage-Based Correction"}}

/* FOCUS 1.2, "ChargeCategory". What is none of them is an adjustment. */
static const ChargeCategory CATEGORIES[] = {
    {"Usage", USAGE_BASED, CHARGES("Usage")},
    {"Purchase", ONE_TIME, CHARGES("Purchase")},
    {"Tax", RECURRING, CHARGES("Tax")},
    {"Credit", ONE_TIME, CHARGES("Credit")},
    {"Adjustment", ONE_TIME, CHARGES("Adjustment")},
};
/* clang-format on */

enum { CATEGORY_COUNT = sizeof CATEGORIES / sizeof *CATEGORIES };

static bool is(FoldText text, const char *word)
{
    return text.length == strlen(word) && memcmp(text.bytes, word, text.length) == 0;
}

static bool begins(FoldText text, const char *word)
{
    size_t length = strlen(word);
    return text.length >= length && memcmp(text.bytes, word, length) == 0;
}

/* What others sell through a marketplace has an opaque code. */
static bool is_of_others(FoldText publisher)
{
    return is(publisher, "AWS Marketplace") ||
           (publisher.length > 0 && !begins(publisher, "AWS") && !begins(publisher, "Amazon"));
}

static FoldText charge_of(FoldText category, FoldText frequency, FoldText class)
{
    int row = 0, column = 0;
    while (category.length > 0 && row + 1 < CATEGORY_COUNT && !is(category, CATEGORIES[row].name)) {
        row++;
    }
    while (column < FREQUENCY_COUNT && !is(frequency, FREQUENCIES[column])) {
        column++;
    }
    if (column == FREQUENCY_COUNT) {
        column = CATEGORIES[row].frequency;
    }
    bool correction = is(class, "Correction");
    const char *charge = CATEGORIES[row].charges[column][correction];
    return row == 0 && column == USAGE_BASED && !correction
               ? (FoldText){0}
               : (FoldText){charge, (uint32_t)strlen(charge)};
}

static void apply_rules(FoldLine *line)
{
    FoldText *dimensions = line->dimensions;
    Decimal *measures = line->measures;
    if (dimensions[FOLD_USAGE_ACCOUNT].length == 0) { /* a charge of the whole billing account */
        dimensions[FOLD_USAGE_ACCOUNT] = dimensions[FOLD_PAYER_ACCOUNT];
    }
    if (dimensions[FOLD_PRODUCT_CODE].length == 0 ||
        (dimensions[FOLD_PRODUCT_NAME].length > 0 &&
         is_of_others(dimensions[FOLD_BILLING_ENTITY]))) {
        dimensions[FOLD_PRODUCT_CODE] = dimensions[FOLD_PRODUCT_NAME];
    }
    measures[FOLD_BLENDED_COST] = measures[FOLD_UNBLENDED_COST]; /* FOCUS knows no blending */
    if (is(dimensions[FOLD_COMMITMENT], "Spend")) {              /* a savings plan */
        measures[FOLD_SAVINGSPLAN_EFFECTIVE_COST] = measures[FOLD_CALCULATED_AMORTIZED_COST];
    }
    dimensions[FOLD_CHARGE] =
        charge_of(dimensions[FOLD_LINE_ITEM_TYPE], dimensions[FOLD_CHARGE_FREQUENCY],
                  dimensions[FOLD_CHARGE_CLASS]);
}

/* Hours of machines; their disks and transfers have other units. */
static bool is_instance(FoldLine *line)
{
    FoldText family = line->dimensions[FOLD_PRODUCT_FAMILY], unit = line->dimensions[FOLD_UNIT];
    return line->resource.length > 0 && is(line->dimensions[FOLD_PRODUCT_CODE], "AmazonEC2") &&
           (is(family, "Virtual Machines") || is(family, "Compute")) &&
           (is(unit, "Hrs") || is(unit, "Hours"));
}

const ReportFamily FOCUS = {
    .name = "FOCUS cost and usage",
    .columns = COLUMNS,
    .keys = KEYS,
    .rule_dimensions = 1 << FOLD_PAYER_ACCOUNT | 1 << FOLD_USAGE_ACCOUNT | 1 << FOLD_PRODUCT_CODE |
                       1 << FOLD_PRODUCT_NAME | 1 << FOLD_BILLING_ENTITY | 1 << FOLD_COMMITMENT |
                       1 << FOLD_PRODUCT_FAMILY | 1 << FOLD_UNIT | 1 << FOLD_LINE_ITEM_TYPE |
                       1 << FOLD_CHARGE_FREQUENCY | 1 << FOLD_CHARGE_CLASS,
    .rule_measures = 1 << FOLD_UNBLENDED_COST | 1 << FOLD_CALCULATED_AMORTIZED_COST,
    .apply_rules = apply_rules,
    .is_instance = is_instance,
};
