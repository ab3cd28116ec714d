#include "identity/permissions.h"

#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/log.h"
#include "base/memo.h"
#include "base/watched_file.h"
#include "identity/access_file.h"
#include "net/http_client.h"

enum {
    TIMEOUT_SECONDS = 10,
    PAGES_MAX = 100,
    KEPT = 512,
    KEPT_MAX = 256 * 1024, /* of one answer */
};

struct Permissions {
    const Config *config;
    WatchedFile *file; /* NULL: the service is asked */
    Memo *kept;        /* the service's answers */
};

static Permissions *used;

Permissions *permissions_new(const Config *config, Error *error)
{
    Permissions *permissions = calloc(1, sizeof *permissions);
    if (permissions == NULL) {
        error_set(error, ERROR_INTERNAL, "out of memory");
        return NULL;
    }
    permissions->config = config;
    permissions->kept = memo_new(KEPT, KEPT_MAX, config->rbac_cache_seconds);
    bool known = true;
    if (config->access_file != NULL && config->rbac_url != NULL) {
        error_set(error, ERROR_INVALID, "--access-file and --rbac-url: take one of the two");
    } else if (permissions->kept == NULL) {
        error_set(error, ERROR_INTERNAL, "out of memory");
    } else if (config->access_file != NULL) {
        permissions->file = watched_file_new(config->access_file, access_file_parse, error);
        if (permissions->file != NULL) {
            watched_file_hold(permissions->file, &known);
            watched_file_release(permissions->file);
        }
        if (!known) {
            error_set(error, ERROR_NOT_FOUND, "there is no access file %s", config->access_file);
        } else if (permissions->file != NULL) {
            return permissions;
        }
    } else {
        return permissions;
    }
    permissions_free(permissions);
    return NULL;
}

void permissions_free(Permissions *permissions)
{
    if (permissions != NULL) {
        watched_file_free(permissions->file);
        memo_free(permissions->kept);
        free(permissions);
    }
}

void permissions_use(Permissions *permissions)
{
    used = permissions;
}

bool permissions_configured(void)
{
    return used != NULL && (used->file != NULL || used->config->rbac_url != NULL);
}

bool permissions_are_all(const Identity *identity)
{
    if (!permissions_configured()) {
        return identity->is_org_admin;
    }
    return identity->method == IDENTITY_DEFAULT ||
           (identity->names_user && identity->is_org_admin && used->config->enhanced_org_admin);
}

/* Adds the values of a definition: {"attributeFilter": {"operation": "equal" | "in", "value": …}};
 * "in" takes a list, or a text with commas. */
static void add_values(Arena *arena, const json_t *definition, Permission *permission, int room)
{
    const json_t *filter = json_object_get(definition, "attributeFilter");
    const json_t *value = json_object_get(filter, "value");
    const char *operation = json_get_string(filter, "operation");
    bool in = operation != NULL && strcmp(operation, "in") == 0;
    size_t index;
    json_t *entry;
    if (!in && (operation == NULL || strcmp(operation, "equal") != 0)) {
        return;
    }
    json_array_foreach (value, index, entry) {
        if (in && json_is_string(entry) && permission->value_count < room) {
            permission->values[permission->value_count++] =
                arena_strdup(arena, json_string_value(entry));
        }
    }
    const char *text = json_string_value(value);
    while (text != NULL && *text != '\0' && permission->value_count < room) {
        size_t length = in ? strcspn(text, ",") : strlen(text);
        if (length > 0) {
            permission->values[permission->value_count++] = arena_strndup(arena, text, length);
        }
        text += length + (text[length] == ',');
    }
}

static int count_values(const json_t *definitions)
{
    size_t index;
    json_t *definition;
    int count = 0;
    json_array_foreach (definitions, index, definition) {
        const json_t *value =
            json_object_get(json_object_get(definition, "attributeFilter"), "value");
        const char *text = json_string_value(value);
        count += (int)json_array_size(value) + (text != NULL ? (int)strlen(text) / 2 + 1 : 0);
    }
    return count;
}

/* "APPLICATION:RESOURCE:VERB". */
static bool read_entry(Arena *arena, const json_t *entry, const char *application, Permission *made)
{
    const char *text = json_get_string(entry, "permission");
    const char *first = text != NULL ? strchr(text, ':') : NULL;
    const char *second = first != NULL ? strchr(first + 1, ':') : NULL;
    if (second == NULL || strlen(application) != (size_t)(first - text) ||
        strncmp(text, application, strlen(application)) != 0) {
        return false;
    }
    const json_t *definitions = json_object_get(entry, "resourceDefinitions");
    int room = count_values(definitions);
    *made = (Permission){.resource = arena_strndup(arena, first + 1, (size_t)(second - first) - 1),
                         .verb = arena_strdup(arena, second + 1),
                         .all = json_array_size(definitions) == 0,
                         .values = arena_array(arena, (size_t)room + 1, sizeof *made->values)};
    size_t index;
    json_t *definition;
    json_array_foreach (definitions, index, definition) {
        add_values(arena, definition, made, room);
    }
    return true;
}

