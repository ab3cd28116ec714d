#include "ingest/aws/aws_summaries.h"

#include <stddef.h>

#include "ingest/staging.h"

const char *const AWS_OWN_TABLES[] = {
    "reporting_awscostentrylineitem_daily_summary",
    "reporting_awscostentrylineitem_summary_by_ec2_compute_p",
    NULL,
};

const char *const AWS_DERIVED_TABLES[] = {
    "reporting_aws_cost_summary_p",
    "reporting_aws_cost_summary_by_account_p",
    "reporting_aws_cost_summary_by_region_p",
    "reporting_aws_cost_summary_by_service_p",
    "reporting_aws_cost_summary_by_service_region_p",
    "reporting_aws_compute_summary_p",
    "reporting_aws_compute_summary_by_account_p",
    "reporting_aws_storage_summary_p",
    "reporting_aws_storage_summary_by_account_p",
    "reporting_aws_database_summary_p",
    "reporting_aws_network_summary_p",
    NULL,
};

const char *const AWS_VALUES_TABLES[] = {
    "reporting_awstags_summary",
    "reporting_awscategory_summary",
    NULL,
};

#define COST_COLUMNS                                                                               \
    "unblended_cost, blended_cost, savingsplan_effective_cost, calculated_amortized_cost,"         \
    " markup_cost, markup_cost_blended, markup_cost_savingsplan, markup_cost_amortized"
#define COST_SUMS                                                                                  \
    "sum(unblended_cost), sum(blended_cost), sum(savingsplan_effective_cost),"                     \
    " sum(calculated_amortized_cost), sum(markup_cost), sum(markup_cost_blended),"                 \
    " sum(markup_cost_savingsplan), sum(markup_cost_amortized)"

/* A table that sums costs by day, account and further `columns`, of rows that satisfy
 * `condition`; `aggregates` are columns that `sums` fills. These begin with a comma. */
#define ACCOUNT_SUMMARY(table, columns, aggregates, sums, condition)                               \
    "INSERT INTO " table " (usage_start, usage_end, currency_code, source_uuid,"                   \
    "    cost_entry_bill_id, usage_account_id, account_alias_id, " COST_COLUMNS columns aggregates \
    ")"                                                                                            \
    " SELECT usage_start, usage_start, currency_code, $2::uuid, $1::bigint, usage_account_id,"     \
    "        max(alias_id), " COST_SUMS columns sums "   FROM kontor_staging"                      \
    "  WHERE " condition "  GROUP BY usage_start, currency_code, usage_account_id" columns

#define USAGE_COLUMNS ", usage_amount, unit"
#define USAGE_SUMS ", sum(usage_amount), max(unit)"

/* Compute also lists the machines: once each, however many groups they are in. */
#define COMPUTE_SUMMARY(table, extra_columns, extra_values, account)                               \
    "INSERT INTO " table " (usage_start, usage_end, currency_code, source_uuid,"                   \
    "    cost_entry_bill_id, instance_type, resource_ids, resource_count, " COST_COLUMNS           \
        USAGE_COLUMNS extra_columns ")"                                                            \
    " SELECT usage_start, usage_start, currency_code, $2::uuid, $1::bigint, instance_type,"        \
    "        ids.list, COALESCE(cardinality(ids.list), 0), " COST_SUMS USAGE_SUMS extra_values     \
    "   FROM kontor_staging"                                                                       \
    "   LEFT JOIN ("                                                                               \
    "       SELECT usage_start, currency_code, instance_type" account ","                          \
    "              array_agg(DISTINCT id ORDER BY id) AS list"                                     \
    "         FROM kontor_staging, unnest(resource_ids) AS id"                                     \
    "        WHERE instance_type IS NOT NULL"                                                      \
    "        GROUP BY usage_start, currency_code, instance_type" account ") AS ids"                \
    "        USING (usage_start, currency_code, instance_type" account ")"                         \
    "  WHERE instance_type IS NOT NULL"                                                            \
    "  GROUP BY usage_start, currency_code, instance_type, ids.list" account

