#include "sources/change.h"

#include <string.h>

#include "cost_sources/cost_sources.h"
#include "cost_sources/item.h"
#include "providers/wish.h"

#define COST_MANAGEMENT "/insights/platform/cost-management"

enum { NAME_MOST = 256, REF_MOST = 256 };

/* What a body asks for. */
typedef struct Wanted {
    const SourceKind *kind;
    const char *name; /* NULL: as it is */
    const char *source_ref;
    bool has_authentication;
    KindCredentials credentials;
    const json_t *data_source; /* NULL: as it is */
    bool has_paused;
    bool paused;
} Wanted;

/* Trees for bodies, freed with the request. */
static json_t *kept(CostCall *call, json_t *tree)
{
    arena_on_free(call->arena, (void (*)(void *))json_decref, tree);
    return tree;
}

static void read_data_source(const Fields *body, Wanted *wanted, unsigned flags)
{
    bool needed = wanted->kind->data[0] != NULL;
    const json_t *object = fields_object(body, "billing_source", needed ? flags : 0);
    if (object == NULL) {
        return;
    }
    Fields billing = fields_of(body, "billing_source", object);
    wanted->data_source = fields_object(&billing, "data_source", needed ? FIELD_REQUIRED : 0);
    if (wanted->data_source == NULL) {
        return;
    }
    Fields data = fields_of(&billing, "data_source", wanted->data_source);
    for (int i = 0; i < 3 && wanted->kind->data[i] != NULL; i++) {
        if (!fields_has(&data, wanted->kind->data[i])) {
            fields_fault(&data, wanted->kind->data[i], "This field is required.");
        }
    }
}

static void read_authentication(const Fields *body, Wanted *wanted, unsigned flags)
{
    bool needed =
        strcmp(wanted->kind->name, "Azure") == 0 || strcmp(wanted->kind->name, "GCP") == 0;
    const json_t *object = fields_object(body, "authentication", needed ? flags : 0);
    if (object == NULL) {
        return;
    }
    Fields authentication = fields_of(body, "authentication", object);
    wanted->has_authentication = true;
    kind_read_credentials(wanted->kind, &authentication, &wanted->credentials);
    /* A cluster's id may stand among its credentials. */
    const char *cluster = json_get_string(json_object_get(object, "credentials"), "cluster_id");
    if (wanted->source_ref == NULL && strcmp(wanted->kind->name, "OCP") == 0) {
        wanted->source_ref = cluster;
    }
}

/* What may stand in the body of a new source and in that of a change. */
static void read_common(const Fields *body, Wanted *wanted, unsigned flags)
{
    wanted->name = fields_text(body, "name", NAME_MOST, flags);
    wanted->source_ref = fields_text(body, "source_ref", REF_MOST, 0);
    wanted->has_paused = fields_has(body, "paused");
    fields_bool(body, "paused", &wanted->paused);
    read_authentication(body, wanted, flags);
    read_data_source(body, wanted, flags);
}

static const SourceKind *read_kind(const Fields *body)
{
    const char *id = fields_text(body, "source_type_id", NAME_MOST, 0);
    const char *name = fields_text(body, "source_type", NAME_MOST, 0);
    const SourceKind *kind = id != NULL ? kind_of_id(id) : name != NULL ? kind_of_name(name) : NULL;
    if (kind == NULL && (id != NULL || name != NULL)) {
        fields_fault(
            body, id != NULL ? "source_type_id" : "source_type",
            "\"%s\" is not a valid choice: there are 1 (OCP), 2 (AWS), 3 (Azure), 4 (GCP).",
            id != NULL ? id : name);
    } else if (kind == NULL) {
        fields_fault(body, "source_type", "This field is required.");
    }
    return kind;
}

/* A cluster is one source. False when the answer is written already. */
static bool check_cluster(CostCall *call, const Fields *body, const Wanted *wanted,
                          const char *own_id)
{
    SourceItem *items;
    int count;
    if (strcmp(wanted->kind->name, "OCP") != 0 || wanted->source_ref == NULL) {
        return true;
    }
    if (!items_read(call, NULL, &items, &count)) {
        return false;
    }
    for (int i = 0; i < count; i++) {
        const char *ref = items[i].row.source_ref;
        if (items[i].kind == wanted->kind && ref != NULL && strcmp(ref, wanted->source_ref) == 0 &&
            (own_id == NULL || strcmp(items[i].row.id, own_id) != 0)) {
            fields_fault(body, "source_ref", "A source with this cluster id exists already.");
        }
    }
    return true;
}

/* The application's settings: the data source, the credentials among them that were there, and
 * Azure's subscription. */
static json_t *settings_of(CostCall *call, const Wanted *wanted, const CostSource *row)
{
    Error ignored = {0};
    json_t *settings = kept(call, json_object()), *former = NULL, *value;
    const char *name;
    if (row != NULL && row->extra != NULL) {
        former = json_parse(call->arena, row->extra, strlen(row->extra), &ignored);
    }
    json_object_foreach (former, name, value) {
        if (wanted->data_source == NULL || wish_is_credential(name)) {
            json_object_set(settings, name, value);
        }
    }
    json_object_update(settings, (json_t *)wanted->data_source);
    if (wanted->credentials.subscription_id != NULL) {
        json_object_set_new(settings, "subscription_id",
                            json_string(wanted->credentials.subscription_id));
    }
    return settings;
}

