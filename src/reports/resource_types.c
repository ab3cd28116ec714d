#include "reports/resource_types.h"

#include <string.h>
#include <strings.h>

#include "base/json.h"
#include "cost_api/cached.h"
#include "cost_api/call.h"
#include "cost_api/pages.h"

#define RESOURCE_TYPES COST_MANAGEMENT_API "/resource-types"

enum { PAGE_DEFAULT = 10, PAGE_MOST = 20000, FILTERS_MAX = 4 };

typedef enum ResourceForm {
    RESOURCE_VALUES, /* value, and a readable name or NULL */
    RESOURCE_MODELS, /* the same; $1 are the cost models that the caller may read, NULL: all */
    RESOURCE_KEYS,   /* key, its values as JSON, whether it is enabled */
} ResourceForm;

/* A list of what the tenant has. `sql` selects distinct rows of its form; $1 and so on are the
 * `filters`, NULL when they are not asked for. */
typedef struct ResourceType {
    const char *path;
    const char *value; /* its name in resource-types/; NULL: not listed there */
    const char *summary;
    ResourceForm form;
    const char *alias; /* what the readable name is called; NULL: there is none */
    const char *filters[FILTERS_MAX];
    const char *sql;
    bool of_clusters; /* openshift=true asks for what OpenShift clusters run on */
} ResourceType;

/* clang-format off */
static const ResourceType RESOURCES[] = {
    {RESOURCE_TYPES "/aws-accounts", "aws.account", "AWS accounts",
     RESOURCE_VALUES, "account_alias", {NULL},
     "SELECT DISTINCT r.usage_account_id, COALESCE(a.account_alias, r.usage_account_id)"
     "  FROM {schema}.reporting_aws_cost_summary_by_account_p r"
     "  LEFT JOIN {schema}.reporting_awsaccountalias a ON a.id = r.account_alias_id",
     true},
    {RESOURCE_TYPES "/aws-organizational-units", "aws.organizational_unit",
     "Organizational units of AWS", RESOURCE_VALUES, NULL, {NULL},
     "SELECT DISTINCT o.org_unit_id, NULL"
     "  FROM {schema}.reporting_awsorganizationalunit o"
     " WHERE o.deleted_timestamp IS NULL"
     "   AND o.account_alias_id IS NULL",
     false},
    {RESOURCE_TYPES "/aws-regions", NULL, "AWS regions", RESOURCE_VALUES, NULL, {NULL},
     "SELECT DISTINCT r.region, NULL"
     "  FROM {schema}.reporting_aws_cost_summary_by_region_p r"
     " WHERE r.region <> ''",
     true},
    {RESOURCE_TYPES "/aws-services", NULL, "AWS services", RESOURCE_VALUES, NULL, {NULL},
     "SELECT DISTINCT r.product_code, NULL"
     "  FROM {schema}.reporting_aws_cost_summary_by_service_p r"
     " WHERE r.product_code <> ''",
     true},
    {RESOURCE_TYPES "/aws-ec2-compute-instances", NULL, "EC2 instances",
     RESOURCE_VALUES, "instance_name", {NULL},
     "SELECT r.resource_id, COALESCE(MAX(r.instance_name), r.resource_id)"
     "  FROM {schema}.reporting_awscostentrylineitem_summary_by_ec2_compute_p r"
     " GROUP BY r.resource_id",
     false},
    {RESOURCE_TYPES "/aws-ec2-compute-os", NULL, "Operating systems of EC2 instances",
     RESOURCE_VALUES, NULL, {NULL},
     "SELECT DISTINCT r.operating_system, NULL"
     "  FROM {schema}.reporting_awscostentrylineitem_summary_by_ec2_compute_p r"
     " WHERE r.operating_system <> ''",
     false},
    {RESOURCE_TYPES "/aws-categories", NULL, "AWS cost categories and their values",
     RESOURCE_KEYS, NULL, {"key", "value", "account"},
     "SELECT c.key, to_json(array_agg(DISTINCT v.value COLLATE \"C\"))::text,"
     "       COALESCE(bool_or(k.enabled), false)"
     "  FROM {schema}.reporting_awscategory_summary c"
     " CROSS JOIN unnest(c.values) AS v (value)"
     "  LEFT JOIN {schema}.reporting_awsenabledcategorykeys k ON k.key = c.key"
     "  LEFT JOIN {schema}.reporting_awsaccountalias a ON a.id = c.account_alias_id"
     " WHERE ($1::text IS NULL OR strpos(lower(c.key), lower($1)) > 0)"
     "   AND ($2::text IS NULL OR strpos(lower(v.value), lower($2)) > 0)"
     "   AND ($3::text IS NULL OR strpos(lower(c.usage_account_id), lower($3)) > 0"
     "        OR strpos(lower(a.account_alias), lower($3)) > 0)"
     " GROUP BY c.key",
     true},
    {RESOURCE_TYPES "/cost-models", "cost_model", "Cost models", RESOURCE_MODELS, NULL, {NULL},
     "SELECT m.uuid || ' (' || m.name || ')', NULL"
     "  FROM {schema}.cost_model m"
     " WHERE ($1::text[] IS NULL OR m.uuid::text = ANY ($1::text[]))",
     false},
};
/* clang-format on */