PermissionList permissions_of_answer(Arena *arena, const json_t *entries, const char *application)
{
    Permission *made = arena_array(arena, json_array_size(entries) + 1, sizeof *made);
    PermissionList list = {.entries = made};
    size_t index;
    json_t *entry;
    json_array_foreach (entries, index, entry) {
        list.count += read_entry(arena, entry, application, &made[list.count]);
    }
    return list;
}

/* The length of "http://host:port". */
static size_t origin_length(const char *url)
{
    const char *host = strstr(url, "://");
    return host != NULL ? (size_t)(host - url) + 3 + strcspn(host + 3, "/") : strlen(url);
}

/* Where the next page is; NULL when there is none, or it is not the service's own. */
static const char *next_page(Arena *arena, const char *base, const json_t *answer)
{
    const char *next = json_get_string(json_object_get(answer, "links"), "next");
    size_t origin = origin_length(base);
    if (next == NULL || *next == '\0') {
        return NULL;
    }
    if (*next == '/' && next[1] != '/') {
        return arena_printf(arena, "%.*s%s", (int)origin, base, next);
    }
    return strncmp(next, base, origin) == 0 && next[origin] == '/' ? next : NULL;
}

/* Asks the service for one page; *refused when it does not want to know the caller. */
static json_t *ask(Arena *arena, const Identity *identity, const char *url, bool *refused,
                   Error *error)
{
    const char *headers[] = {
        arena_printf(arena, "x-rh-identity: %s", identity_header(arena, identity)), NULL};
    HttpCall call = {
        .method = "GET", .url = url, .headers = headers, .timeout_seconds = TIMEOUT_SECONDS};
    HttpAnswer answer;
    if (!http_call(arena, &call, &answer, error)) {
        return NULL;
    }
    if (answer.status >= 400 && answer.status < 500) {
        log_warning("identity", "%s answers %d for %s", url, answer.status, identity->username);
        *refused = true;
        return NULL;
    }
    if (answer.status != 200) {
        error_set(error, ERROR_UNAVAILABLE, "%s answers %d", url, answer.status);
        return NULL;
    }
    json_t *document = json_parse(arena, answer.body->data, answer.body->length, error);
    if (document == NULL) {
        error_wrap(error, "%s", url);
    }
    return document;
}

/* All pages of the caller's access as one array; NULL and an Error when the service fails. */
static json_t *ask_all(Arena *arena, const Identity *identity, const char *application,
                       Error *error)
{
    const char *base = used->config->rbac_url;
    const char *url =
        arena_printf(arena, "%s/api/rbac/v1/access/?application=%s&limit=100", base, application);
    json_t *all = json_array();
    arena_on_free(arena, (void (*)(void *))json_decref, all);
    for (int page = 0; url != NULL && page < PAGES_MAX; page++) {
        bool refused = false;
        json_t *answer = ask(arena, identity, url, &refused, error);
        if (answer == NULL) {
            return refused ? all : NULL;
        }
        json_array_extend(all, json_object_get(answer, "data"));
        url = next_page(arena, base, answer);
    }
    return all;
}

static const json_t *ask_or_remember(Arena *arena, const Identity *identity,
                                     const char *application, Error *error)
{
    const char *key = arena_printf(arena, "%s %s", application, identity_header(arena, identity));
    char *kept;
    size_t length;
    if (memo_get(used->kept, arena, key, &kept, &length)) {
        return json_parse(arena, kept, length, error);
    }
    json_t *all = ask_all(arena, identity, application, error);
    if (all != NULL) {
        const char *text = json_text(arena, all);
        memo_put(used->kept, key, text, strlen(text));
    }
    return all;
}

bool permissions_read(Arena *arena, const Identity *identity, const char *application,
                      PermissionList *list, Error *error)
{
    *list = (PermissionList){0};
    if (!permissions_configured()) {
        return true;
    }
    if (used->file != NULL) {
        bool known;
        const json_t *document = watched_file_hold(used->file, &known);
        *list = access_file_permissions(arena, document, identity, application);
        watched_file_release(used->file);
        return true;
    }
    const json_t *entries = ask_or_remember(arena, identity, application, error);
    if (entries == NULL) {
        error->code = ERROR_UNAVAILABLE; /* also what is no JSON */
        return false;
    }
    *list = permissions_of_answer(arena, entries, application);
    return true;
}
