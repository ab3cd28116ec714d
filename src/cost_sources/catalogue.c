#include <string.h>
#include <strings.h>

#include "cost_sources/cost_sources.h"
#include "cost_sources/item.h"

/* Cost management's own application type in this face's ids; there is no other. */
static const char APPLICATION_TYPE_ID[] = "0";
static const char APPLICATION_TYPE[] = "/insights/platform/cost-management";

static void begin(JsonWriter *json, HttpResponse *response, int count)
{
    *json = json_writer(response->body);
    json_begin_object(json);
    json_write_key(json, "meta");
    json_begin_object(json);
    json_member_int(json, "count", count);
    json_end(json);
    json_write_key(json, "data");
    json_begin_array(json);
}

static void end(JsonWriter *json)
{
    json_end(json);
    json_end(json);
}

/* Does a filter, if it is given by one of its names, name this? */
static bool wanted(HttpRequest *request, const char *field, const char *value)
{
    int count;
    HttpQueryItem *items = http_query_parse(request->arena, request->query, &count);
    const char *filter = arena_printf(request->arena, "filter[%s]", field);
    const char *equal = arena_printf(request->arena, "filter[%s][eq]", field);
    for (int i = 0; i < count; i++) {
        bool named = strcmp(items[i].name, field) == 0 || strcmp(items[i].name, filter) == 0 ||
                     strcmp(items[i].name, equal) == 0;
        if (named && strcmp(items[i].value, value) != 0) {
            return false;
        }
    }
    return true;
}

static void get_source_types(void *context, HttpRequest *request, HttpResponse *response)
{
    static const char *const ORDER[] = {"1", "2", "3", "4"};
    bool shown[4];
    int count = 0;
    JsonWriter json;
    (void)context;
    for (int i = 0; i < 4; i++) {
        shown[i] = wanted(request, "name", kind_of_id(ORDER[i])->type);
        count += shown[i];
    }
    begin(&json, response, count);
    for (int i = 0; i < 4; i++) {
        if (shown[i]) {
            json_begin_object(&json);
            json_member_string(&json, "id", ORDER[i]);
            json_member_string(&json, "name", kind_of_id(ORDER[i])->type);
            json_end(&json);
        }
    }
    end(&json);
}

static void get_application_types(void *context, HttpRequest *request, HttpResponse *response)
{
    bool shown = wanted(request, "name", APPLICATION_TYPE);
    JsonWriter json;
    (void)context;
    begin(&json, response, shown);
    if (shown) {
        json_begin_object(&json);
        json_member_string(&json, "id", APPLICATION_TYPE_ID);
        json_member_string(&json, "name", APPLICATION_TYPE);
        json_end(&json);
    }
    end(&json);
}

/* This face has one application a source, and calls it by the source's id. */
static void write_application(JsonWriter *json, const char *source_id)
{
    json_begin_object(json);
    json_member_string(json, "id", source_id);
    json_member_string(json, "source_id", source_id);
    json_member_string(json, "application_type_id", APPLICATION_TYPE_ID);
    json_end(json);
}

static void answer_applications(CostCall *call)
{
    SourceItem *items;
    int count, shown = 0;
    JsonWriter json;
    if (!items_read(call, NULL, &items, &count)) {
        return;
    }
    for (int i = 0; i < count; i++) {
        if (items[i].row.application_id != NULL &&
            wanted(call->request, "source_id", items[i].row.id) &&
            wanted(call->request, "application_type_id", APPLICATION_TYPE_ID)) {
            items[shown++] = items[i];
        }
    }
    begin(&json, call->response, shown);
    for (int i = 0; i < shown; i++) {
        write_application(&json, items[i].row.id);
    }
    end(&json);
}

/* Sources made on this face have their application: nothing is left to do but to say so. */
static void answer_application_made(CostCall *call)
{
    json_t *document = call_body(call);
    if (document == NULL) {
        return;
    }
    Faults *faults = faults_new(call->arena);
    Fields body = {call->arena, faults, document, ""};
    const char *id = fields_text(&body, "source_id", 64, FIELD_REQUIRED);
    const char *type = fields_text(&body, "application_type_id", 64, FIELD_REQUIRED);
    SourceItem *items = NULL;
    int count = 0;
    if (type != NULL && strcmp(type, APPLICATION_TYPE_ID) != 0) {
        fields_fault(&body, "application_type_id", "\"%s\" is not a valid choice.", type);
    }
    if (id != NULL && !items_read(call, id, &items, &count)) {
        return;
    }
    if (id != NULL && (count == 0 || items[0].row.application_id == NULL)) {
        fields_fault(&body, "source_id", "There is no source %s with cost management.", id);
    }
    if (faults_any(faults)) {
        faults_answer(faults, call->response);
        return;
    }
    JsonWriter json = json_writer(call->response->body);
    write_application(&json, items[0].row.id);
    call->response->status = 201;
}

CALL_HANDLER(get_applications, answer_applications)
CALL_HANDLER(post_application, answer_application_made)

const HttpRoute SOURCE_CATALOGUE_ROUTES[] = {
    {"GET", COST_MANAGEMENT_API "/source_types", get_source_types},
    {"GET", COST_MANAGEMENT_API "/application_types", get_application_types},
    {"GET", COST_MANAGEMENT_API "/applications", get_applications},
    {"POST", COST_MANAGEMENT_API "/applications", post_application},
    {NULL, NULL, NULL},
};
