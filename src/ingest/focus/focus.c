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
                       1 << FOLD_PRODUCT_FAMILY | 1 << FOLD_UNIT,
    .rule_measures = 1 << FOLD_UNBLENDED_COST | 1 << FOLD_CALCULATED_AMORTIZED_COST,
    .apply_rules = apply_rules,
    .is_instance = is_instance,
};
