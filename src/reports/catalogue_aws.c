#include "reports/catalogue_aws.h"

enum { EVERYWHERE = IN_FILTER | IN_EXCLUDE | IN_GROUP_BY | IN_ORDER_BY };

/* clang-format off */
const ReportField AWS_FIELDS[] = {
    {.name = "cost", .kind = FIELD_AMOUNT, .uses = IN_ORDER_BY, .target = "cost_total"},
    {.name = "infrastructure", .kind = FIELD_AMOUNT, .uses = IN_ORDER_BY, .target = "infra_total"},
    {.name = "supplementary", .kind = FIELD_AMOUNT, .uses = IN_ORDER_BY, .target = "sup_total"},
    {.name = "delta", .kind = FIELD_DELTA, .uses = IN_ORDER_BY},
    {.name = "usage", .kind = FIELD_AMOUNT, .uses = IN_ORDER_BY, .target = "usage"},
    {.name = "account", .kind = FIELD_TEXT, .uses = EVERYWHERE,
     .value = "r.usage_account_id",
     .matches = {"r.usage_account_id {is}",
                 "r.account_alias_id IN (SELECT a.id FROM {schema}.reporting_awsaccountalias a"
                 " WHERE a.account_alias {is})"},
     .columns = {"usage_account_id", "account_alias_id"}, .csv_name = "id"},
    {.name = "account_alias", .kind = FIELD_ALIAS, .uses = IN_ORDER_BY, .target = "account"},
    {.name = "az", .kind = FIELD_TEXT, .uses = IN_FILTER | IN_EXCLUDE | IN_GROUP_BY,
     .value = "r.availability_zone", .matches = {"r.availability_zone {is}"},
     .columns = {"availability_zone"}},
    {.name = "instance_type", .kind = FIELD_TEXT, .uses = IN_GROUP_BY, .implicit = true,
     .value = "r.instance_type", .matches = {"r.instance_type {is}"},
     .columns = {"instance_type"}},
    {.name = "region", .kind = FIELD_TEXT, .uses = EVERYWHERE,
     .value = "r.region", .matches = {"r.region {is}"}, .columns = {"region"}},
    {.name = "service", .kind = FIELD_TEXT, .uses = EVERYWHERE,
     .value = "r.product_code", .matches = {"r.product_code {is}"}, .columns = {"product_code"}},
    /* Accepted, but no column of AWS' reports tells it: nothing is grouped by it. */
    {.name = "storage_type", .kind = FIELD_TEXT, .uses = IN_GROUP_BY},
    {.name = "product_family", .kind = FIELD_TEXT, .uses = EVERYWHERE,
     .value = "r.product_family", .matches = {"r.product_family {is}"},
     .columns = {"product_family"}},
    {.name = "org_unit_id", .kind = FIELD_ORG_UNIT, .uses = IN_FILTER | IN_EXCLUDE | IN_GROUP_BY,
     .value = "{schema}.org_entity(r.account_alias_id, r.usage_account_id, r.usage_start,"
              " {key}::text[])",
     .matches = {"EXISTS (SELECT 1 FROM {schema}.reporting_awsorganizationalunit o"
                 " WHERE o.account_alias_id = r.account_alias_id"
                 " AND o.created_timestamp <= r.usage_start"
                 " AND (o.deleted_timestamp IS NULL OR r.usage_start < o.deleted_timestamp)"
                 " AND o.org_unit_path {is})"},
     .columns = {"usage_account_id", "account_alias_id"}},
    {.name = "tag:", .kind = FIELD_KEYED, .uses = EVERYWHERE,
     .value = "(r.tags ->> {key})", .matches = {"(r.tags ->> {key}) {is}"},
     .present = "r.tags ? {key}", .columns = {"tags"}},
    {.name = "aws_category:", .kind = FIELD_KEYED, .uses = EVERYWHERE,
     .value = "(r.cost_category ->> {key})", .matches = {"(r.cost_category ->> {key}) {is}"},
     .present = "r.cost_category ? {key}", .columns = {"cost_category"}},
    {.name = "date", .kind = FIELD_DATE, .uses = IN_ORDER_BY},
    {.name = NULL},
};

const ReportAlias AWS_ALIASES[] = {
    {.field = "account", .name = "account_alias", .sql = "r.account_alias_id",
     .lookup = "(SELECT a.account_alias FROM {schema}.reporting_awsaccountalias a"
               " WHERE a.id = {value})",
     .csv_name = "alias", .columns = {"account_alias_id"}},
    {.field = NULL},
};

