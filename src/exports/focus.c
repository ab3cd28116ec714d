#include "exports/focus.h"

#include <stdlib.h>

#include "base/csv_text.h"
#include "cost_api/call.h"
#include "exports/service_category.h"

enum { BATCH_ROWS = 500 };

/* What the service's code says of it. */
typedef const char *ValueOf(const char *code);

typedef struct FocusColumn {
    const char *name;
    /* Of a row r of the daily summary, its bill b, the aliases of its account a and its payer p. */
    const char *sql;
    ValueOf *value; /* what is shown instead of what the SQL gives; NULL: that itself */
} FocusColumn;

#define AT_MIDNIGHT(day) "to_char(" day ", 'YYYY-MM-DD\"T\"00:00:00\"Z\"')"
#define ONE_RESOURCE "CASE WHEN cardinality(r.resource_ids) = 1 THEN "

/* r.charge is a category, a frequency and a class, if any; NULL: "Usage Usage-Based". */
#define CATEGORY "COALESCE(split_part(r.charge, ' ', 1), 'Usage')"
#define IF_USAGE "CASE WHEN " CATEGORY " = 'Usage' THEN "
#define IF_PRICED "CASE WHEN " CATEGORY " IN ('Usage', 'Purchase') THEN "

/* In the order of FOCUS 1.2, "Columns". What a summary does not know is empty where the
 * specification allows it, and conditional columns that would be empty throughout are left out. */
/* clang-format off */
static const FocusColumn COLUMNS[] = {
    {"AvailabilityZone", "r.availability_zone", NULL},
    {"BilledCost", "trim_scale(r.unblended_cost)", NULL},
    {"BillingAccountId", "COALESCE(b.payer_account_id, r.usage_account_id)", NULL},
    {"BillingAccountName",
     "COALESCE(p.account_alias, b.payer_account_id, a.account_alias, r.usage_account_id)", NULL},
    {"BillingCurrency", "r.currency_code", NULL},
    {"BillingPeriodEnd", AT_MIDNIGHT("b.billing_period_end"), NULL},
    {"BillingPeriodStart", AT_MIDNIGHT("b.billing_period_start"), NULL},
    {"ChargeCategory", CATEGORY, NULL},
    {"ChargeClass", "NULLIF(split_part(r.charge, ' ', 3), '')", NULL},
    {"ChargeDescription",
     "concat_ws(' ', NULLIF(" CATEGORY ", 'Usage'), r.product_code, r.product_family,"
     "          r.instance_type)", NULL},
    {"ChargeFrequency", "COALESCE(split_part(r.charge, ' ', 2), 'Usage-Based')", NULL},
    {"ChargePeriodEnd", AT_MIDNIGHT("r.usage_start + 1"), NULL},
    {"ChargePeriodStart", AT_MIDNIGHT("r.usage_start"), NULL},
    {"ConsumedQuantity", IF_USAGE "trim_scale(r.usage_amount) END", NULL},
    {"ConsumedUnit", IF_USAGE "COALESCE(r.unit, 'Units') END", NULL},
    {"ContractedCost", "trim_scale(r.unblended_cost)", NULL},
    {"EffectiveCost", "trim_scale(r.calculated_amortized_cost)", NULL},
    {"InvoiceIssuerName", "'AWS'", NULL},
    {"ListCost", "trim_scale(COALESCE(NULLIF(r.public_on_demand_cost, 0), r.unblended_cost))", NULL},
    {"PricingCategory",
     "CASE " CATEGORY " WHEN 'Usage' THEN 'Other' WHEN 'Purchase' THEN 'Standard' END",
     NULL},
    {"PricingQuantity", IF_PRICED "trim_scale(r.usage_amount) END", NULL},
    {"PricingUnit", IF_PRICED "COALESCE(r.unit, 'Units') END", NULL},
    {"ProviderName", "'AWS'", NULL},
    {"PublisherName", "'AWS'", NULL},
    {"RegionId", "r.region", NULL},
    {"RegionName", "r.region", NULL},
    {"ResourceId", ONE_RESOURCE "r.resource_ids[1] END", NULL},
    {"ResourceName", "NULL", NULL},
    {"ResourceType", ONE_RESOURCE "COALESCE(r.product_family, r.product_code) END", NULL},
    {"ServiceCategory", "r.product_code", service_category},
    {"ServiceName", "r.product_code", NULL},
    {"ServiceSubcategory", "r.product_code", service_subcategory},
    {"SubAccountId", "r.usage_account_id", NULL},
    {"SubAccountName", "COALESCE(a.account_alias, r.usage_account_id)", NULL},
    {"Tags", "NULLIF(r.tags, '{}')", NULL},
    {"x_BlendedCost", "trim_scale(r.blended_cost)", NULL},
    {"x_CostCategories", "NULLIF(r.cost_category, '{}')", NULL},
    {"x_InstanceType", "r.instance_type", NULL},
    {"x_MarkupCost", "trim_scale(r.markup_cost)", NULL},
    {"x_ProductFamily", "r.product_family", NULL},
    {"x_ServiceCode", "r.product_code", NULL},
    {"x_SourceId", "r.source_uuid", NULL},
};
/* clang-format on */

