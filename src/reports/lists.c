#include "reports/lists.h"

#include <string.h>

#include "base/json.h"
#include "cost_api/call.h"
#include "cost_api/currency.h"
#include "cost_api/pages.h"
#include "reports/catalogue_aws.h"

#define RESOURCE_TYPES COST_MANAGEMENT_API "/resource-types"

enum { PAGE_DEFAULT = 10, PAGE_MOST = 20000, LIST_MOST = 1000 };

/* A list of what the tenant has: `sql` selects value and a readable name (or NULL), distinct. */
typedef struct ResourceType {
    const char *path;
    const char *value; /* its name in resource-types/ */
    const char *alias; /* what the readable name is called; NULL: there is none */
    const char *sql;
} ResourceType;

static const ResourceType RESOURCES[] = {
    {RESOURCE_TYPES "/aws-accounts", "aws.account", "account_alias",
     "SELECT DISTINCT r.usage_account_id, COALESCE(a.account_alias, r.usage_account_id)"
     "  FROM {schema}.reporting_aws_cost_summary_by_account_p r"
     "  LEFT JOIN {schema}.reporting_awsaccountalias a ON a.id = r.account_alias_id"},
    {RESOURCE_TYPES "/aws-organizational-units", "aws.organizational_unit", NULL,
     "SELECT DISTINCT o.org_unit_id, NULL"
     "  FROM {schema}.reporting_awsorganizationalunit o"
     " WHERE o.deleted_timestamp IS NULL"},
    {RESOURCE_TYPES "/aws-regions", "aws.region", NULL,
     "SELECT DISTINCT r.region, NULL"
     "  FROM {schema}.reporting_aws_cost_summary_by_region_p r"
     " WHERE r.region <> ''"},
    {RESOURCE_TYPES "/aws-services", "aws.service", NULL,
     "SELECT DISTINCT r.product_code, NULL"
     "  FROM {schema}.reporting_aws_cost_summary_by_service_p r"
     " WHERE r.product_code <> ''"},
};

enum { RESOURCE_COUNT = sizeof RESOURCES / sizeof *RESOURCES };

/* Parameters that are none are refused in the shape of this part of the API, a list in a list. */
static bool check_parameters(CostCall *call)
{
    static const char *const KNOWN[] = {"search", "limit", "offset"};
    int count;
    HttpQueryItem *items = http_query_parse(call->arena, call->request->query, &count);
    for (int i = 0; i < count; i++) {
        size_t known = 0;
        while (known < sizeof KNOWN / sizeof *KNOWN && strcmp(KNOWN[known], items[i].name) != 0) {
            known++;
        }
        if (known == sizeof KNOWN / sizeof *KNOWN) {
            call->response->status = 400;
            JsonWriter json = json_writer(call->response->body);
            json_begin_object(&json);
            json_member_raw(&json, items[i].name, "[[\"Unsupported parameter\"]]");
            json_end(&json);
            return false;
        }
    }
    return true;
}

static void begin_list(CostCall *call, JsonWriter *json, const Page *page)
{
    *json = json_writer(call->response->body);
    json_begin_object(json);
    page_write_head(json, call->arena, page, call->request->path, call->request->query);
    json_write_key(json, "data");
    json_begin_array(json);
}

static void end_list(JsonWriter *json)
{
    json_end(json);
    json_end(json);
}

static const ResourceType *resource_of_path(const HttpRequest *request)
{
    const ResourceType *type = RESOURCES;
    while (!call_path_is(request, type->path)) {
        type++;
    }
    return type;
}

static void write_resources(CostCall *call, const ResourceType *type, const DbResult *rows)
{
    Page page = page_of_query(call->arena, call->request->query, PAGE_DEFAULT, PAGE_MOST);
    page.count = rows != NULL ? db_row_count(rows) : 0;
    int64_t first, last;
    page_range(&page, &first, &last);
    JsonWriter json;
    begin_list(call, &json, &page);
    for (int64_t i = first; i < last; i++) {
        json_begin_object(&json);
        if (type->alias != NULL) {
            json_member_string(&json, type->alias, db_text(rows, (int)i, 1));
        }
        json_member_string(&json, "value", db_text(rows, (int)i, 0));
        json_end(&json);
    }
    end_list(&json);
}

