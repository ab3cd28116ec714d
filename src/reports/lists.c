#include "reports/lists.h"

#include <string.h>
#include <strings.h>

#include "base/json.h"
#include "cost_api/call.h"
#include "cost_api/pages.h"
#include "reports/catalogue_aws.h"

enum { PAGE_DEFAULT = 10, LIST_MOST = 1000 };

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

/* Lists that need no database: the page says how long they are, no more. */
typedef void WriteItem(CostCall *call, JsonWriter *json, int64_t index);

static void write_fixed_list(CostCall *call, int64_t count, WriteItem *write_item)
{
    Page page = page_of_query(call->arena, call->request->query, PAGE_DEFAULT, LIST_MOST);
    page.count = count;
    page_of_known_list(&page);
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

#define RESOURCES_GCP (RESOURCE_BIT(RESOURCE_GCP_ACCOUNT) | RESOURCE_BIT(RESOURCE_GCP_PROJECT))
#define RESOURCES_OPENSHIFT                                                                        \
    (RESOURCE_BIT(RESOURCE_OPENSHIFT_CLUSTER) | RESOURCE_BIT(RESOURCE_OPENSHIFT_NODE) |            \
     RESOURCE_BIT(RESOURCE_OPENSHIFT_PROJECT))

/* What user-access tells of ("any": costs of any provider): names and the resources that each is
 * about. */
static const struct {
    const char *name;
    unsigned resources;
} ACCESS_TYPES[] = {
    {"aws", RESOURCES_AWS},
    {"azure", RESOURCE_BIT(RESOURCE_AZURE_SUBSCRIPTION)},
    {"gcp", RESOURCES_GCP},
    {"ocp", RESOURCES_OPENSHIFT},
    {"cost_model", RESOURCE_BIT(RESOURCE_COST_MODEL)},
    {"settings", RESOURCE_BIT(RESOURCE_SETTINGS)},
    {"any", RESOURCES_AWS | RESOURCE_BIT(RESOURCE_AZURE_SUBSCRIPTION) | RESOURCES_GCP |
                RESOURCES_OPENSHIFT},
};

enum { ACCESS_TYPE_COUNT = sizeof ACCESS_TYPES / sizeof *ACCESS_TYPES };

static bool any_grant(const Grant *grants, unsigned resources)
{
    for (int i = 0; i < RESOURCE_KINDS; i++) {
        if ((resources & RESOURCE_BIT(i)) != 0 && grant_any(&grants[i])) {
            return true;
        }
    }
    return false;
}

static void write_access_members(CostCall *call, JsonWriter *json, int64_t index)
{
    const Rights *rights = call->caller.rights;
    unsigned resources = ACCESS_TYPES[index].resources;
    json_member_bool(json, "access", any_grant(rights->read, resources));
    json_member_bool(json, "write", any_grant(rights->write, resources));
}

static void write_access(CostCall *call, JsonWriter *json, int64_t index)
{
    json_member_string(json, "type", ACCESS_TYPES[index].name);
    write_access_members(call, json, index);
}

static void write_access_of(CostCall *call, const char *asked)
{
    JsonWriter json = json_writer(call->response->body);
    int i = 0;
    while (i < ACCESS_TYPE_COUNT && strcasecmp(ACCESS_TYPES[i].name, asked) != 0) {
        i++;
    }
    if (i == ACCESS_TYPE_COUNT) {
        call->response->status = 400;
        json_begin_array(&json);
        json_write_string(&json, arena_printf(call->arena, "Unknown source type: %s", asked));
    } else {
        json_begin_object(&json);
        json_member_bool(&json, "data",
                         any_grant(call->caller.rights->read, ACCESS_TYPES[i].resources));
        write_access_members(call, &json, i);
    }
    json_end(&json);
}

/* All of them, whatever page is asked for: those who ask want to know all. */
static void write_whole_list(CostCall *call)
{
    Page page = page_of_query(call->arena, call->request->query, PAGE_DEFAULT, LIST_MOST);
    page.count = ACCESS_TYPE_COUNT;
    JsonWriter json;
    begin_list(call, &json, &page);
    for (int i = 0; i < ACCESS_TYPE_COUNT; i++) {
        json_begin_object(&json);
        write_access(call, &json, i);
        json_end(&json);
    }
    end_list(&json);
}

/* What beta=true asks for is told on the pages of a preview only. */
static bool may_see_beta(const CostCall *call)
{
    const char *beta = call_parameter(call, "beta");
    const char *page = http_request_header(call->request, "Referer");
    return beta == NULL || strcasecmp(beta, "true") != 0 ||
           (page != NULL && (strstr(page, "beta") != NULL || strstr(page, "preview") != NULL));
}

/* Also for those who may do nothing: that is what they are told. */
static void get_user_access(void *context, HttpRequest *request, HttpResponse *response)
{
    CostCall call;
    (void)context;
    if (!begin_fixed(&call, request, response) || !access_rights(request, response, &call.caller)) {
        return;
    }
    const char *asked = call_parameter(&call, "type");
    if (!may_see_beta(&call)) {
        JsonWriter json = json_writer(response->body);
        json_begin_object(&json);
        json_member_bool(&json, "data", false);
        json_end(&json);
    } else if (asked != NULL && *asked != '\0') {
        write_access_of(&call, asked);
    } else {
        write_whole_list(&call);
    }
}

/* Regions in which buckets can lie. */
static const char *const S3_REGIONS[] = {
    "af-south-1",     "ap-east-1",      "ap-east-2",      "ap-northeast-1", "ap-northeast-2",
    "ap-northeast-3", "ap-south-1",     "ap-south-2",     "ap-southeast-1", "ap-southeast-2",
    "ap-southeast-3", "ap-southeast-4", "ap-southeast-5", "ap-southeast-6", "ap-southeast-7",
    "ca-central-1",   "ca-west-1",      "eu-central-1",   "eu-central-2",   "eu-north-1",
    "eu-south-1",     "eu-south-2",     "eu-west-1",      "eu-west-2",      "eu-west-3",
    "il-central-1",   "me-central-1",   "me-south-1",     "mx-central-1",   "sa-east-1",
    "us-east-1",      "us-east-2",      "us-west-1",      "us-west-2",
};

static void get_s3_regions(void *context, HttpRequest *request, HttpResponse *response)
{
    CostCall call;
    (void)context;
    if (!begin_fixed(&call, request, response)) {
        return;
    }
    Page page = page_of_query(call.arena, request->query, PAGE_DEFAULT, LIST_MOST);
    page.count = sizeof S3_REGIONS / sizeof *S3_REGIONS;
    page_of_known_list(&page);
    int64_t first, last;
    page_range(&page, &first, &last);
    JsonWriter json;
    begin_list(&call, &json, &page);
    for (int64_t i = first; i < last; i++) {
        json_write_string(&json, S3_REGIONS[i]);
    }
    end_list(&json);
}

static const HttpRoute LIST_ROUTES[] = {
    {"GET", COST_MANAGEMENT_API "/cost-type", get_cost_types},
    {"GET", COST_MANAGEMENT_API "/user-access", get_user_access},
    {"GET", COST_MANAGEMENT_API "/sources/aws-s3-regions", get_s3_regions},
    {NULL, NULL, NULL},
};

void lists_add(CostApi *api)
{
    cost_api_add(api, LIST_ROUTES);
}
