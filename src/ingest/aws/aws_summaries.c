#include "ingest/aws/aws_summaries.h"

#include <stddef.h>

const SummaryCost SUMMARY_COST_COLUMNS[SUMMARY_COSTS] = {
    {"unblended_cost", "markup_cost", FOLD_UNBLENDED_COST},
    {"blended_cost", "markup_cost_blended", FOLD_BLENDED_COST},
    {"savingsplan_effective_cost", "markup_cost_savingsplan", FOLD_SAVINGSPLAN_EFFECTIVE_COST},
    {"calculated_amortized_cost", "markup_cost_amortized", FOLD_CALCULATED_AMORTIZED_COST},
};

const SummaryText SUMMARY_TEXTS[FOLD_DIMENSION_COUNT] = {
    [FOLD_USAGE_ACCOUNT] = {"usage_account_id", 50, true},
    [FOLD_PRODUCT_CODE] = {"product_code", 0, true},
    [FOLD_PRODUCT_FAMILY] = {"product_family", 150, false},
    [FOLD_REGION] = {"region", 50, false},
    [FOLD_AVAILABILITY_ZONE] = {"availability_zone", 50, false},
    [FOLD_INSTANCE_TYPE] = {"instance_type", 50, false},
    [FOLD_UNIT] = {"unit", 63, false},
    [FOLD_CURRENCY] = {"currency_code", 10, true},
    [FOLD_CHARGE] = {"charge", 0, false},
};

const char *const AWS_OWN_TABLES[] = {AWS_DAILY_SUMMARY, AWS_MACHINES, NULL};

static const char *const STORAGE[] = {"Storage", NULL};
static const char *const GIGABYTE_MONTHS[] = {"GB-Mo", NULL};
static const char *const DATABASES[] = {"AmazonRDS",
                                        "AmazonDynamoDB",
                                        "AmazonElastiCache",
                                        "AmazonNeptune",
                                        "AmazonRedshift",
                                        "AmazonDocumentDB",
                                        NULL};
static const char *const NETWORKS[] = {"AmazonVPC", "AmazonCloudFront", "AmazonRoute53",
                                       "AmazonAPIGateway", NULL};

#define IS_MACHINE                                                                                 \
    {                                                                                              \
        {                                                                                          \
            FOLD_INSTANCE_TYPE, SUMMARY_GIVEN, NULL                                                \
        }                                                                                          \
    }
#define IS_STORAGE                                                                                 \
    {                                                                                              \
        {FOLD_PRODUCT_FAMILY, SUMMARY_CONTAINS, STORAGE},                                          \
        {                                                                                          \
            FOLD_UNIT, SUMMARY_ONE_OF, GIGABYTE_MONTHS                                             \
        }                                                                                          \
    }

/* clang-format off */
const SummaryTable AWS_DERIVED_TABLES[] = {
    {.name = "reporting_aws_cost_summary_p"},
    {.name = "reporting_aws_cost_summary_by_account_p", .keys = {FOLD_USAGE_ACCOUNT}},
    {.name = "reporting_aws_cost_summary_by_region_p",
     .keys = {FOLD_USAGE_ACCOUNT, FOLD_REGION, FOLD_AVAILABILITY_ZONE}},
    {.name = "reporting_aws_cost_summary_by_service_p",
     .keys = {FOLD_USAGE_ACCOUNT, FOLD_PRODUCT_CODE, FOLD_PRODUCT_FAMILY}},
    {.name = "reporting_aws_cost_summary_by_service_region_p",
     .keys = {FOLD_PRODUCT_CODE, FOLD_PRODUCT_FAMILY, FOLD_REGION, FOLD_AVAILABILITY_ZONE}},
    {.name = "reporting_aws_compute_summary_p",
     .keys = {FOLD_INSTANCE_TYPE}, .usage = true, .machines = true, .conditions = IS_MACHINE},
    {.name = "reporting_aws_compute_summary_by_account_p",
     .keys = {FOLD_USAGE_ACCOUNT, FOLD_INSTANCE_TYPE}, .usage = true, .machines = true,
     .conditions = IS_MACHINE},
    {.name = "reporting_aws_storage_summary_p",
     .keys = {FOLD_PRODUCT_FAMILY}, .usage = true, .conditions = IS_STORAGE},
    {.name = "reporting_aws_storage_summary_by_account_p",
     .keys = {FOLD_USAGE_ACCOUNT, FOLD_PRODUCT_FAMILY}, .usage = true, .conditions = IS_STORAGE},
    {.name = "reporting_aws_database_summary_p",
     .keys = {FOLD_USAGE_ACCOUNT, FOLD_PRODUCT_CODE}, .usage = true,
     .conditions = {{FOLD_PRODUCT_CODE, SUMMARY_ONE_OF, DATABASES}}},
    {.name = "reporting_aws_network_summary_p",
     .keys = {FOLD_USAGE_ACCOUNT, FOLD_PRODUCT_CODE}, .usage = true,
     .conditions = {{FOLD_PRODUCT_CODE, SUMMARY_ONE_OF, NETWORKS}}},
    {.name = NULL},
};