static json_t *authentication_of(CostCall *call, const KindCredentials *credentials)
{
    json_t *body =
        kept(call, json_pack("{s:s, s:s*, s:s*}", "authtype", credentials->authtype, "username",
                             credentials->username, "password", credentials->password));
    if (credentials->extra != NULL) {
        json_object_set(body, "extra", (json_t *)credentials->extra);
    }
    return body;
}

/* Answers what the Sources API did not want. */
static void answer_refusal(CostCall *call, const SourcesAnswer *answer)
{
    int status = answer->status == 401 || answer->status == 405 ? 403 : answer->status;
    const char *source = strstr(answer->detail, "name already exists") != NULL ? "name" : "detail";
    access_write_error(call->response, status, source, answer->detail);
}

static void answer_item(CostCall *call, const char *id, int status)
{
    SourceItem *items;
    int count;
    if (items_read(call, id, &items, &count) && count > 0) {
        JsonWriter json = json_writer(call->response->body);
        item_write(call, &json, &items[0]);
        call->response->status = status;
    }
}

/* Ends a change whose last step was answered by `answer`. */
static bool end_change(CostCall *call, SourcesChange *change, bool done,
                       const SourcesAnswer *answer)
{
    Error error = {0};
    if (sources_change_end(change, done, &error)) {
        return true;
    }
    if (error.code != ERROR_NONE) {
        access_write_failure(call->response, &error);
    } else {
        answer_refusal(call, answer);
    }
    return false;
}

static SourcesChange *begin_change(CostCall *call)
{
    Error error = {0};
    SourcesChange *change = sources_change_begin(call->context->sources_api, call->request, &error);
    if (change == NULL) {
        access_write_failure(call->response, &error);
    }
    return change;
}

static json_t *creation(CostCall *call, const Wanted *wanted)
{
    json_t *body =
        kept(call, json_pack("{s:[{s:s, s:s, s:s*}], s:[{s:s, s:s, s:O}]}", "sources", "name",
                             wanted->name, "source_type_name", wanted->kind->type, "source_ref",
                             wanted->source_ref, "applications", "source_name", wanted->name,
                             "application_type_name", COST_MANAGEMENT, "extra",
                             settings_of(call, wanted, NULL)));
    if (wanted->credentials.authtype != NULL) {
        json_t *authentication = authentication_of(call, &wanted->credentials);
        json_object_set_new(authentication, "resource_type", json_string("application"));
        json_object_set_new(authentication, "resource_name", json_string(COST_MANAGEMENT));
        json_object_set_new(body, "authentications", json_pack("[O]", authentication));
    }
    return body;
}

static void create(CostCall *call, const Wanted *wanted)
{
    SourcesAnswer answer = {0};
    SourcesChange *change = begin_change(call);
    if (change == NULL) {
        return;
    }
    bool done = sources_change_do(change, "POST", "/bulk_create", creation(call, wanted), &answer);
    const json_t *made = json_array_get(json_object_get(answer.body, "sources"), 0);
    const char *id = done ? json_get_string(made, "id") : NULL;
    if (id != NULL && wanted->paused) {
        done = sources_change_do(change, "POST", arena_printf(call->arena, "/sources/%s/pause", id),
                                 NULL, &answer);
    }
    if (end_change(call, change, done && id != NULL, &answer)) {
        answer_item(call, id, 201);
    }
}

static void answer_create(CostCall *call)
{
    json_t *document = call_body(call);
    if (document == NULL) {
        return;
    }
    Faults *faults = faults_new(call->arena);
    Fields body = {call->arena, faults, document, ""};
    Wanted wanted = {.kind = read_kind(&body)};
    if (wanted.kind == NULL) {
        fields_text(&body, "name", NAME_MOST, FIELD_REQUIRED);
    } else {
        read_common(&body, &wanted, FIELD_REQUIRED);
        if (strcmp(wanted.kind->name, "OCP") == 0 && wanted.source_ref == NULL) {
            fields_fault(&body, "source_ref", "This field is required: it is the cluster's id.");
        }
        if (!check_cluster(call, &body, &wanted, NULL)) {
            return;
        }
    }
    if (faults_any(faults)) {
        faults_answer(faults, call->response);
    } else {
        create(call, &wanted);
    }
}

/* One step of a change after another, as long as they succeed. */
typedef struct Steps {
    CostCall *call;
    SourcesChange *change;
    SourcesAnswer answer;
    bool done;
} Steps;

/* `id` stands behind the path. */
static void step(Steps *steps, const char *method, const json_t *body, const char *path,
                 const char *id)
{
    if (steps->done) {
        steps->done = sources_change_do(steps->change, method,
                                        arena_printf(steps->call->arena, "%s%s", path, id), body,
                                        &steps->answer);
    }
}

static void pause_step(Steps *steps, const char *id, bool pause)
{
    step(steps, "POST", NULL, "/sources/",
         arena_printf(steps->call->arena, "%s/%s", id, pause ? "pause" : "unpause"));
}