/* Bits of the sums: 1 is the cost, 2 its markup. AWS has no supplementary cost, and no usage that
 * a cost model would price. */
const ReportAmount AWS_AMOUNTS[] = {
    {"infrastructure", "raw",    "infra_raw",    1},
    {"infrastructure", "markup", "infra_markup", 2},
    {"infrastructure", "usage",  "infra_usage",  0},
    {"infrastructure", "total",  "infra_total",  3},
    {"supplementary",  "raw",    "sup_raw",      0},
    {"supplementary",  "markup", "sup_markup",   0},
    {"supplementary",  "usage",  "sup_usage",    0},
    {"supplementary",  "total",  "sup_total",    0},
    {"cost",           "raw",    "cost_raw",     1},
    {"cost",           "markup", "cost_markup",  2},
    {"cost",           "usage",  "cost_usage",   0},
    {"cost",           "total",  "cost_total",   3},
    {NULL,             NULL,     NULL,           0},
};

#define AWS_ACCOUNT_COLUMNS "usage_account_id", "account_alias_id", "organizational_unit_id"
#define AWS_DAILY_SUMMARY                                                                          \
    {                                                                                              \
        "reporting_awscostentrylineitem_daily_summary",                                            \
        {                                                                                          \
            AWS_ACCOUNT_COLUMNS, "product_code", "product_family", "region", "availability_zone",  \
            "instance_type", "tags", "cost_category", "usage_amount", "unit"                       \
        }                                                                                          \
    }

const ReportTable AWS_COST_TABLES[] = {
    {"reporting_aws_cost_summary_p", {NULL}},
    {"reporting_aws_cost_summary_by_account_p", {AWS_ACCOUNT_COLUMNS}},
    {"reporting_aws_cost_summary_by_service_region_p",
     {"product_code", "product_family", "region", "availability_zone"}},
    {"reporting_aws_cost_summary_by_service_p",
     {AWS_ACCOUNT_COLUMNS, "product_code", "product_family"}},
    {"reporting_aws_cost_summary_by_region_p",
     {AWS_ACCOUNT_COLUMNS, "region", "availability_zone"}},
    AWS_DAILY_SUMMARY,
    {NULL, {NULL}},
};

const ReportTable AWS_COMPUTE_TABLES[] = {
    {"reporting_aws_compute_summary_p", {"instance_type", "usage_amount", "unit"}},
    {"reporting_aws_compute_summary_by_account_p",
     {AWS_ACCOUNT_COLUMNS, "instance_type", "usage_amount", "unit"}},
    AWS_DAILY_SUMMARY,
    {NULL, {NULL}},
};

const ReportTable AWS_STORAGE_TABLES[] = {
    {"reporting_aws_storage_summary_p", {"product_family", "usage_amount", "unit"}},
    {"reporting_aws_storage_summary_by_account_p",
     {AWS_ACCOUNT_COLUMNS, "product_family", "usage_amount", "unit"}},
    AWS_DAILY_SUMMARY,
    {NULL, {NULL}},
};