const SummaryValues AWS_VALUES_TABLES[] = {
    {"reporting_awstags_summary", FOLD_TAGS},
    {"reporting_awscategory_summary", FOLD_COST_CATEGORY},
    {NULL, FOLD_DAY},
};
/* clang-format on */

/* A machine is shown as it was on its last day; its costs are those of the whole month. */
const char AWS_MACHINES_STATEMENT[] =
    "INSERT INTO " AWS_MACHINES
    "    (usage_start, usage_end, usage_account_id, resource_id, instance_name, instance_type,"
    "     operating_system, region, vcpu, memory, unit, usage_amount, normalization_factor,"
    "     normalized_usage_amount, currency_code, unblended_rate, blended_rate,"
    "     public_on_demand_cost, public_on_demand_rate, tags, cost_category, source_uuid,"
    "     account_alias_id, cost_entry_bill_id, unblended_cost, blended_cost,"
    "     savingsplan_effective_cost, calculated_amortized_cost, markup_cost,"
    "     markup_cost_blended, markup_cost_savingsplan, markup_cost_amortized)"
    " SELECT total.usage_start, total.usage_end, left(usage_account_id, 50),"
    "        left(resource_id, 256), left(latest.instance_name, 256),"
    "        left(latest.instance_type, 50), left(latest.operating_system, 50),"
    "        left(latest.region, 50),"
    "        CASE WHEN latest.vcpu ~ '^[0-9]{1,9}$' THEN latest.vcpu::integer END,"
    "        left(latest.memory, 50), left(latest.unit, 63), total.usage_amount,"
    "        total.normalization_factor, total.normalized_usage_amount, left(currency_code, 10),"
    "        total.unblended_rate, total.blended_rate, total.public_on_demand_cost,"
    "        total.public_on_demand_rate, latest.tags, latest.cost_category, $2::uuid, alias.id,"
    "        $1::bigint, total.unblended_cost, total.blended_cost,"
    "        total.savingsplan_effective_cost, total.calculated_amortized_cost,"
    "        round(total.unblended_cost * $3::numeric, 15),"
    "        round(total.blended_cost * $3::numeric, 15),"
    "        round(total.savingsplan_effective_cost * $3::numeric, 15),"
    "        round(total.calculated_amortized_cost * $3::numeric, 15)"
    "   FROM (SELECT usage_account_id, resource_id, currency_code, min(first_day) AS usage_start,"
    "                max(last_day) AS usage_end, sum(usage_amount) AS usage_amount,"
    "                max(normalization_factor) AS normalization_factor,"
    "                sum(normalized_usage_amount) AS normalized_usage_amount,"
    "                max(unblended_rate) AS unblended_rate, max(blended_rate) AS blended_rate,"
    "                sum(public_on_demand_cost) AS public_on_demand_cost,"
    "                max(public_on_demand_rate) AS public_on_demand_rate,"
    "                sum(unblended_cost) AS unblended_cost, sum(blended_cost) AS blended_cost,"
    "                sum(savingsplan_effective_cost) AS savingsplan_effective_cost,"
    "                sum(calculated_amortized_cost) AS calculated_amortized_cost"
    "           FROM kontor_machines"
    "          GROUP BY usage_account_id, resource_id, currency_code) AS total"
    "   JOIN (SELECT DISTINCT ON (usage_account_id, resource_id, currency_code)"
    "                usage_account_id, resource_id, currency_code, instance_name, instance_type,"
    "                operating_system, region, vcpu, memory, unit, tags, cost_category"
    "           FROM kontor_machines"
    "          ORDER BY usage_account_id, resource_id, currency_code, last_day DESC,"
    "                   usage_amount DESC, instance_type, tags) AS latest"
    "        USING (usage_account_id, resource_id, currency_code)"
    "   LEFT JOIN reporting_awsaccountalias alias"
    "        ON alias.account_id = left(usage_account_id, 50)";
