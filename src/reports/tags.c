#include "reports/tags.h"

#include <string.h>
#include <strings.h>

#include "base/json.h"
#include "cost_api/cached.h"
#include "cost_api/call.h"
#include "cost_api/pages.h"
#include "reports/answer.h"
#include "reports/catalogue_aws.h"
#include "reports/grammar.h"
#include "reports/sql_text.h"
#include "settings/settings.h"

enum { VALUES_SHOWN = 50 };

#define TAGS_PATH COST_MANAGEMENT_API "/tags/aws"

/* Tags are asked for in the language of reports. A row is a value of a key in one account's month;
 * k says whether the key is enabled. */
/* clang-format off */
static const ReportField FIELDS[] = {
    {.name = "key", .kind = FIELD_TEXT, .uses = IN_FILTER | IN_EXCLUDE, .plain = true,
     .matches = {"r.key {is}"}},
    {.name = "value", .kind = FIELD_TEXT, .uses = IN_FILTER | IN_EXCLUDE, .plain = true,
     .matches = {"r.value {is}"}},
    {.name = "account", .kind = FIELD_TEXT, .uses = IN_FILTER | IN_EXCLUDE,
     .matches = {"r.usage_account_id {is}",
                 "r.account_alias_id IN (SELECT a.id FROM {schema}.reporting_awsaccountalias a"
                 " WHERE a.account_alias {is})"}},
    {.name = "org_unit_id", .kind = FIELD_ORG_UNIT, .uses = IN_FILTER | IN_EXCLUDE,
     .matches = {"r.account_alias_id IN (SELECT o.account_alias_id"
                 " FROM {schema}.reporting_awsorganizationalunit o"
                 " WHERE o.deleted_timestamp IS NULL AND o.org_unit_path {is})"}},
    {.name = "enabled", .kind = FIELD_BOOLEAN, .uses = IN_FILTER | IN_EXCLUDE, .plain = true,
     .matches = {"CASE WHEN k.enabled THEN 'true' ELSE 'false' END {is}"}},
    {.name = NULL},
};
/* clang-format on */

static const char *const NO_DELTAS[] = {NULL};
static const char *const REFUSED[] = {"delta", "group_by", "order_by", "cost_type", NULL};

static const ReportType TAGS = {
    .path = TAGS_PATH,
    .fields = FIELDS,
    .default_filter = "enabled",
    .amounts = AWS_AMOUNTS,
    .default_order = "cost_total",
    .deltas = NO_DELTAS,
    .refused = REFUSED,
    .has_key_only = true,
    .limit_least = 1,
};

typedef struct TagsCall {
    CostCall call;
    ReportRequest request;
    const char *key; /* of the path, or NULL */
} TagsCall;

static const ReportRestriction *restriction_of(const TagsCall *tags, const char *name)
{
    for (int i = 0; i < tags->request.restriction_count; i++) {
        if (tags->request.restrictions[i].section == IN_FILTER &&
            strcmp(tags->request.restrictions[i].field->name, name) == 0) {
            return &tags->request.restrictions[i];
        }
    }
    return NULL;
}

/* What the grammar cannot know. False when the answer is written already. */
static bool check_tags(TagsCall *tags)
{
    bool misplaced_keys = tags->key != NULL && tags->request.key_only;
    bool misplaced_value = tags->key == NULL && restriction_of(tags, "value") != NULL;
    if (misplaced_keys || misplaced_value) {
        access_write_error(tags->call.response, 400, "details",
                           misplaced_keys ? "Invalid query parameter 'key_only'."
                                          : "Invalid query parameter 'value'.");
    }
    return !misplaced_keys && !misplaced_value;
}

/* Is the key of the path one of the organisation's tags? False when the answer is written. */
static bool key_is_known(TagsCall *tags)
{
    if (tags->key == NULL) {
        return true;
    }
    bool missing;
    SqlText sql = sql_new(tags->call.arena, &tags->call.tables, NULL);
    sql_write(&sql,
              "SELECT 1"
              "\n  FROM {schema}.reporting_enabledtagkeys k"
              "\n WHERE k.provider_type = 'AWS'"
              "\n   AND k.key = %s",
              sql_bind(&sql, tags->key));
    const DbResult *rows =
        call_query(&tags->call, &missing, sql.text->data, sql.parameter_count, sql.parameters);
    bool known = rows != NULL && db_row_count(rows) > 0;
    if (!known && (rows != NULL || missing)) {
        access_write_error(tags->call.response, 404, "detail", "Not found.");
    }
    return known;
}

static bool parse(TagsCall *tags)
{
    CostCall *call = &tags->call;
    AccountSettings account;
    Error error = {0};
    const char *errors;
    if (!account_settings_read(call->db, call->arena, call->caller.schema, &account, &error)) {
        access_write_failure(call->response, &error);
        return false;
    }
    GrammarSettings settings = {.today = clock_today(),
                                .retention_months =
                                    account_retention(call->context->config, &account)};
    if (!grammar_parse(call->arena, &TAGS, &settings, call->request->query, &tags->request,
                       &errors)) {
        call->response->status = 400;
        buffer_append_text(call->response->body, errors);
        return false;
    }
    return check_tags(tags);
}

