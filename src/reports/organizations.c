#include "reports/organizations.h"

#include <string.h>

#include "base/json.h"
#include "cost_api/cached.h"
#include "cost_api/pages.h"
#include "reports/answer.h"
#include "reports/catalogue_aws.h"
#include "reports/grammar.h"
#include "reports/organization.h"
#include "reports/sql_text.h"

#define ORGANIZATIONS_PATH COST_MANAGEMENT_API "/organizations/aws"

static const ReportField FIELDS[] = {
    {.name = "org_unit_id",
     .kind = FIELD_ORG_UNIT,
     .uses = IN_FILTER | IN_EXCLUDE,
     .matches = {"r.org_unit_id {is}"}},
    {.name = NULL},
};
static const char *const NO_DELTAS[] = {NULL};
static const char *const REFUSED[] = {"delta", "group_by", "order_by", "cost_type", NULL};

static const ReportType ORGANIZATIONS = {
    .path = ORGANIZATIONS_PATH,
    .fields = FIELDS,
    .amounts = AWS_AMOUNTS,
    .default_order = "cost_total",
    .deltas = NO_DELTAS,
    .refused = REFUSED,
    .has_key_only = true,
    .limit_least = 1,
};

/* The columns of the statement. */
enum { UNIT_ID, UNIT_NAME, UNIT_PATH, UNIT_LEVEL, SUB_ORGS, ACCOUNTS };

/* Units and accounts that were there in the window. */
#define IN_WINDOW(row)                                                                             \
    row ".created_timestamp <= %2$s::date AND (" row ".deleted_timestamp IS NULL OR " row          \
        ".deleted_timestamp > %1$s::date)"

static DbResult *ask(CostCall *call, const ReportRequest *request, bool *missing)
{
    char first[DATE_TEXT_SIZE], last[DATE_TEXT_SIZE];
    SqlText sql = sql_new(call->arena, &call->tables, NULL);
    const char *start = sql_bind(&sql, day_format(request->time.start, first));
    const char *end = sql_bind(&sql, day_format(request->time.end, last));
    sql_write(&sql, "SELECT r.org_unit_id, r.org_unit_name, r.org_unit_path, r.level,");
    sql_write(&sql, "\n       (SELECT COALESCE(json_agg(DISTINCT c.org_unit_id), '[]')"
                    "\n          FROM {schema}.reporting_awsorganizationalunit c");
    sql_write(&sql,
              "\n         WHERE c.account_alias_id IS NULL AND c.level = r.level + 1"
              "\n           AND starts_with(c.org_unit_path, r.org_unit_path || '&')"
              "\n           AND " IN_WINDOW("c") "),",
              start, end);
    sql_write(&sql, "\n       (SELECT COALESCE(json_agg(DISTINCT COALESCE(a.account_alias,"
                    " a.account_id)), '[]')"
                    "\n          FROM {schema}.reporting_awsorganizationalunit c");
    sql_write(&sql,
              "\n          JOIN {schema}.reporting_awsaccountalias a ON a.id = c.account_alias_id"
              "\n         WHERE c.org_unit_id = r.org_unit_id AND " IN_WINDOW("c") ")",
              start, end);
    sql_write(&sql, "\n  FROM (SELECT DISTINCT ON (o.org_unit_id) o.*"
                    "\n          FROM {schema}.reporting_awsorganizationalunit o");
    sql_write(&sql,
              "\n         WHERE o.account_alias_id IS NULL AND " IN_WINDOW(
                  "o") "\n         ORDER BY o.org_unit_id, o.created_timestamp DESC, o.id DESC) r"
                       "\n WHERE true",
              start, end);
    sql_write_conditions(&sql, request);
    sql_write(&sql, "\n ORDER BY r.org_unit_id COLLATE \"C\"");
    return call_query(call, missing, sql.text->data, sql.parameter_count, sql.parameters);
}

static void write_unit(JsonWriter *json, const DbResult *rows, int row, bool key_only)
{
    json_begin_object(json);
    json_member_string(json, "org_unit_id", db_text(rows, row, UNIT_ID));
    json_member_string(json, "org_unit_name", db_text(rows, row, UNIT_NAME));
    json_member_string(json, "org_unit_path", db_text(rows, row, UNIT_PATH));
    json_member_int(json, "level", db_int(rows, row, UNIT_LEVEL));
    if (!key_only) {
        json_member_raw(json, "sub_orgs", db_text(rows, row, SUB_ORGS));
        json_member_raw(json, "accounts", db_text(rows, row, ACCOUNTS));
    }
    json_end(json);
}

static void write_list(CostCall *call, const ReportRequest *request, const DbResult *rows)
{
    Page page = answer_list_page(request, rows != NULL ? db_row_count(rows) : 0);
    int64_t first, last;
    page_range(&page, &first, &last);
    JsonWriter json = json_writer(call->response->body);
    json_begin_object(&json);
    answer_list_meta(&json, call->arena, request, &page);
    page_write_links(&json, call->arena, &page, call->request->path, call->request->query);
    json_write_key(&json, "data");
    json_begin_array(&json);
    for (int64_t i = first; i < last; i++) {
        write_unit(&json, rows, (int)i, request->key_only);
    }
    json_end(&json);
    json_end(&json);
}

static void answer(CostCall *call, void *context)
{
    (void)context;
    GrammarSettings settings = {.today = clock_today(),
                                .retention_months = call->context->config->retention_months};
    ReportRequest request;
    const char *errors;
    if (!grammar_parse(call->arena, &ORGANIZATIONS, &settings, call->request->query, &request,
                       &errors)) {
        call->response->status = 400;
        buffer_append_text(call->response->body, errors);
        return;
    }
    bool missing;
    DbResult *rows = ask(call, &request, &missing);
    if (rows != NULL || missing) {
        write_list(call, &request, rows);
    }
}

static void get_list(CostCall *call)
{
    cached_answer(call, answer, NULL);
}

CALL_HANDLER(get_organizations, get_list)

static void put(CostCall *call)
{
    json_t *tree = call_body(call);
    Error error = {0};
    OrganizationCounts counts;
    if (tree == NULL) {
        return;
    }
    if (organization_import(call->db, call->arena, call->caller.schema, tree, clock_today(),
                            &counts, &error)) {
        JsonWriter json = json_writer(call->response->body);
        json_begin_object(&json);
        json_member_int(&json, "organizational_units", counts.units);
        json_member_int(&json, "accounts", counts.accounts);
        json_member_int(&json, "added", counts.added);
        json_member_int(&json, "removed", counts.removed);
        json_end(&json);
    } else if (error.code == ERROR_INVALID) {
        access_write_error(call->response, 400, "detail", error.message);
    } else if (tenant_is_missing(call->db)) {
        call_refuse_without_tenant(call);
    } else {
        access_write_failure(call->response, &error);
    }
}

CALL_HANDLER(put_organizations, put)

const HttpRoute ORGANIZATION_ROUTES[] = {
    {"GET", ORGANIZATIONS_PATH, get_organizations},
    {"PUT", ORGANIZATIONS_PATH, put_organizations},
    {NULL, NULL, NULL},
};