enum { COLUMN_COUNT = sizeof COLUMNS / sizeof *COLUMNS };

struct FocusExport {
    Db *db;
    Arena *arena; /* of a batch */
    bool begun;   /* the header is written */
    bool empty;   /* the tenant has no tables */
};

static const char *write_sql(Arena *arena, const TenantSql *tables)
{
    Buffer *template = buffer_new(arena), *sql = buffer_new(arena);
    buffer_append_text(template, "DECLARE focus_rows NO SCROLL CURSOR FOR SELECT ");
    for (int i = 0; i < COLUMN_COUNT; i++) {
        buffer_printf(template, "%s%s", i == 0 ? "" : ", ", COLUMNS[i].sql);
    }
    buffer_append_text(template,
                       "  FROM {schema}.reporting_awscostentrylineitem_daily_summary r"
                       "  JOIN {schema}.reporting_awscostentrybill b ON b.id = r.cost_entry_bill_id"
                       "  LEFT JOIN {schema}.reporting_awsaccountalias a"
                       "    ON a.id = r.account_alias_id"
                       "  LEFT JOIN {schema}.reporting_awsaccountalias p"
                       "    ON p.account_id = b.payer_account_id"
                       " WHERE r.usage_start BETWEEN $1::date AND $2::date"
                       "   AND ($3::text[] IS NULL OR r.usage_account_id = ANY ($3))"
                       "   AND ($4::text[] IS NULL OR r.product_code = ANY ($4))"
                       "   AND ($5::text[] IS NULL OR r.region = ANY ($5))"
                       " ORDER BY r.usage_start");
    tenant_sql_expand(sql, tables, template->data);
    return sql->data;
}

static bool declare(FocusExport *export, const TenantSql *tables, const FocusQuery *query,
                    Error *error)
{
    char start[DATE_TEXT_SIZE], end[DATE_TEXT_SIZE];
    if (!db_begin(export->db, error) ||
        !db_script(export->db, "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY",
                   error)) {
        return false;
    }
    bool done = DB_QUERY(export->db, export->arena, error, write_sql(export->arena, tables),
                         day_format(query->start, start), day_format(query->end, end),
                         query->accounts, query->services, query->regions) != NULL;
    export->empty = !done && tenant_is_missing(export->db);
    if (export->empty) {
        error_clear(error);
    }
    return done || export->empty;
}

FocusExport *focus_open(Db *db, const TenantSql *tables, const FocusQuery *query, Error *error)
{
    FocusExport *export = calloc(1, sizeof *export);
    if (export == NULL) {
        abort();
    }
    export->db = db;
    export->arena = arena_new();
    if (!declare(export, tables, query, error)) {
        focus_close(export);
        return NULL;
    }
    return export;
}

static void write_header(Buffer *out)
{
    for (int i = 0; i < COLUMN_COUNT; i++) {
        buffer_printf(out, "%s%s", i == 0 ? "" : ",", COLUMNS[i].name);
    }
    buffer_append_text(out, "\r\n");
}

static void write_row(Buffer *out, const DbResult *rows, int row)
{
    for (int i = 0; i < COLUMN_COUNT; i++) {
        const char *text = db_text(rows, row, i);
        if (i > 0) {
            buffer_append_char(out, ',');
        }
        csv_write_text(out, COLUMNS[i].value != NULL ? COLUMNS[i].value(text) : text);
    }
    buffer_append_text(out, "\r\n");
}

bool focus_read(FocusExport *export, Buffer *out, bool *more, Error *error)
{
    buffer_clear(out);
    arena_reset(export->arena);
    if (!export->begun) {
        write_header(out);
        export->begun = true;
    }
    if (!export->empty) {
        const char *sql = arena_printf(export->arena, "FETCH %d FROM focus_rows", BATCH_ROWS);
        DbResult *rows = DB_QUERY(export->db, export->arena, error, sql);
        if (rows == NULL) {
            return false;
        }
        for (int i = 0; i < db_row_count(rows); i++) {
            write_row(out, rows, i);
        }
        export->empty = db_row_count(rows) < BATCH_ROWS;
    }
    *more = out->length > 0;
    return true;
}

void focus_close(FocusExport *export)
{
    if (export != NULL) {
        db_close(export->db);
        arena_free(export->arena);
        free(export);
    }
}