static void answer_resources(CostCall *call)
{
    const ResourceType *type = resource_of_path(call->request);
    if (!check_parameters(call)) {
        return;
    }
    const char *sql = arena_printf(call->arena,
                                   "SELECT value, alias"
                                   "  FROM (%s) AS list (value, alias)"
                                   " WHERE $1::text IS NULL"
                                   "    OR strpos(lower(value), lower($1)) > 0"
                                   "    OR strpos(lower(alias), lower($1)) > 0"
                                   " ORDER BY value COLLATE \"C\"",
                                   type->sql);
    bool missing;
    const char *search = call_parameter(call, "search");
    DbResult *rows = call_query(call, &missing, sql, 1, &search);
    if (rows != NULL || missing) {
        write_resources(call, type, rows);
    }
}

static void get_resources(void *context, HttpRequest *request, HttpResponse *response)
{
    CostCall call;
    if (call_begin(&call, context, request, response)) {
        answer_resources(&call);
        call_end(&call);
    }
}

/* How many entries each list has. False when the answer is written already. */
static bool count_resources(CostCall *call, int64_t counts[RESOURCE_COUNT])
{
    for (int i = 0; i < RESOURCE_COUNT; i++) {
        bool missing;
        const char *sql =
            arena_printf(call->arena, "SELECT count(*) FROM (%s) AS list", RESOURCES[i].sql);
        DbResult *rows = call_query(call, &missing, sql, 0, NULL);
        if (rows == NULL && !missing) {
            return false;
        }
        counts[i] = rows != NULL ? db_int(rows, 0, 0) : 0;
    }
    return true;
}

static void answer_resource_types(CostCall *call)
{
    int64_t counts[RESOURCE_COUNT];
    if (!count_resources(call, counts)) {
        return;
    }
    Page page = page_of_query(call->arena, call->request->query, PAGE_DEFAULT, LIST_MOST);
    page.count = RESOURCE_COUNT;
    int64_t first, last;
    page_range(&page, &first, &last);
    JsonWriter json;
    begin_list(call, &json, &page);
    for (int64_t i = first; i < last; i++) {
        json_begin_object(&json);
        json_member_string(&json, "value", RESOURCES[i].value);
        json_member_string(&json, "path", arena_printf(call->arena, "%s/", RESOURCES[i].path));
        json_member_int(&json, "count", counts[i]);
        json_end(&json);
    }
    end_list(&json);
}

static void get_resource_types(void *context, HttpRequest *request, HttpResponse *response)
{
    CostCall call;
    if (call_begin(&call, context, request, response)) {
        answer_resource_types(&call);
        call_end(&call);
    }
}

/* Lists that need no database: the page says how long they are, no more. */
typedef void WriteItem(CostCall *call, JsonWriter *json, int64_t index);

static void write_fixed_list(CostCall *call, int64_t count, WriteItem *write_item)
{
    Page page = page_of_query(call->arena, call->request->query, PAGE_DEFAULT, LIST_MOST);
    page.count = count;
    page.limit = page.limit < count ? page.limit : count;
    int64_t first, last;
    page_range(&page, &first, &last);
    JsonWriter json;
    begin_list(call, &json, &page);
    for (int64_t i = first; i < last; i++) {
        json_begin_object(&json);
        write_item(call, &json, i);
        json_end(&json);
    }
    end_list(&json);
}

/* False when the answer is written already. */
static bool begin_fixed(CostCall *call, HttpRequest *request, HttpResponse *response)
{
    *call = (CostCall){.request = request, .response = response, .arena = request->arena};
    return access_identify(request, response, &call->caller);
}

