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

#define TEXT(literal)                                                                              \
    {                                                                                              \
        literal, sizeof literal - 1                                                                \
    }

typedef struct LineItemType {
    FoldText name;
    FoldText charge;    /* FOLD_CHARGE */
    bool of_plan;       /* its amortised cost is the savings plan's share of it */
    bool repeats_usage; /* its usage is that of the covered line once more */
} LineItemType;

/* AWS: "lineItem/LineItemType"; masu.md §C.2; FOCUS 1.2, "ChargeCategory". A negation takes away
 * what covered usage would have cost: with it usage is what was billed for it. A discount or a
 * refund doesn't tell of what it is. The frequent ones come first. */
/* clang-format off */
static const LineItemType TYPES[] = {
    {TEXT("Usage"), {0}, false, false},
    {TEXT("DiscountedUsage"), {0}, false, false},
    {TEXT("SavingsPlanCoveredUsage"), {0}, true, false},
    {TEXT("SavingsPlanNegation"), {0}, true, true},
    {TEXT("Tax"), TEXT("Tax Recurring"), false, false},
    {TEXT("Credit"), TEXT("Credit One-Time"), false, false},
    {TEXT("Refund"), TEXT("Adjustment One-Time Correction"), false, false},
    {TEXT("Fee"), TEXT("Purchase One-Time"), false, false},
    {TEXT("RIFee"), TEXT("Purchase Recurring"), false, false},
    {TEXT("SavingsPlanUpfrontFee"), TEXT("Purchase One-Time"), true, false},
    {TEXT("SavingsPlanRecurringFee"), TEXT("Purchase Recurring"), true, false},
    {TEXT("FlatRateSubscription"), TEXT("Purchase Recurring"), false, false},
    {{0}, {0}, false, false},
};
/* clang-format on */

/* BundledDiscount, EdpDiscount, PrivateRateDiscount and whatever else there may be. */
static const LineItemType OTHER_TYPE = {{0}, TEXT("Adjustment Usage-Based"), false, false};

static const LineItemType *find_type(FoldText name)
{
    const LineItemType *type = TYPES;
    while (type->name.length != 0 && (type->name.length != name.length ||
                                      memcmp(type->name.bytes, name.bytes, name.length) != 0)) {
        type++;
    }
    return type->name.length == 0 && name.length != 0 ? &OTHER_TYPE : type;
}

static bool is(FoldText text, const char *word)
{
    return text.length == strlen(word) && memcmp(text.bytes, word, text.length) == 0;
}

static void apply_rules(FoldLine *line)
{
    const LineItemType *type = find_type(line->dimensions[FOLD_LINE_ITEM_TYPE]);
    Decimal *measures = line->measures;
    measures[FOLD_CALCULATED_AMORTIZED_COST] =
        measures[type->of_plan ? FOLD_SAVINGSPLAN_EFFECTIVE_COST : FOLD_UNBLENDED_COST];
    if (type->repeats_usage) {
        measures[FOLD_USAGE_AMOUNT] = 0;
    }
    line->dimensions[FOLD_CHARGE] = type->charge;
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
