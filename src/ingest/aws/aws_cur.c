#include "ingest/aws/aws_cur.h"

#include <string.h>

/* masu.md §C.2; AWS: "Cost and Usage Report data dictionary" and "CUR 2.0 table dictionary". Read
 * is the legacy report with slashes ("lineItem/UsageAmount"), as Athena names it
 * ("line_item_usage_amount"), and CUR 2.0, whose names are the latter but for some product columns,
 * which are entries of the map "product". */
static const FamilyColumn COLUMNS[] = {
    {"lineItem/UsageStartDate", COLUMN_DAY, 0, true, NULL},
    {"lineItem/UsageAccountId", COLUMN_DIMENSION, FOLD_USAGE_ACCOUNT, true, NULL},
    {"lineItem/ProductCode", COLUMN_DIMENSION, FOLD_PRODUCT_CODE, true, NULL},
    {"lineItem/LineItemType", COLUMN_DIMENSION, FOLD_LINE_ITEM_TYPE, true, NULL},
    {"lineItem/UnblendedCost", COLUMN_AMOUNT, FOLD_UNBLENDED_COST, true, NULL},
    {"bill/PayerAccountId", COLUMN_DIMENSION, FOLD_PAYER_ACCOUNT, false, NULL},
    {"bill/BillingEntity", COLUMN_DIMENSION, FOLD_BILLING_ENTITY, false, NULL},
    {"product/ProductName", COLUMN_DIMENSION, FOLD_PRODUCT_NAME, false, NULL},
    {"product", COLUMN_DIMENSION, FOLD_PRODUCT_NAME, false, "product_name"},
    {"product/productFamily", COLUMN_DIMENSION, FOLD_PRODUCT_FAMILY, false, NULL},
    {"product/region", COLUMN_DIMENSION, FOLD_REGION, false, NULL},
    {"product/regionCode", COLUMN_DIMENSION, FOLD_REGION, false, NULL}, /* CUR 2.0 */
    {"product", COLUMN_DIMENSION, FOLD_REGION, false, "region"},
    {"lineItem/AvailabilityZone", COLUMN_DIMENSION, FOLD_AVAILABILITY_ZONE, false, NULL},
    {"product/instanceType", COLUMN_DIMENSION, FOLD_INSTANCE_TYPE, false, NULL},
    {"product", COLUMN_DIMENSION, FOLD_INSTANCE_TYPE, false, "instance_type"},
    {"product/operatingSystem", COLUMN_DIMENSION, FOLD_OPERATING_SYSTEM, false, NULL},
    {"product", COLUMN_DIMENSION, FOLD_OPERATING_SYSTEM, false, "operating_system"},
    {"product/vcpu", COLUMN_DIMENSION, FOLD_VCPU, false, NULL},
    {"product", COLUMN_DIMENSION, FOLD_VCPU, false, "vcpu"},
    {"product/memory", COLUMN_DIMENSION, FOLD_INSTANCE_MEMORY, false, NULL},
    {"product", COLUMN_DIMENSION, FOLD_INSTANCE_MEMORY, false, "memory"},
    {"pricing/unit", COLUMN_DIMENSION, FOLD_UNIT, false, NULL},
    {"lineItem/CurrencyCode", COLUMN_DIMENSION, FOLD_CURRENCY, false, NULL},
    {"lineItem/ResourceId", COLUMN_RESOURCE, 0, false, NULL},
    {"lineItem/BlendedCost", COLUMN_AMOUNT, FOLD_BLENDED_COST, false, NULL},
    {"lineItem/UsageAmount", COLUMN_AMOUNT, FOLD_USAGE_AMOUNT, false, NULL},
    {"savingsPlan/SavingsPlanEffectiveCost", COLUMN_AMOUNT, FOLD_SAVINGSPLAN_EFFECTIVE_COST, false,
     NULL},
    {"lineItem/NormalizedUsageAmount", COLUMN_MEASURE, FOLD_NORMALIZED_USAGE_AMOUNT, false, NULL},
    {"lineItem/UnblendedRate", COLUMN_MEASURE, FOLD_UNBLENDED_RATE, false, NULL},
    {"lineItem/BlendedRate", COLUMN_MEASURE, FOLD_BLENDED_RATE, false, NULL},
    {"lineItem/NormalizationFactor", COLUMN_MEASURE, FOLD_NORMALIZATION_FACTOR, false, NULL},
    /* Reservation lines have words such as "convertible" in these two. */
    {"pricing/publicOnDemandCost", COLUMN_MEASURE, FOLD_PUBLIC_ON_DEMAND_COST, false, NULL},
    {"pricing/publicOnDemandRate", COLUMN_MEASURE, FOLD_PUBLIC_ON_DEMAND_RATE, false, NULL},
    {NULL, COLUMN_DIMENSION, 0, false, NULL},
};