enum { RESOURCE_COUNT = sizeof RESOURCES / sizeof *RESOURCES };

static const ResourceType *resource_of_path(const HttpRequest *request)
{
    const ResourceType *type = RESOURCES;
    while (!call_path_is(request, type->path)) {
        type++;
    }
    return type;
}

static bool is_known(const ResourceType *type, const char *name)
{
    if (strcmp(name, "limit") == 0 || strcmp(name, "offset") == 0) {
        return true;
    }
    if (strcmp(name, "search") == 0) {
        return type->form != RESOURCE_MODELS;
    }
    for (int i = 0; i < FILTERS_MAX && type->filters[i] != NULL; i++) {
        if (strcmp(type->filters[i], name) == 0) {
            return true;
        }
    }
    return (type->form == RESOURCE_KEYS && strcmp(name, "key_only") == 0) ||
           (type->of_clusters && strcmp(name, "openshift") == 0);
}

static bool is_true(const CostCall *call, const char *name)
{
    const char *value = call_parameter(call, name);
    return value != NULL && strcasecmp(value, "true") == 0;
}

/* Parameters that are none are refused in the shape of this part of the API, a list in a list. */
static bool check_parameters(CostCall *call, const ResourceType *type)
{
    int count;
    HttpQueryItem *items = http_query_parse(call->arena, call->request->query, &count);
    for (int i = 0; i < count; i++) {
        if (!is_known(type, items[i].name)) {
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

/* The parameters of the type's SQL; returns how many. */
static int list_parameters(const CostCall *call, const ResourceType *type,
                           const char *parameters[FILTERS_MAX])
{
    int count = 0;
    if (type->form == RESOURCE_MODELS) {
        parameters[count++] =
            grant_uuids(call->arena, &call->caller.rights->read[RESOURCE_COST_MODEL]);
    }
    for (int i = 0; i < FILTERS_MAX && type->filters[i] != NULL; i++) {
        parameters[count++] = call_parameter(call, type->filters[i]);
    }
    return count;
}

static void write_item(JsonWriter *json, const ResourceType *type, bool key_only,
                       const DbResult *rows, int row)
{
    if (key_only) {
        json_write_string(json, db_text(rows, row, 0));
        return;
    }
    json_begin_object(json);
    if (type->form == RESOURCE_KEYS) {
        json_member_string(json, "key", db_text(rows, row, 0));
        json_member_raw(json, "values", db_text(rows, row, 1));
        json_member_bool(json, "enabled", db_bool(rows, row, 2));
    } else {
        if (type->alias != NULL) {
            json_member_string(json, type->alias, db_text(rows, row, 1));
        }
        json_member_string(json, "value", db_text(rows, row, 0));
    }
    json_end(json);
}

static void write_list(CostCall *call, const ResourceType *type, const DbResult *rows)
{
    bool key_only = is_true(call, "key_only");
    Page page = page_of_query(call->arena, call->request->query, PAGE_DEFAULT, PAGE_MOST);
    page.count = rows != NULL ? db_row_count(rows) : 0;
    int64_t first, last;
    JsonWriter json = call_begin_list(call, &page, &first, &last);
    for (int64_t i = first; i < last; i++) {
        write_item(&json, type, key_only, rows, (int)i);
    }
    json_end(&json);
    json_end(&json);
}

static void answer_list(CostCall *call, void *context)
{
    (void)context;
    const ResourceType *type = resource_of_path(call->request);
    if (!check_parameters(call, type)) {
        return;
    }
    if (is_true(call, "openshift")) { /* whose reports are not read: there is none */
        write_list(call, type, NULL);
        return;
    }
    const char *parameters[FILTERS_MAX + 1];
    int count = list_parameters(call, type, parameters);
    parameters[count++] = call_parameter(call, "search");
    const char *name = type->form == RESOURCE_KEYS ? "list.value" : "list.alias";
    const char *sql = arena_printf(call->arena,
                                   "SELECT * FROM (%s) AS list (value, alias)"
                                   " WHERE $%d::text IS NULL"
                                   "    OR strpos(lower(list.value), lower($%d)) > 0"
                                   "    OR strpos(lower(%s), lower($%d)) > 0"
                                   " ORDER BY list.value COLLATE \"C\"",
                                   type->sql, count, count, name, count);
    bool missing;
    DbResult *rows = call_query(call, &missing, sql, count, parameters);
    if (rows != NULL || missing) {
        write_list(call, type, rows);
    }
}

static void get_list(void *context, HttpRequest *request, HttpResponse *response)
{
    CostCall call;
    if (call_begin(&call, context, request, response)) {
        cached_answer(&call, answer_list, NULL);
        call_end(&call);
    }
}

/* How many entries the list has, or -1 when the answer is written already. */
static int64_t count_entries(CostCall *call, const ResourceType *type)
{
    bool missing;
    const char *sql = arena_printf(call->arena, "SELECT count(*) FROM (%s) AS list", type->sql);
    const char *parameters[FILTERS_MAX];
    int count = list_parameters(call, type, parameters);
    DbResult *rows = call_query(call, &missing, sql, count, parameters);
    return rows != NULL ? db_int(rows, 0, 0) : missing ? 0 : -1;
}

/* The types by which access can be given, in one fixed list. */
static void answer_types(CostCall *call, void *context)
{
    (void)context;
    Buffer *data = buffer_new(call->arena);
    JsonWriter json = json_writer(data);
    Page page = page_of_query(call->arena, call->request->query, PAGE_DEFAULT, PAGE_MOST);
    json_begin_array(&json);
    for (int i = 0; i < RESOURCE_COUNT; i++) {
        const ResourceType *type = &RESOURCES[i];
        if (type->value == NULL || page.count++ < page.offset ||
            page.count > page.offset + page.limit) {
            continue;
        }
        int64_t entries = count_entries(call, type);
        if (entries < 0) {
            return;
        }
        json_begin_object(&json);
        json_member_string(&json, "value", type->value);
        json_member_string(&json, "path", arena_printf(call->arena, "%s/", type->path));
        json_member_int(&json, "count", entries);
        json_end(&json);
    }
    if (page.count++ >= page.offset && page.count <= page.offset + page.limit) {
        json_begin_object(&json);
        json_member_string(&json, "value", "settings");
        json_member_int(&json, "count", 1);
        json_end(&json);
    }
    json_end(&json);
    json = json_writer(call->response->body);
    json_begin_object(&json);
    page_write_head(&json, call->arena, &page, call->request->path, call->request->query);
    json_member_raw(&json, "data", data->data);
    json_end(&json);
}

static void get_types(void *context, HttpRequest *request, HttpResponse *response)
{
    CostCall call;
    if (call_begin(&call, context, request, response)) {
        cached_answer(&call, answer_types, NULL);
        call_end(&call);
    }
}

static json_t *reference(const char *to)
{
    return json_pack("{s:s}", "$ref", to);
}

/* What openapi.json tells of one list; NULL: of the list of lists. */
static json_t *describe(const ResourceType *type)
{
    json_t *parameters = json_pack("[o, o]", reference("#/components/parameters/Limit"),
                                   reference("#/components/parameters/Offset"));
    json_t *responses =
        json_pack("{s:{s:s, s:{s:{s:o}}}, s:o}", "200", "description", "The list", "content",
                  "application/json", "schema", reference("#/components/schemas/ResourceList"),
                  "304", reference("#/components/responses/Unchanged"));
    if (type != NULL) {
        json_array_append_new(parameters, reference("#/components/parameters/Search"));
        json_object_set_new(responses, "400", reference("#/components/responses/Invalid"));
    }
    for (int i = 0; type != NULL && i < FILTERS_MAX && type->filters[i] != NULL; i++) {
        json_array_append_new(parameters, json_pack("{s:s, s:s, s:{s:s}}", "name", type->filters[i],
                                                    "in", "query", "schema", "type", "string"));
    }
    if (type != NULL && type->of_clusters) {
        json_array_append_new(parameters, json_pack("{s:s, s:s, s:{}}", "name", "openshift", "in",
                                                    "query", "schema"));
    }
    if (type != NULL && type->form == RESOURCE_KEYS) {
        json_array_append_new(
            parameters, json_pack("{s:s, s:s, s:{}}", "name", "key_only", "in", "query", "schema"));
    }
    return json_pack("{s:{s:s, s:[s], s:o, s:o}}", "get", "summary",
                     type != NULL ? type->summary : "The lists of resources", "tags",
                     "Resource types", "parameters", parameters, "responses", responses);
}

static const char RESOURCE_LIST[] =
    "{\"schemas\": {\"ResourceList\": {\"type\": \"object\","
    " \"required\": [\"meta\", \"links\", \"data\"], \"properties\": {"
    " \"meta\": {\"$ref\": \"#/components/schemas/ListMeta\"},"
    " \"links\": {\"$ref\": \"#/components/schemas/Links\"},"
    " \"data\": {\"type\": \"array\", \"items\": {\"oneOf\": [{\"type\": \"object\"},"
    " {\"type\": \"string\"}]}}}}}}";

void resource_types_add(CostApi *api)
{
    json_t *paths = json_pack("{s:o}", "/resource-types/", describe(NULL));
    cost_api_add(api, (const HttpRoute[]){{"GET", RESOURCE_TYPES, get_types}, {NULL, NULL, NULL}});
    for (int i = 0; i < RESOURCE_COUNT; i++) {
        char path[128];
        snprintf(path, sizeof path, "%s/", RESOURCES[i].path + strlen(COST_MANAGEMENT_API));
        json_object_set_new(paths, path, describe(&RESOURCES[i]));
        cost_api_add(api,
                     (const HttpRoute[]){{"GET", RESOURCES[i].path, get_list}, {NULL, NULL, NULL}});
    }
    json_t *components = json_loads(RESOURCE_LIST, 0, NULL);
    cost_api_describe_tree(api, json_pack("{s:o, s:o}", "paths", paths, "components", components));
}
