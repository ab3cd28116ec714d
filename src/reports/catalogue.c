#include "reports/catalogue.h"

#include <string.h>

#include "reports/catalogue_aws.h"

static const char *const FILTERS[] = {"account",        "service",     "region", "az",
                                      "product_family", "org_unit_id", NULL};
static const char *const COST_DELTAS[] = {"cost", "cost_total", NULL};
static const char *const USAGE_DELTAS[] = {"usage", NULL};
static const char *const NO_DELTAS[] = {NULL};

/* Parameters that a report of whole months has not. */
static const char *const NO_WINDOW[] = {"start_date", "end_date", NULL};

/* clang-format off */
const ReportType REPORT_TYPES[] = {
    {
        .path = COST_MANAGEMENT_API "/reports/aws/costs",
        .provider_types = "{AWS,AWS-local}",
        .fields = AWS_FIELDS, .filter_order = FILTERS, .aliases = AWS_ALIASES,
        .cost_types = AWS_COST_TYPES, .tables = AWS_COST_TABLES,
        .sums = {"{cost}{rate}", "{markup}{rate}"}, .amounts = AWS_AMOUNTS,
        .default_order = "cost_total",
        .deltas = COST_DELTAS, .delta_amount = "cost_total", .groups_units = true,
    },
    {
        .path = COST_MANAGEMENT_API "/reports/aws/instance-types",
        .provider_types = "{AWS,AWS-local}",
        .fields = AWS_FIELDS, .filter_order = FILTERS, .aliases = AWS_ALIASES,
        .cost_types = AWS_COST_TYPES, .tables = AWS_COMPUTE_TABLES,
        .base_condition = "r.instance_type IS NOT NULL", .base_columns = {"instance_type"},
        .sums = {"{cost}{rate}", "{markup}{rate}", "r.usage_amount"}, .amounts = AWS_AMOUNTS,
        .usage = 4, .unit = "r.unit", .default_unit = "Hrs",
        .default_order = "usage", .implicit_group = "instance_type", .rank_without_group = true,
        .deltas = USAGE_DELTAS, .delta_amount = "usage",
    },
    {
        .path = COST_MANAGEMENT_API "/reports/aws/storage",
        .provider_types = "{AWS,AWS-local}",
        .fields = AWS_FIELDS, .filter_order = FILTERS, .aliases = AWS_ALIASES,
        .cost_types = AWS_COST_TYPES, .tables = AWS_STORAGE_TABLES,
        .base_condition = "r.product_family LIKE '%Storage%' AND r.unit = 'GB-Mo'",
        .base_columns = {"product_family", "unit"},
        /* Storage has no cost of some types: what it cost unblended stands in. */
        .sums = {"COALESCE(NULLIF({cost}, 0), r.unblended_cost){rate}", "{markup}{rate}", "r.usage_amount"},
        .amounts = AWS_AMOUNTS,
        .amounts_by_row = true,
        .usage = 4, .unit = "r.unit", .default_unit = "GB-Mo",
        .default_order = "usage",
        .deltas = USAGE_DELTAS, .delta_amount = "usage",
    },
    {
        .path = COST_MANAGEMENT_API "/reports/aws/resources/ec2-compute",
        .provider_types = "{AWS,AWS-local}",
        .fields = AWS_MACHINE_FIELDS, .details = AWS_MACHINE_DETAILS,
        .cost_types = AWS_COST_TYPES, .tables = AWS_MACHINE_TABLES,
        .sums = {"{cost}{rate}", "{markup}{rate}", "r.usage_amount"}, .amounts = AWS_AMOUNTS,
        .usage = 4, .unit = "r.unit", .default_unit = "Hrs",
        .default_order = "resource_id", .implicit_group = "resource_id",
        .deltas = NO_DELTAS, .refused = NO_WINDOW,
        .months_only = true, .ungrouped = true, .pages_of_groups = true,
    },
    {.path = NULL},
};
/* clang-format on */

const ReportField *report_field_find(const ReportType *type, const char *name, unsigned uses,
                                     const char **key)
{
    *key = NULL;
    for (const ReportField *field = type->fields; field->name != NULL; field++) {
        size_t length = strlen(field->name);
        if ((field->uses & uses) == 0) {
            continue;
        }
        if (field->kind == FIELD_KEYED && strncmp(name, field->name, length) == 0 &&
            name[length] != '\0') {
            *key = name + length;
            return field;
        }
        if (field->kind != FIELD_KEYED && strcmp(name, field->name) == 0) {
            return field;
        }
    }
    return NULL;
}

const ReportAmount *report_amount_find(const ReportType *type, const char *csv_name)
{
    for (const ReportAmount *amount = type->amounts; amount->group != NULL; amount++) {
        if (strcmp(amount->csv_name, csv_name) == 0) {
            return amount;
        }
    }
    return NULL;
}

size_t report_sum_count(const ReportType *type)
{
    size_t count = 0;
    while (count < REPORT_SUMS_MAX && type->sums[count] != NULL) {
        count++;
    }
    return count;
}

bool report_table_has(const ReportTable *table, const char *const columns[REPORT_COLUMNS_MAX])
{
    const size_t most = sizeof table->columns / sizeof *table->columns;
    for (int i = 0; i < REPORT_COLUMNS_MAX && columns[i] != NULL; i++) {
        size_t at = 0;
        while (at < most && table->columns[at] != NULL &&
               strcmp(table->columns[at], columns[i]) != 0) {
            at++;
        }
        if (at == most || table->columns[at] == NULL) {
            return false;
        }
    }
    return true;
}