static void name_step(Steps *steps, const SourceItem *item, const Wanted *wanted)
{
    json_t *body = kept(steps->call, json_pack("{s:s*, s:s*}", "name", wanted->name, "source_ref",
                                               wanted->source_ref));
    if (json_object_size(body) > 0) {
        step(steps, "PATCH", body, "/sources/", item->row.id);
    }
}

/* A source without an application gets one. */
static void application_step(Steps *steps, const SourceItem *item, const Wanted *wanted)
{
    const CostSource *row = &item->row;
    bool same = wanted->data_source == NULL && wanted->credentials.subscription_id == NULL;
    json_t *settings = settings_of(steps->call, wanted, row);
    if (row->application_id != NULL && !same) {
        step(steps, "PATCH", kept(steps->call, json_pack("{s:O}", "extra", settings)),
             "/applications/", row->application_id);
    } else if (row->application_id == NULL && (!same || wanted->has_authentication)) {
        const json_t *types;
        step(steps, "GET", NULL, "/application_types", "");
        types = json_object_get(steps->answer.body, "data");
        const char *type = NULL;
        size_t index;
        json_t *entry;
        json_array_foreach (types, index, entry) {
            const char *name = json_get_string(entry, "name");
            type = name != NULL && strcmp(name, COST_MANAGEMENT) == 0 ? json_get_string(entry, "id")
                                                                      : type;
        }
        json_t *body = kept(steps->call, json_pack("{s:s, s:s*, s:O}", "source_id", row->id,
                                                   "application_type_id", type, "extra", settings));
        step(steps, "POST", body, "/applications", "");
    }
}

static void authentication_step(Steps *steps, const SourceItem *item, const Wanted *wanted)
{
    const CostSource *row = &item->row;
    if (wanted->credentials.authtype == NULL) {
        return;
    }
    json_t *body = authentication_of(steps->call, &wanted->credentials);
    if (row->authentication_id != NULL) {
        step(steps, "DELETE", NULL, "/authentications/", row->authentication_id);
    }
    const char *application = row->application_id;
    if (application == NULL && steps->done) {
        application = json_get_string(steps->answer.body, "id");
    }
    json_object_set_new(body, "resource_type", json_string("Application"));
    json_object_set_new(body, "resource_id", json_string(application != NULL ? application : ""));
    step(steps, "POST", body, "/authentications", "");
}

static void change_source(CostCall *call, const SourceItem *item, const Wanted *wanted)
{
    Steps steps = {.call = call, .change = begin_change(call), .done = true};
    if (steps.change == NULL) {
        return;
    }
    /* A paused source takes no changes: it is woken first, and put to sleep last. */
    if (wanted->has_paused && !wanted->paused) {
        pause_step(&steps, item->row.id, false);
    }
    name_step(&steps, item, wanted);
    application_step(&steps, item, wanted);
    authentication_step(&steps, item, wanted);
    if (wanted->has_paused && wanted->paused) {
        pause_step(&steps, item->row.id, true);
    }
    if (end_change(call, steps.change, steps.done, &steps.answer)) {
        answer_item(call, item->row.id, 200);
    }
}

static void answer_change(CostCall *call)
{
    const SourceItem *item = item_of_path(call);
    json_t *document = item != NULL ? call_body(call) : NULL;
    if (document == NULL) {
        return;
    }
    Faults *faults = faults_new(call->arena);
    Fields body = {call->arena, faults, document, ""};
    Wanted wanted = {.kind = item->kind};
    if (fields_has(&body, "source_type") || fields_has(&body, "source_type_id")) {
        const SourceKind *kind = read_kind(&body);
        if (kind != NULL && kind != item->kind) {
            fields_fault(&body, "source_type", "The type of a source can't be changed.");
        }
    }
    read_common(&body, &wanted, 0);
    if (!check_cluster(call, &body, &wanted, item->row.id)) {
        return;
    }
    if (faults_any(faults)) {
        faults_answer(faults, call->response);
    } else {
        change_source(call, item, &wanted);
    }
}

static void answer_delete(CostCall *call)
{
    const SourceItem *item = item_of_path(call);
    SourcesChange *change = item != NULL ? begin_change(call) : NULL;
    SourcesAnswer answer;
    if (change == NULL) {
        return;
    }
    bool done = sources_change_do(
        change, "DELETE", arena_printf(call->arena, "/sources/%s", item->row.id), NULL, &answer);
    if (end_change(call, change, done, &answer)) {
        call->response->status = 204;
    }
}

CALL_HANDLER(post_source, answer_create)
CALL_HANDLER(patch_source, answer_change)
CALL_HANDLER(delete_source, answer_delete)

const HttpRoute SOURCE_CHANGE_ROUTES[] = {
    {"POST", COST_MANAGEMENT_API "/sources", post_source},
    {"PATCH", COST_MANAGEMENT_API "/sources/{source_id}", patch_source},
    {"DELETE", COST_MANAGEMENT_API "/sources/{source_id}", delete_source},
    {NULL, NULL, NULL},
};
