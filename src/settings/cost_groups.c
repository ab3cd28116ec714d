/* settings/cost-groups: the projects of OpenShift clusters that count as a group ("Platform"),
 * whose costs are shared by the others (koku-api.md §1.8). Reports of OpenShift are not read, so
 * there is no project: the list is empty, and none can be put into a group. What is asked is
 * checked all the same. */
#include <string.h>

#include "base/json.h"
#include "cost_api/call.h"
#include "cost_api/fields.h"
#include "settings/settings.h"

#define COST_GROUPS COST_MANAGEMENT_API "/settings/cost-groups"

enum { NAME_MAX = 253 };

static const char UNSUPPORTED[] = "Unsupported parameter or invalid value";
static const char *const ANY[] = {NULL};
static const char *const BOOLEANS[] = {"true", "false", NULL};
static const char *const DIRECTIONS[] = {"asc", "desc", NULL};

/* What a list may be asked for: `family[name]`, or (no family) `name`. */
static const struct {
    const char *family;
    const char *name;
    const char *const *values; /* without any: all */
} PARAMETERS[] = {
    {NULL, "limit", ANY},
    {NULL, "offset", ANY},
    {"filter", "project", ANY},
    {"filter", "group", ANY},
    {"filter", "default", BOOLEANS},
    {"filter", "cluster", ANY},
    {"exclude", "project", ANY},
    {"exclude", "group", ANY},
    {"exclude", "default", BOOLEANS},
    {"exclude", "cluster", ANY},
    {"order_by", "project", DIRECTIONS},
    {"order_by", "group", DIRECTIONS},
    {"order_by", "default", DIRECTIONS},
};

static bool is_one_of(const char *value, const char *const *values)
{
    for (int i = 0; values[i] != NULL; i++) {
        if (strcmp(values[i], value) == 0) {
            return true;
        }
    }
    return values[0] == NULL;
}

/* What is wrong with a parameter; NULL: nothing. `family` is "" for none. */
static const char *fault_of(Arena *arena, const char *family, const char *name, const char *value)
{
    for (size_t i = 0; i < sizeof PARAMETERS / sizeof *PARAMETERS; i++) {
        const char *its_family = PARAMETERS[i].family != NULL ? PARAMETERS[i].family : "";
        if (strcmp(its_family, family) != 0 || strcmp(PARAMETERS[i].name, name) != 0) {
            continue;
        }
        if (is_one_of(value, PARAMETERS[i].values)) {
            return NULL;
        }
        return PARAMETERS[i].values == BOOLEANS
                   ? "Must be a valid boolean."
                   : arena_printf(arena, "\"%s\" is not a valid choice.", value);
    }
    return UNSUPPORTED;
}

/* Adds a fault to {"FAMILY": {"NAME": ["FAULT"]}}, or {"NAME": ["FAULT"]}. */
static void add_fault(json_t *faults, const char *family, const char *name, const char *fault)
{
    json_t *within = faults;
    if (*family != '\0') {
        within = json_object_get(faults, family);
        if (!json_is_object(within)) {
            within = json_object();
            json_object_set_new(faults, family, within);
        }
    }
    json_object_set_new(within, name, json_pack("[s]", fault));
}

/* The faults of the query, as answers of this list tell them (koku-api.md §2.10). */
static void check_query(CostCall *call, json_t *faults)
{
    int count;
    HttpQueryItem *items = http_query_parse(call->arena, call->request->query, &count);
    for (int i = 0; i < count; i++) {
        const char *open = strchr(items[i].name, '[');
        size_t length = strlen(items[i].name);
        bool nested = open != NULL && items[i].name[length - 1] == ']';
        const char *family =
            nested ? arena_strndup(call->arena, items[i].name, (size_t)(open - items[i].name)) : "";
        const char *name = nested ? arena_strndup(call->arena, open + 1,
                                                  length - (size_t)(open - items[i].name) - 2)
                                  : items[i].name;
        const char *fault = fault_of(call->arena, family, name, items[i].value);
        if (fault != NULL) {
            add_fault(faults, family, name, fault);
        }
    }
}

static void get_groups(CostCall *call)
{
    json_t *faults = json_object();
    check_query(call, faults);
    if (json_object_size(faults) == 0) {
        call_answer_known_list(call, NULL, NULL);
    } else {
        call->response->status = 400;
        buffer_append_text(call->response->body, json_text(call->arena, faults));
    }
    json_decref(faults);
}

/* {"project", "group"}: the groups there are, and no project. */
static void check_entry(const Fields *entry)
{
    static const char *const GROUPS[] = {"Platform", NULL};
    const char *project = fields_text(entry, "project", NAME_MAX, FIELD_REQUIRED);
    const char *group = fields_text(entry, "group", NAME_MAX, FIELD_REQUIRED);
    if (project != NULL) {
        fields_fault(entry, "project", "Project \"%s\" does not exist.", project);
    }
    if (group != NULL && !is_one_of(group, GROUPS)) {
        fields_fault(entry, "group", "Cost group \"%s\" does not exist.", group);
    }
}

static void put_groups(CostCall *call)
{
    Error error = {0};
    json_t *body = json_parse(call->arena, call->request->body, call->request->body_length, &error);
    if (body == NULL) {
        access_write_error(call->response, 400, "detail",
                           arena_printf(call->arena, "JSON parse error - %s", error.message));
        return;
    }
    Faults *faults = faults_new(call->arena);
    Fields list = {call->arena, faults, NULL, ""};
    if (!json_is_array(body)) {
        faults_add(faults, "non_field_errors", "Expected a list of items.");
    }
    for (size_t i = 0; i < json_array_size(body); i++) {
        Fields entry = list;
        entry.object = json_array_get(body, i);
        if (json_is_object(entry.object)) {
            check_entry(&entry);
        } else {
            faults_add(faults, "non_field_errors", "Invalid data. Expected a dictionary.");
        }
    }
    if (faults_any(faults)) {
        faults_answer(faults, call->response);
    } else {
        call->response->status = 204;
    }
}

CALL_HANDLER(handle_get, get_groups)
CALL_HANDLER(handle_put, put_groups)

const HttpRoute COST_GROUP_ROUTES[] = {
    {"GET", COST_GROUPS, handle_get},
    {"PUT", COST_GROUPS "/add", handle_put},
    {"PUT", COST_GROUPS "/remove", handle_put},
    {NULL, NULL, NULL},
};
