#include "identity/access_file.h"

#include <string.h>

#include "base/json.h"

/* The resources that rules may name (koku-api.md §5.2). */
static const char *const RESOURCES[] = {
    "aws.account",
    "aws.organizational_unit",
    "azure.subscription_guid",
    "gcp.account",
    "gcp.project",
    "openshift.cluster",
    "openshift.node",
    "openshift.project",
    "cost_model",
    "settings",
    "sources",
    "*",
};

static const char *const VERBS[] = {"read", "write"};

static bool known(const char *name, const char *const *names, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(names[i], name) == 0) {
            return true;
        }
    }
    return false;
}

static bool is_text_list(const json_t *list)
{
    size_t index;
    json_t *entry;
    json_array_foreach (list, index, entry) {
        if (!json_is_string(entry)) {
            return false;
        }
    }
    return json_is_array(list);
}

static bool check_grants(const json_t *grants, const char *verb, size_t rule, Error *error)
{
    const char *resource;
    json_t *values;
    if (grants != NULL && !json_is_object(grants)) {
        return error_set(error, ERROR_DATA, "rule %zu: \"%s\" is no object of resources", rule + 1,
                         verb);
    }
    json_object_foreach ((json_t *)grants, resource, values) {
        if (!known(resource, RESOURCES, sizeof RESOURCES / sizeof *RESOURCES)) {
            return error_set(error, ERROR_DATA, "rule %zu: there is no resource \"%.64s\"",
                             rule + 1, resource);
        }
        if (!is_text_list(values)) {
            return error_set(error, ERROR_DATA,
                             "rule %zu: \"%s\" of \"%s\" must be a list of texts; [\"*\"] is all",
                             rule + 1, resource, verb);
        }
    }
    return true;
}

static bool check_rule(const json_t *rule, size_t index, Error *error)
{
    static const char *const MEMBERS[] = {"org_id", "users", "groups", "read", "write"};
    const char *name;
    json_t *value;
    json_object_foreach ((json_t *)rule, name, value) {
        if (!known(name, MEMBERS, sizeof MEMBERS / sizeof *MEMBERS)) {
            return error_set(error, ERROR_DATA,
                             "rule %zu: \"%.64s\" is none of org_id, users, groups, read, write",
                             index + 1, name);
        }
    }
    const char *org = json_get_string(rule, "org_id");
    const json_t *users = json_object_get(rule, "users"), *groups = json_object_get(rule, "groups");
    if (org == NULL || !identity_org_valid(org)) {
        return error_set(error, ERROR_DATA, "rule %zu names no organisation (org_id)", index + 1);
    }
    if ((users == NULL && groups == NULL) || (users != NULL && !is_text_list(users)) ||
        (groups != NULL && !is_text_list(groups))) {
        return error_set(error, ERROR_DATA,
                         "rule %zu must say for whom, by \"users\" or \"groups\": lists of names",
                         index + 1);
    }
    return check_grants(json_object_get(rule, "read"), "read", index, error) &&
           check_grants(json_object_get(rule, "write"), "write", index, error);
}

void *access_file_parse(Arena *arena, const char *text, size_t length, Error *error)
{
    json_t *document = json_parse(arena, text, length, error);
    const json_t *rules = json_object_get(document, "rules");
    if (document == NULL) {
        return NULL;
    }
    if (!json_is_array(rules)) {
        error_set(error, ERROR_DATA, "there is no list \"rules\"");
        return NULL;
    }
    size_t index;
    json_t *rule;
    json_array_foreach (rules, index, rule) {
        if (!check_rule(rule, index, error)) {
            return NULL;
        }
    }
    return document;
}

static bool lists(const json_t *list, const char *name)
{
    size_t index;
    json_t *entry;
    json_array_foreach (list, index, entry) {
        if (strcmp(json_string_value(entry), name) == 0) {
            return true;
        }
    }
    return false;
}

/* Is the rule about this caller? Its organisation must be the caller's, and it must name the
 * caller, everyone ("*"), or a group of the caller's. */
static bool applies(Arena *arena, const json_t *rule, const Identity *identity)
{
    const char *org = identity_schema(arena, json_get_string(rule, "org_id"));
    const json_t *users = json_object_get(rule, "users"), *groups = json_object_get(rule, "groups");
    if (strcmp(org, identity_schema(arena, identity->org_id)) != 0) {
        return false;
    }
    for (const char *const *group = identity->groups; *group != NULL; group++) {
        if (lists(groups, *group)) {
            return true;
        }
    }
    return identity->names_user &&
           (lists(users, "*") || (*identity->username != '\0' && lists(users, identity->username)));
}

static Permission make_permission(Arena *arena, const char *resource, const char *verb,
                                  const json_t *values)
{
    Permission made = {.resource = arena_strdup(arena, resource), .verb = verb};
    made.values = arena_array(arena, json_array_size(values) + 1, sizeof *made.values);
    made.all = lists(values, "*");
    size_t index;
    json_t *entry;
    json_array_foreach (values, index, entry) {
        made.values[made.value_count++] = arena_strdup(arena, json_string_value(entry));
    }
    return made;
}

/* The Sources API knows one permission, to change everything. */
static bool add_grant(Arena *arena, const char *application, const char *resource, const char *verb,
                      const json_t *values, Permission *made)
{
    bool sources = strcmp(application, "sources") == 0;
    bool about_sources = strcmp(resource, "sources") == 0 || strcmp(resource, "*") == 0;
    if (sources && (!about_sources || strcmp(verb, "write") != 0 || !lists(values, "*"))) {
        return false;
    }
    *made = make_permission(arena, sources ? "*" : resource, sources ? "*" : verb, values);
    return true;
}

PermissionList access_file_permissions(Arena *arena, const json_t *document,
                                       const Identity *identity, const char *application)
{
    const json_t *rules = json_object_get(document, "rules");
    size_t verbs = sizeof VERBS / sizeof *VERBS, resources = sizeof RESOURCES / sizeof *RESOURCES;
    Permission *entries =
        arena_array(arena, json_array_size(rules) * verbs * resources + 1, sizeof *entries);
    PermissionList list = {.entries = entries};
    size_t index;
    json_t *rule;
    json_array_foreach (rules, index, rule) {
        for (size_t i = 0; i < verbs && applies(arena, rule, identity); i++) {
            const char *resource;
            json_t *values;
            json_object_foreach (json_object_get(rule, VERBS[i]), resource, values) {
                list.count +=
                    add_grant(arena, application, resource, VERBS[i], values, &entries[list.count]);
            }
        }
    }
    return list;
}
