#include "cost_api/openapi.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/log.h"
#include "cost_api/call.h"

extern const char COST_API_OPENAPI[]; /* openapi.json of this room */

json_t *openapi_new(void)
{
    return json_loads(COST_API_OPENAPI, 0, NULL);
}

/* Answers that any operation gives, each a component of openapi.json. */
static const struct {
    const char *status;
    const char *component;
    bool with_path_parameter; /* only where a path has one */
    bool open;                /* also where nobody need say who asks */
} COMMON[] = {
    {"400", "#/components/responses/Refused", false, true}, /* an encoded NUL, if nothing else */
    {"401", "#/components/responses/Unidentified", false, false},
    {"403", "#/components/responses/Forbidden", false, false},
    {"404", "#/components/responses/NotFound", true, false},
    {"424", "#/components/responses/Unavailable", false, false},
};

static void add_common_answers(const char *path, json_t *operation)
{
    json_t *responses = json_object_get(operation, "responses");
    json_t *security = json_object_get(operation, "security");
    bool open = security != NULL && json_array_size(security) == 0;
    for (size_t i = 0; i < sizeof COMMON / sizeof *COMMON; i++) {
        bool applies = (!COMMON[i].with_path_parameter || strchr(path, '{') != NULL) &&
                       (COMMON[i].open || !open);
        if (applies && json_object_get(responses, COMMON[i].status) == NULL) {
            json_object_set_new(responses, COMMON[i].status,
                                json_pack("{s:s}", "$ref", COMMON[i].component));
        }
    }
}

/* Members of `part` into the object at `name` of `document`, which is made when it is missing. */
static json_t *merge_into(json_t *document, const char *name, const json_t *part)
{
    json_t *target = json_object_get(document, name);
    if (target == NULL) {
        target = json_object();
        json_object_set_new(document, name, target);
    }
    const char *key;
    json_t *value;
    json_object_foreach ((json_t *)part, key, value) {
        json_object_set(target, key, value);
    }
    return target;
}

void openapi_add(json_t *document, const json_t *part)
{
    const char *path, *name;
    json_t *item, *operation, *members;
    json_object_foreach (json_object_get(part, "paths"), path, item) {
        json_object_foreach (item, name, operation) {
            add_common_answers(path, operation);
        }
    }
    merge_into(document, "paths", json_object_get(part, "paths"));
    json_t *components = json_object_get(document, "components");
    json_object_foreach (json_object_get(part, "components"), name, members) {
        merge_into(components, name, members);
    }
}

/* Is "/tags/aws/{key}/" the pattern ".../tags/aws/{name}"? Names of parameters don't matter. */
static bool same_path(const char *path, const char *pattern)
{
    while (*path != '\0' && *pattern != '\0' && *path == *pattern) {
        if (*path == '{') {
            path += strcspn(path, "}");
            pattern += strcspn(pattern, "}");
        }
        path += *path != '\0';
        pattern += *pattern != '\0';
    }
    return path[strspn(path, "/")] == '\0' && pattern[strspn(pattern, "/")] == '\0';
}

static bool is_documented(const json_t *document, const HttpRoute *route)
{
    const char *path, *method;
    json_t *item, *operation;
    json_object_foreach (json_object_get(document, "paths"), path, item) {
        if (!same_path(path, route->pattern + strlen(COST_MANAGEMENT_API))) {
            continue;
        }
        json_object_foreach (item, method, operation) {
            if (strcasecmp(method, route->method) == 0) {
                return true;
            }
        }
    }
    return false;
}

static bool is_routed(const HttpRoute *routes, const char *path, const char *method)
{
    for (; routes->method != NULL; routes++) {
        if (strcasecmp(method, routes->method) == 0 &&
            same_path(path, routes->pattern + strlen(COST_MANAGEMENT_API))) {
            return true;
        }
    }
    return false;
}

void openapi_check(const json_t *document, const HttpRoute *routes)
{
    for (const HttpRoute *route = routes; route->method != NULL; route++) {
        if (!is_documented(document, route)) {
            log_warning("cost_api", "openapi.json does not tell of %s %s", route->method,
                        route->pattern);
        }
    }
    const char *path, *method;
    json_t *item, *operation;
    json_object_foreach (json_object_get(document, "paths"), path, item) {
        json_object_foreach (item, method, operation) {
            if (strcmp(method, "parameters") != 0 && !is_routed(routes, path, method)) {
                log_warning("cost_api", "openapi.json tells of %s %s, which there is not", method,
                            path);
            }
        }
    }
}