static void write_cost_type(CostCall *call, JsonWriter *json, int64_t index)
{
    (void)call;
    json_member_string(json, "code", AWS_COST_TYPES[index].name);
    json_member_string(json, "name", AWS_COST_TYPES[index].label);
    json_member_string(json, "description", AWS_COST_TYPES[index].description);
}

static void get_cost_types(void *context, HttpRequest *request, HttpResponse *response)
{
    CostCall call;
    (void)context;
    if (begin_fixed(&call, request, response)) {
        int64_t count = 0;
        while (AWS_COST_TYPES[count].label != NULL) {
            count++;
        }
        write_fixed_list(&call, count, write_cost_type);
    }
}

static void write_currency(CostCall *call, JsonWriter *json, int64_t index)
{
    int count;
    const CurrencyName *name = &currency_names(&count)[index];
    json_member_string(json, "code", name->code);
    json_member_string(json, "name", name->name);
    json_member_string(json, "symbol", name->symbol);
    json_member_string(
        json, "description",
        arena_printf(call->arena, "%s (%s) - %s", name->code, name->symbol, name->name));
}

static void get_currencies(void *context, HttpRequest *request, HttpResponse *response)
{
    CostCall call;
    (void)context;
    if (begin_fixed(&call, request, response)) {
        int count;
        currency_names(&count);
        write_fixed_list(&call, count, write_currency);
    }
}

static const char *const ACCESS_TYPES[] = {"aws",        "azure",    "gcp", "ocp",
                                           "cost_model", "settings", "any"};

enum { ACCESS_TYPE_COUNT = sizeof ACCESS_TYPES / sizeof *ACCESS_TYPES };

/* Who may read costs may do everything so far: the organisation's admins (reports/access.h). */
static void write_access(CostCall *call, JsonWriter *json, int64_t index)
{
    bool may = call->caller.identity.is_org_admin;
    json_member_string(json, "type", ACCESS_TYPES[index]);
    json_member_bool(json, "access", may);
    json_member_bool(json, "write", may);
}

static void write_access_of(CostCall *call, const char *asked)
{
    JsonWriter json = json_writer(call->response->body);
    bool may = call->caller.identity.is_org_admin;
    int i = 0;
    while (i < ACCESS_TYPE_COUNT && strcmp(ACCESS_TYPES[i], asked) != 0) {
        i++;
    }
    if (i == ACCESS_TYPE_COUNT) {
        call->response->status = 400;
        json_begin_array(&json);
        json_write_string(&json, arena_printf(call->arena, "Unknown source type: %s", asked));
    } else {
        json_begin_object(&json);
        json_member_bool(&json, "data", may);
        json_member_bool(&json, "access", may);
        json_member_bool(&json, "write", may);
    }
    json_end(&json);
}

static void get_user_access(void *context, HttpRequest *request, HttpResponse *response)
{
    CostCall call;
    (void)context;
    if (!begin_fixed(&call, request, response)) {
        return;
    }
    const char *asked = call_parameter(&call, "type");
    if (asked != NULL) {
        write_access_of(&call, asked);
    } else {
        write_fixed_list(&call, ACCESS_TYPE_COUNT, write_access);
    }
}

const HttpRoute LIST_ROUTES[] = {
    {"GET", RESOURCE_TYPES, get_resource_types},
    {"GET", RESOURCE_TYPES "/aws-accounts", get_resources},
    {"GET", RESOURCE_TYPES "/aws-organizational-units", get_resources},
    {"GET", RESOURCE_TYPES "/aws-regions", get_resources},
    {"GET", RESOURCE_TYPES "/aws-services", get_resources},
    {"GET", COST_MANAGEMENT_API "/cost-type", get_cost_types},
    {"GET", COST_MANAGEMENT_API "/currency", get_currencies},
    {"GET", COST_MANAGEMENT_API "/user-access", get_user_access},
    {NULL, NULL, NULL},
};