/* The tags that users gave; those of AWS itself (aws:createdBy) and of accounts are not read. */
static const FamilyKeys KEYS[] = {
    {FOLD_TAGS, NULL, "resourceTags/user:", false},
    {FOLD_TAGS, NULL, "resource_tags_user_", false},
    {FOLD_TAGS, "resource_tags", "user_", false}, /* CUR 2.0 */
    {FOLD_TAGS, "resource_tags", "user:", false},
    {FOLD_TAGS, "tags", "resourceTags/user:", false},
    {FOLD_TAGS, "tags", "resourceTags/user_", false},
    {FOLD_TAGS, "tags", "resourceTags/aws", true},
    {FOLD_TAGS, "tags", "resourceTags/", false},
    {FOLD_COST_CATEGORY, NULL, "costCategory/", false},
    {FOLD_COST_CATEGORY, NULL, "cost_category_", false},
    {FOLD_COST_CATEGORY, "cost_category", "", false}, /* CUR 2.0 */
    {FOLD_COST_CATEGORY, "tags", "costCategory/", false},
    {FOLD_TAGS, NULL, NULL, false},
};

static bool is(FoldText text, const char *word)
{
    return text.length == strlen(word) && memcmp(text.bytes, word, text.length) == 0;
}

/* The types whose amortised cost is the savings plan's share of them. */
static bool is_savings_plan(FoldText type)
{
    static const char PREFIX[] = "SavingsPlan";
    return type.length > sizeof PREFIX - 1 && memcmp(type.bytes, PREFIX, sizeof PREFIX - 1) == 0 &&
           (is(type, "SavingsPlanCoveredUsage") || is(type, "SavingsPlanNegation") ||
            is(type, "SavingsPlanUpfrontFee") || is(type, "SavingsPlanRecurringFee"));
}

static void apply_rules(FoldLine *line)
{
    FoldText type = line->dimensions[FOLD_LINE_ITEM_TYPE];
    Decimal *measures = line->measures;
    measures[FOLD_CALCULATED_AMORTIZED_COST] = is_savings_plan(type)
                                                   ? measures[FOLD_SAVINGSPLAN_EFFECTIVE_COST]
                                                   : measures[FOLD_UNBLENDED_COST];
    if (is(type, "SavingsPlanNegation")) {
        measures[FOLD_USAGE_AMOUNT] = 0; /* its usage is that of the covered line once more */
    }
    /* A marketplace product's code is an opaque id; people know it by its name. */
    FoldText name = line->dimensions[FOLD_PRODUCT_NAME];
    if (name.length > 0 && is(line->dimensions[FOLD_BILLING_ENTITY], "AWS Marketplace")) {
        line->dimensions[FOLD_PRODUCT_CODE] = name;
    }
}

static bool holds(FoldText text, const char *words)
{
    return text.length > 0 && memmem(text.bytes, text.length, words, strlen(words)) != NULL;
}

/* Covered usage is paid by its plan: a machine's own cost leaves it out, though the daily summary
 * has it (masu.md §C.2, "EC2 compute table"). */
static bool is_instance(FoldLine *line)
{
    if (line->resource.length == 0 || !is(line->dimensions[FOLD_PRODUCT_CODE], "AmazonEC2") ||
        !holds(line->dimensions[FOLD_PRODUCT_FAMILY], "Compute Instance")) {
        return false;
    }
    if (is(line->dimensions[FOLD_LINE_ITEM_TYPE], "SavingsPlanCoveredUsage")) {
        line->measures[FOLD_UNBLENDED_COST] = 0;
        line->measures[FOLD_BLENDED_COST] = 0;
    }
    return true;
}

const ReportFamily AWS_CUR = {
    .name = "AWS cost and usage report",
    .columns = COLUMNS,
    .keys = KEYS,
    .rule_dimensions = 1 << FOLD_LINE_ITEM_TYPE | 1 << FOLD_BILLING_ENTITY |
                       1 << FOLD_PRODUCT_CODE | 1 << FOLD_PRODUCT_NAME | 1 << FOLD_PRODUCT_FAMILY,
    .rule_measures = 1 << FOLD_UNBLENDED_COST | 1 << FOLD_SAVINGSPLAN_EFFECTIVE_COST,
    .apply_rules = apply_rules,
    .is_instance = is_instance};