/* The values of a key by account. */
#define VALUES_SUMMARY(table, column)                                                              \
    "INSERT INTO " table " (cost_entry_bill_id, usage_account_id, account_alias_id, key,"          \
    "    \"values\")"                                                                              \
    " SELECT $1::bigint, usage_account_id, alias_id, pair.key,"                                    \
    "        array_agg(DISTINCT pair.value ORDER BY pair.value)"                                   \
    "   FROM (SELECT DISTINCT usage_account_id, alias_id, " column                                 \
    "           FROM kontor_staging) AS seen,"                                                     \
    "        jsonb_each_text(" column ") AS pair"                                                  \
    "  GROUP BY usage_account_id, alias_id, pair.key"

#define LATEST_TAGS STAGING_TAGS("latest.tags")

const char *const AWS_OWN_STATEMENTS[] = {
    "INSERT INTO reporting_awscostentrylineitem_daily_summary"
    "    (usage_start, usage_end, usage_account_id, product_code, product_family,"
    "     availability_zone, region, instance_type, unit, resource_ids, resource_count,"
    "     usage_amount, normalization_factor, normalized_usage_amount, currency_code,"
    "     unblended_rate, blended_rate, public_on_demand_cost, public_on_demand_rate,"
    "     tags, cost_category, source_uuid, cost_entry_bill_id, account_alias_id, " COST_COLUMNS ")"
    " SELECT usage_start, usage_start, usage_account_id, product_code, product_family,"
    "        availability_zone, region, instance_type, unit, resource_ids,"
    "        cardinality(resource_ids), usage_amount, normalization_factor,"
    "        normalized_usage_amount, currency_code, unblended_rate, blended_rate,"
    "        public_on_demand_cost, public_on_demand_rate, tags, cost_category, $2::uuid, "
    "$1::bigint,"
    "        alias_id, " COST_COLUMNS "   FROM kontor_staging",

    /* A machine is shown as it was on its last day; its costs are those of the whole month. */
    "INSERT INTO reporting_awscostentrylineitem_summary_by_ec2_compute_p"
    "    (usage_start, usage_end, usage_account_id, resource_id, instance_name, instance_type,"
    "     operating_system, region, vcpu, memory, unit, usage_amount, normalization_factor,"
    "     normalized_usage_amount, currency_code, unblended_rate, blended_rate,"
    "     public_on_demand_cost, public_on_demand_rate, tags, cost_category, source_uuid,"
    "     account_alias_id, cost_entry_bill_id, " COST_COLUMNS ")"
    " SELECT total.usage_start, total.usage_end, left(usage_account_id, 50),"
    "        left(resource_id, 256), left(latest.tags->>'Name', 256),"
    "        left(latest.instance_type, 50), left(latest.operating_system, 50),"
    "        left(latest.region, 50),"
    "        CASE WHEN latest.vcpu ~ '^[0-9]{1,9}$' THEN latest.vcpu::integer END,"
    "        left(latest.memory, 50), left(latest.unit, 63), total.usage_amount,"
    "        total.normalization_factor, total.normalized_usage_amount, left(currency_code, 10),"
    "        total.unblended_rate, total.blended_rate, total.public_on_demand_cost,"
    "        total.public_on_demand_rate, " LATEST_TAGS
    ", latest.cost_category, $2::uuid, alias.id,"
    "        $1::bigint, total.unblended_cost, total.blended_cost,"
    "        total.savingsplan_effective_cost, total.calculated_amortized_cost,"
    "        round(total.unblended_cost * markup.factor, 15),"
    "        round(total.blended_cost * markup.factor, 15),"
    "        round(total.savingsplan_effective_cost * markup.factor, 15),"
    "        round(total.calculated_amortized_cost * markup.factor, 15)"
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
    "           FROM kontor_instances"
    "          GROUP BY usage_account_id, resource_id, currency_code) AS total"
    "   JOIN (SELECT DISTINCT ON (usage_account_id, resource_id, currency_code)"
    "                usage_account_id, resource_id, currency_code, instance_type,"
    "                operating_system, region, vcpu, memory, unit, tags, cost_category"
    "           FROM kontor_instances"
    "          ORDER BY usage_account_id, resource_id, currency_code, last_day DESC,"
    "                   usage_amount DESC, instance_type, tags) AS latest"
    "        USING (usage_account_id, resource_id, currency_code)"
    "  CROSS JOIN pg_temp.kontor_markup markup"
    "   LEFT JOIN reporting_awsaccountalias alias"
    "        ON alias.account_id = left(usage_account_id, 50)",
    NULL,
};

