#include "cost_api/rights.h"

#include <string.h>

#include "base/crypto.h"
#include "cost_api/call.h"

static const char *const NAMES[RESOURCE_KINDS] = {
    [RESOURCE_AWS_ACCOUNT] = "aws.account",
    [RESOURCE_AWS_ORGANIZATIONAL_UNIT] = "aws.organizational_unit",
    [RESOURCE_AZURE_SUBSCRIPTION] = "azure.subscription_guid",
    [RESOURCE_GCP_ACCOUNT] = "gcp.account",
    [RESOURCE_GCP_PROJECT] = "gcp.project",
    [RESOURCE_OPENSHIFT_CLUSTER] = "openshift.cluster",
    [RESOURCE_OPENSHIFT_NODE] = "openshift.node",
    [RESOURCE_OPENSHIFT_PROJECT] = "openshift.project",
    [RESOURCE_COST_MODEL] = "cost_model",
    [RESOURCE_SETTINGS] = "settings",
    [RESOURCE_SOURCES] = "sources",
};

#define SETTINGS_BIT RESOURCE_BIT(RESOURCE_SETTINGS)
#define COST_MODEL_BIT RESOURCE_BIT(RESOURCE_COST_MODEL)
#define SOURCES_BIT RESOURCE_BIT(RESOURCE_SOURCES)

/* Nobody changes costs: "*" of them is to read them. */
#define RESOURCES_WRITABLE (SETTINGS_BIT | COST_MODEL_BIT | SOURCES_BIT)

/* clang-format off */
static const RightsRule RULES[] = {
    {"/reports/aws", RESOURCES_AWS, 0, true, false},
    {"/tags/aws", RESOURCES_AWS, 0, true, false},
    {"/forecasts/aws", RESOURCES_AWS, 0, true, false},
    {"/exports/focus", RESOURCES_AWS, 0, true, false},
    {"/organizations/aws", RESOURCE_BIT(RESOURCE_AWS_ORGANIZATIONAL_UNIT), 0, true, false},
    {"/resource-types", RESOURCES_AWS, 0, true, false},
    {"/resource-types/cost-models", COST_MODEL_BIT, 0, true, true},
    {"/cost-models", COST_MODEL_BIT, COST_MODEL_BIT, true, true},
    {"/price-lists", COST_MODEL_BIT, COST_MODEL_BIT, true, false},
    {"/metrics", 0, 0, true, false},
    {"/account-settings", 0, SETTINGS_BIT, true, false},
    {"/cost-type", 0, 0, true, false},
    {"/currency", 0, 0, true, false},
    {"/exchange-rates", 0, 0, true, false},
    {"/settings", SETTINGS_BIT, SETTINGS_BIT, true, false},
    {"/settings/currency/static-rates", COST_MODEL_BIT, COST_MODEL_BIT, true, false},
    {"/exports", RESOURCES_AWS, 0, true, false},
    {"/sources", SOURCES_BIT | SETTINGS_BIT | RESOURCES_AWS, SOURCES_BIT, true, false},
    {"/applications", SOURCES_BIT | SETTINGS_BIT | RESOURCES_AWS, SOURCES_BIT, true, false},
    {"/ingress", SETTINGS_BIT, SETTINGS_BIT, true, false},
    {"/api/kontor/v1/about", 0, 0, true, false},
    {"/api/kontor/v1/audit", SETTINGS_BIT, 0, true, false},
    {"/api/kontor/v1/bucket-check", 0, SOURCES_BIT, true, false},
    {"/api/kontor/v1/explain", SOURCES_BIT | SETTINGS_BIT, 0, true, false},
    {"/api/kontor/v1/ingest", SOURCES_BIT | SETTINGS_BIT | RESOURCES_AWS, 0, true, false},
    {"/api/kontor/v1/sample-data", 0, SOURCES_BIT, true, false},
    {"/api/kontor/v1/system", SETTINGS_BIT, 0, true, false},
};
/* clang-format on */

const Rights *rights_all(void)
{
    static const Rights ALL = {.read = {[0 ... RESOURCE_KINDS - 1] = {.all = true}},
                               .write = {[0 ... RESOURCE_KINDS - 1] = {.all = true}}};
    return &ALL;
}