/* Machines: a row is a machine's month. What a machine is called and what it is are details. */
const ReportField AWS_MACHINE_FIELDS[] = {
    {.name = "cost", .kind = FIELD_AMOUNT, .uses = IN_ORDER_BY, .target = "cost_total"},
    {.name = "usage", .kind = FIELD_AMOUNT, .uses = IN_ORDER_BY, .target = "usage"},
    {.name = "resource_id", .kind = FIELD_TEXT, .uses = IN_GROUP_BY | IN_ORDER_BY,
     .value = "r.resource_id", .columns = {"resource_id"}},
    {.name = "instance", .kind = FIELD_TEXT, .uses = IN_FILTER | IN_EXCLUDE,
     .matches = {"r.resource_id {is}", "r.instance_name {is}"}},
    {.name = "account", .kind = FIELD_TEXT, .uses = IN_FILTER | IN_EXCLUDE,
     .matches = {"r.usage_account_id {is}",
                 "r.account_alias_id IN (SELECT a.id FROM {schema}.reporting_awsaccountalias a"
                 " WHERE a.account_alias {is})"}},
    {.name = "operating_system", .kind = FIELD_TEXT, .uses = IN_FILTER | IN_EXCLUDE,
     .matches = {"r.operating_system {is}"}},
    {.name = "region", .kind = FIELD_TEXT, .uses = IN_FILTER | IN_EXCLUDE,
     .matches = {"r.region {is}"}},
    {.name = "account", .kind = FIELD_DETAIL, .uses = IN_ORDER_BY, .target = "account"},
    {.name = "account_alias", .kind = FIELD_DETAIL, .uses = IN_ORDER_BY, .target = "account_alias"},
    {.name = "instance_name", .kind = FIELD_DETAIL, .uses = IN_ORDER_BY, .target = "instance_name"},
    {.name = "instance_type", .kind = FIELD_DETAIL, .uses = IN_ORDER_BY, .target = "instance_type"},
    {.name = "operating_system", .kind = FIELD_DETAIL, .uses = IN_ORDER_BY,
     .target = "operating_system"},
    {.name = "region", .kind = FIELD_DETAIL, .uses = IN_ORDER_BY, .target = "region"},
    {.name = "infrastructure", .kind = FIELD_DETAIL, .uses = IN_ORDER_BY, .needs_group = true},
    {.name = "supplementary", .kind = FIELD_DETAIL, .uses = IN_ORDER_BY, .needs_group = true},
    {.name = "delta", .kind = FIELD_DETAIL, .uses = IN_ORDER_BY, .needs_group = true},
    {.name = "service", .kind = FIELD_DETAIL, .uses = IN_ORDER_BY, .needs_group = true},
    {.name = "product_family", .kind = FIELD_DETAIL, .uses = IN_ORDER_BY, .needs_group = true},
    {.name = "date", .kind = FIELD_DATE, .uses = IN_ORDER_BY, .needs_group = true},
    {.name = "tag:", .kind = FIELD_KEYED, .uses = IN_ORDER_BY, .needs_group = true},
    {.name = "aws_category:", .kind = FIELD_KEYED, .uses = IN_ORDER_BY, .needs_group = true},
    {.name = "tag:", .kind = FIELD_KEYED, .uses = IN_FILTER | IN_EXCLUDE,
     .value = "(r.tags ->> {key})", .matches = {"(r.tags ->> {key}) {is}"},
     .present = "r.tags ? {key}"},
    {.name = "aws_category:", .kind = FIELD_KEYED, .uses = IN_FILTER | IN_EXCLUDE,
     .value = "(r.cost_category ->> {key})", .matches = {"(r.cost_category ->> {key}) {is}"},
     .present = "r.cost_category ? {key}"},
    {.name = NULL},
};

const ReportDetail AWS_MACHINE_DETAILS[] = {
    {"account_alias", DETAIL_TEXT,
     "MAX(COALESCE((SELECT a.account_alias FROM {schema}.reporting_awsaccountalias a"
     " WHERE a.id = r.account_alias_id), r.usage_account_id))", NULL, "account_alias"},
    {"account", DETAIL_TEXT, "MAX(r.usage_account_id)", NULL, "account"},
    {"instance_name", DETAIL_TEXT, "MAX(COALESCE(r.instance_name, r.resource_id))", NULL,
     "instance_name"},
    {"instance_type", DETAIL_TEXT, "MAX(r.instance_type)", NULL, "instance_type"},
    {"operating_system", DETAIL_TEXT, "MAX(r.operating_system)", NULL, "operating_system"},
    {"region", DETAIL_TEXT, "MAX(r.region)", NULL, "region"},
    {"vcpu", DETAIL_NUMBER, "MAX(r.vcpu)", NULL, "vcpu"},
    {"memory", DETAIL_TEXT, "MAX(r.memory)", NULL, "memory"},
    {"tags", DETAIL_JSON, "jsonb_agg(r.tags)",
     "(SELECT COALESCE(jsonb_agg(jsonb_build_object('key', t.key, 'values', t.list)"
     " ORDER BY octet_length(t.key), t.key COLLATE \"C\"), '[]')"
     "  FROM (SELECT pair.key, jsonb_agg(DISTINCT pair.value) AS list"
     "          FROM unnest(array_agg({value})) AS lists (list)"
     "         CROSS JOIN jsonb_array_elements(lists.list) AS tags (tags)"
     "         CROSS JOIN jsonb_each_text(tags.tags) AS pair"
     "         GROUP BY pair.key) AS t)", NULL},
    {NULL, DETAIL_TEXT, NULL, NULL, NULL},
};

const ReportTable AWS_MACHINE_TABLES[] = {
    {"reporting_awscostentrylineitem_summary_by_ec2_compute_p", {"resource_id"}},
    {NULL, {NULL}},
};
/* clang-format on */
