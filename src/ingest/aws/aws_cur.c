#include "ingest/aws/aws_cur.h"

#include <string.h>

/* masu.md §C.2; AWS: "Cost and Usage Report data dictionary". */
static const FamilyColumn COLUMNS[] = {
    {"lineitemusagestartdate", COLUMN_DAY, 0, true},
    {"lineitemusageaccountid", COLUMN_DIMENSION, FOLD_USAGE_ACCOUNT, true},
    {"lineitemproductcode", COLUMN_DIMENSION, FOLD_PRODUCT_CODE, true},
    {"lineitemlineitemtype", COLUMN_DIMENSION, FOLD_LINE_ITEM_TYPE, true},
    {"lineitemunblendedcost", COLUMN_AMOUNT, FOLD_UNBLENDED_COST, true},
    {"billpayeraccountid", COLUMN_DIMENSION, FOLD_PAYER_ACCOUNT, false},
    {"billbillingentity", COLUMN_DIMENSION, FOLD_BILLING_ENTITY, false},
    {"productproductname", COLUMN_DIMENSION, FOLD_PRODUCT_NAME, false},
    {"productproductfamily", COLUMN_DIMENSION, FOLD_PRODUCT_FAMILY, false},
    {"productregion", COLUMN_DIMENSION, FOLD_REGION, false},
    {"lineitemavailabilityzone", COLUMN_DIMENSION, FOLD_AVAILABILITY_ZONE, false},
    {"productinstancetype", COLUMN_DIMENSION, FOLD_INSTANCE_TYPE, false},
    {"productoperatingsystem", COLUMN_DIMENSION, FOLD_OPERATING_SYSTEM, false},
    {"productvcpu", COLUMN_DIMENSION, FOLD_VCPU, false},
    {"productmemory", COLUMN_DIMENSION, FOLD_INSTANCE_MEMORY, false},
    {"pricingunit", COLUMN_DIMENSION, FOLD_UNIT, false},
    {"lineitemcurrencycode", COLUMN_DIMENSION, FOLD_CURRENCY, false},
    {"lineitemresourceid", COLUMN_RESOURCE, 0, false},
    {"lineitemblendedcost", COLUMN_AMOUNT, FOLD_BLENDED_COST, false},
    {"lineitemusageamount", COLUMN_AMOUNT, FOLD_USAGE_AMOUNT, false},
    {"savingsplansavingsplaneffectivecost", COLUMN_AMOUNT, FOLD_SAVINGSPLAN_EFFECTIVE_COST, false},
    {"lineitemnormalizedusageamount", COLUMN_MEASURE, FOLD_NORMALIZED_USAGE_AMOUNT, false},
    {"lineitemunblendedrate", COLUMN_MEASURE, FOLD_UNBLENDED_RATE, false},
    {"lineitemblendedrate", COLUMN_MEASURE, FOLD_BLENDED_RATE, false},
    {"lineitemnormalizationfactor", COLUMN_MEASURE, FOLD_NORMALIZATION_FACTOR, false},
    /* Reservation lines have words such as "convertible" in these two. */
    {"pricingpublicondemandcost", COLUMN_MEASURE, FOLD_PUBLIC_ON_DEMAND_COST, false},
    {"pricingpublicondemandrate", COLUMN_MEASURE, FOLD_PUBLIC_ON_DEMAND_RATE, false},
    {NULL, COLUMN_DIMENSION, 0, false},
};

/* AWS's own tags (resourceTags/aws:…) are left out. */
static const char *const TAG_PREFIXES[] = {"resourceTags/user:", "resource_tags_user_", NULL};
static const char *const CATEGORY_PREFIXES[] = {"costCategory/", "cost_category_", NULL};

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

const ReportFamily AWS_CUR = {.name = "AWS cost and usage report",
                              .columns = COLUMNS,
                              .tag_prefixes = TAG_PREFIXES,
                              .category_prefixes = CATEGORY_PREFIXES,
                              .rule_dimensions = 1 << FOLD_LINE_ITEM_TYPE |
                                                 1 << FOLD_BILLING_ENTITY | 1 << FOLD_PRODUCT_CODE |
                                                 1 << FOLD_PRODUCT_NAME | 1 << FOLD_PRODUCT_FAMILY,
                              .apply_rules = apply_rules,
                              .is_instance = is_instance};