/* Tags are kept by bill, so the window is widened to whole months. */
static void write_rows(TagsCall *tags, SqlText *sql)
{
    char first[DATE_TEXT_SIZE], last[DATE_TEXT_SIZE];
    day_format(day_month_start(tags->request.time.start, 0), first);
    day_format(tags->request.time.end, last);
    sql_write(sql,
              "\n  FROM (SELECT t.key, t.usage_account_id, t.account_alias_id,"
              "\n               unnest(t.values) COLLATE \"C\" AS value"
              "\n          FROM {schema}.reporting_awstags_summary t"
              "\n          JOIN {schema}.reporting_awscostentrybill b"
              "\n            ON b.id = t.cost_entry_bill_id"
              "\n         WHERE b.billing_period_start >= %s::date",
              sql_bind(sql, first));
    sql_write(sql, "\n           AND b.billing_period_start < %s::date + 1) r",
              sql_bind(sql, last));
    sql_write(sql, "\n  LEFT JOIN {schema}.reporting_enabledtagkeys k"
                   "\n    ON k.key = r.key"
                   "\n   AND k.provider_type = 'AWS'"
                   "\n WHERE true");
    sql_write_conditions(sql, &tags->request);
    if (restriction_of(tags, "enabled") == NULL) {
        sql_write(sql, "\n   AND k.enabled");
    }
}

static DbResult *ask(TagsCall *tags, bool *missing)
{
    SqlText sql = sql_new(tags->call.arena, &tags->call.tables, NULL);
    if (tags->key == NULL) {
        sql_write(&sql,
                  "SELECT r.key, COALESCE(bool_or(k.enabled), false), count(DISTINCT r.value),"
                  "\n       to_json((array_agg(DISTINCT r.value))[1:%d])",
                  VALUES_SHOWN);
    } else {
        /* What begins with the text that is looked for comes before what only contains it. */
        const ReportRestriction *value = restriction_of(tags, "value");
        sql_write(&sql, "SELECT r.value");
        sql_write(&sql, ", min(CASE WHEN starts_with(lower(r.value), lower(%s)) THEN 0 ELSE 1 END)",
                  sql_bind(&sql, value != NULL ? value->values[0] : ""));
    }
    write_rows(tags, &sql);
    if (tags->key == NULL) {
        sql_write(&sql, "\n GROUP BY r.key"
                        "\n ORDER BY r.key COLLATE \"C\"");
    } else {
        sql_write(&sql,
                  "\n   AND r.key = %s"
                  "\n GROUP BY r.value"
                  "\n ORDER BY 2, 1",
                  sql_bind(&sql, tags->key));
    }
    return call_query(&tags->call, missing, sql.text->data, sql.parameter_count, sql.parameters);
}

/* "more" stands for the values that are not shown. */
static void write_key(TagsCall *tags, JsonWriter *json, const DbResult *rows, int row)
{
    int64_t more = db_int(rows, row, 2) - VALUES_SHOWN;
    json_begin_object(json);
    json_member_string(json, "key", db_text(rows, row, 0));
    const char *values = db_text(rows, row, 3);
    if (more > 0) {
        values = arena_printf(tags->call.arena, "%.*s,\"%lld more...\"]", (int)strlen(values) - 1,
                              values, (long long)more);
    }
    json_member_raw(json, "values", values);
    json_member_bool(json, "enabled", db_bool(rows, row, 1));
    json_end(json);
}

static void write_answer(TagsCall *tags, const DbResult *rows)
{
    CostCall *call = &tags->call;
    Page page = answer_list_page(&tags->request, rows != NULL ? db_row_count(rows) : 0);
    int64_t first, last;
    page_range(&page, &first, &last);
    JsonWriter json = json_writer(call->response->body);
    json_begin_object(&json);
    answer_list_meta(&json, call->arena, &tags->request, &page);
    page_write_links(&json, call->arena, &page, call->request->path, call->request->query);
    json_write_key(&json, "data");
    json_begin_array(&json);
    for (int64_t i = first; i < last; i++) {
        if (tags->key != NULL || tags->request.key_only) {
            json_write_string(&json, db_text(rows, (int)i, 0));
        } else {
            write_key(tags, &json, rows, (int)i);
        }
    }
    json_end(&json);
    json_end(&json);
}

static void answer(CostCall *call, void *context)
{
    (void)call;
    TagsCall *tags = context;
    bool missing;
    DbResult *rows = key_is_known(tags) && parse(tags) ? ask(tags, &missing) : NULL;
    if (tags->call.response->status == 200) {
        write_answer(tags, rows);
    }
}

static void get_tags(void *context, HttpRequest *request, HttpResponse *response)
{
    TagsCall tags = {0};
    if (call_begin(&tags.call, context, request, response)) {
        cached_answer(&tags.call, answer, &tags);
        call_end(&tags.call);
    }
}

static void get_tag(void *context, HttpRequest *request, HttpResponse *response)
{
    TagsCall tags = {.key = request->path_parameters[0]};
    if (call_begin(&tags.call, context, request, response)) {
        cached_answer(&tags.call, answer, &tags);
        call_end(&tags.call);
    }
}

const HttpRoute TAG_ROUTES[] = {
    {"GET", TAGS_PATH, get_tags},
    {"GET", TAGS_PATH "/{key}", get_tag},
    {NULL, NULL, NULL},
};