const char *const AWS_DERIVED_STATEMENTS[] = {
    "INSERT INTO reporting_aws_cost_summary_p (usage_start, usage_end, currency_code, source_uuid,"
    "    cost_entry_bill_id, " COST_COLUMNS ")"
    " SELECT usage_start, usage_start, currency_code, $2::uuid, $1::bigint, " COST_SUMS
    "   FROM kontor_staging"
    "  GROUP BY usage_start, currency_code",
    ACCOUNT_SUMMARY("reporting_aws_cost_summary_by_account_p", "", "", "", "true"),
    ACCOUNT_SUMMARY("reporting_aws_cost_summary_by_region_p", ", region, availability_zone", "", "",
                    "true"),
    ACCOUNT_SUMMARY("reporting_aws_cost_summary_by_service_p", ", product_code, product_family", "",
                    "", "true"),
    "INSERT INTO reporting_aws_cost_summary_by_service_region_p (usage_start, usage_end,"
    "    currency_code, source_uuid, cost_entry_bill_id, product_code, product_family, region,"
    "    availability_zone, " COST_COLUMNS ")"
    " SELECT usage_start, usage_start, currency_code, $2::uuid, $1::bigint, product_code,"
    "        product_family, region, availability_zone, " COST_SUMS "   FROM kontor_staging"
    "  GROUP BY usage_start, currency_code, product_code, product_family, region,"
    "           availability_zone",

    COMPUTE_SUMMARY("reporting_aws_compute_summary_p", "", "", ""),
    COMPUTE_SUMMARY("reporting_aws_compute_summary_by_account_p",
                    ", usage_account_id, account_alias_id", ", usage_account_id, max(alias_id)",
                    ", usage_account_id"),

    "INSERT INTO reporting_aws_storage_summary_p (usage_start, usage_end, currency_code,"
    "    source_uuid, cost_entry_bill_id, product_family, " COST_COLUMNS USAGE_COLUMNS ")"
    " SELECT usage_start, usage_start, currency_code, $2::uuid, $1::bigint, "
    "product_family, " COST_SUMS USAGE_SUMS "   FROM kontor_staging"
    "  WHERE product_family LIKE '%Storage%' AND unit = 'GB-Mo'"
    "  GROUP BY usage_start, currency_code, product_family",
    ACCOUNT_SUMMARY("reporting_aws_storage_summary_by_account_p", ", product_family", USAGE_COLUMNS,
                    USAGE_SUMS, "product_family LIKE '%Storage%' AND unit = 'GB-Mo'"),
    ACCOUNT_SUMMARY("reporting_aws_database_summary_p", ", product_code", USAGE_COLUMNS, USAGE_SUMS,
                    "product_code IN ('AmazonRDS', 'AmazonDynamoDB', 'AmazonElastiCache',"
                    " 'AmazonNeptune', 'AmazonRedshift', 'AmazonDocumentDB')"),
    ACCOUNT_SUMMARY("reporting_aws_network_summary_p", ", product_code", USAGE_COLUMNS, USAGE_SUMS,
                    "product_code IN ('AmazonVPC', 'AmazonCloudFront', 'AmazonRoute53',"
                    " 'AmazonAPIGateway')"),
    NULL,
};

const char *const AWS_VALUES_STATEMENTS[] = {
    VALUES_SUMMARY("reporting_awstags_summary", "tags"),
    VALUES_SUMMARY("reporting_awscategory_summary", "cost_category"),
    NULL,
};