static void add_grant(Arena *arena, Grant *grant, const Permission *permission)
{
    grant->all = grant->all || permission->all;
    if (permission->value_count == 0) {
        return;
    }
    size_t total = (size_t)(grant->count + permission->value_count);
    const char **values = arena_array(arena, total, sizeof *values);
    for (int i = 0; i < grant->count; i++) {
        values[i] = grant->values[i];
    }
    for (int i = 0; i < permission->value_count; i++) {
        values[grant->count++] = permission->values[i];
        grant->all = grant->all || strcmp(permission->values[i], "*") == 0;
    }
    grant->values = values;
}

const Rights *rights_of_permissions(Arena *arena, const PermissionList *list)
{
    Rights *rights = arena_alloc(arena, sizeof *rights);
    for (int i = 0; i < list->count; i++) {
        const Permission *permission = &list->entries[i];
        const char *name =
            strcmp(permission->resource, "rate") == 0 ? "cost_model" : permission->resource;
        bool all_verbs = strcmp(permission->verb, "*") == 0;
        bool write = all_verbs || strcmp(permission->verb, "write") == 0;
        bool read = write || strcmp(permission->verb, "read") == 0;
        for (int resource = 0; resource < RESOURCE_KINDS; resource++) {
            if (strcmp(name, "*") != 0 && strcmp(name, NAMES[resource]) != 0) {
                continue;
            }
            if (read) {
                add_grant(arena, &rights->read[resource], permission);
            }
            if (write && (RESOURCE_BIT(resource) & RESOURCES_WRITABLE) != 0) {
                add_grant(arena, &rights->write[resource], permission);
            }
        }
    }
    return rights;
}

bool grant_any(const Grant *grant)
{
    return grant->all || grant->count > 0;
}

bool grant_has(const Grant *grant, const char *value)
{
    for (int i = 0; i < grant->count && !grant->all; i++) {
        if (strcmp(grant->values[i], value) == 0) {
            return true;
        }
    }
    return grant->all;
}

const char *grant_uuids(Arena *arena, const Grant *grant)
{
    if (grant->all) {
        return NULL;
    }
    Buffer *array = buffer_new(arena);
    buffer_append_char(array, '{');
    for (int i = 0; i < grant->count; i++) {
        if (uuid_valid(grant->values[i])) {
            buffer_printf(array, "%s%s", array->length > 1 ? "," : "", grant->values[i]);
        }
    }
    buffer_append_char(array, '}');
    return array->data;
}

const RightsRule *rights_rule(const char *path)
{
    const RightsRule *found = NULL;
    size_t prefix = strlen(COST_MANAGEMENT_API);
    path += strncmp(path, COST_MANAGEMENT_API, prefix) == 0 ? prefix : 0;
    for (size_t i = 0; i < sizeof RULES / sizeof *RULES; i++) {
        size_t length = strlen(RULES[i].path);
        bool below = strncmp(path, RULES[i].path, length) == 0 &&
                     (path[length] == '\0' || path[length] == '/');
        if (below && (found == NULL || length > strlen(found->path))) {
            found = &RULES[i];
        }
    }
    return found;
}

/* Of these some values are enough; of anything else it is all or nothing. */
static bool any_of(const Grant *grants, unsigned resources, unsigned some)
{
    for (int i = 0; i < RESOURCE_KINDS; i++) {
        bool enough = (some & RESOURCE_BIT(i)) != 0 ? grant_any(&grants[i]) : grants[i].all;
        if ((resources & RESOURCE_BIT(i)) != 0 && enough) {
            return true;
        }
    }
    return false;
}

static bool anything(const Rights *rights)
{
    return any_of(rights->read, ~0u, RESOURCES_AWS | COST_MODEL_BIT);
}

bool rights_allow(const Rights *rights, const RightsRule *rule, const char *method)
{
    bool reads = strcmp(method, "GET") == 0 || strcmp(method, "HEAD") == 0;
    if (rights == rights_all()) {
        return true;
    }
    if (rule == NULL) {
        return false;
    }
    unsigned some = RESOURCES_AWS | (rule->by_model ? COST_MODEL_BIT : 0);
    if (reads) {
        return rule->read == 0 ? anything(rights) : any_of(rights->read, rule->read, some);
    }
    return any_of(rights->write, rule->write, some);
}

bool rights_narrow_aws(const Rights *rights)
{
    return !rights->read[RESOURCE_AWS_ACCOUNT].all &&
           !rights->read[RESOURCE_AWS_ORGANIZATIONAL_UNIT].all;
}
