#include "providers/wish.h"

#include <string.h>

#include "base/json.h"

static const char COST_MANAGEMENT[] = "/insights/platform/cost-management";

/* Source types with cost reports, and what an application's `extra` must say of each (masu.md
 * §A.3). */
static const struct {
    const char *source_type;
    const char *type;
    const char *required[3];
} TYPES[] = {
    {"amazon", "AWS", {"bucket"}},
    {"azure", "Azure", {"resource_group", "storage_account"}},
    {"google", "GCP", {NULL}},
    {"openshift", "OCP", {NULL}},
};

enum { TYPE_COUNT = sizeof TYPES / sizeof *TYPES };

/* Settings of an application's `extra` that are credentials, by all the names they go by. */
static const struct {
    const char *extra;
    const char *credential;
} CREDENTIALS[] = {
    {"access_key", "access_key"},        {"access_key_id", "access_key"},
    {"aws_access_key_id", "access_key"}, {"secret_key", "secret_key"},
    {"secret_access_key", "secret_key"}, {"aws_secret_access_key", "secret_key"},
    {"session_token", "session_token"},  {"aws_session_token", "session_token"},
    {"external_id", "external_id"},      {"subscription_id", "subscription_id"},
};

enum { CREDENTIAL_COUNT = sizeof CREDENTIALS / sizeof *CREDENTIALS };

static const char *credential_name(const char *extra)
{
    for (int i = 0; i < CREDENTIAL_COUNT; i++) {
        if (strcmp(CREDENTIALS[i].extra, extra) == 0) {
            return CREDENTIALS[i].credential;
        }
    }
    return NULL;
}

bool wish_is_credential(const char *setting)
{
    return credential_name(setting) != NULL;
}

static void release(void *object)
{
    json_decref(object);
}

static json_t *new_object(Arena *arena)
{
    json_t *object = json_object();
    arena_on_free(arena, release, object);
    return object;
}

static const json_t *find_application(const json_t *snapshot)
{
    const json_t *applications = json_object_get(snapshot, "applications");
    for (size_t i = 0; i < json_array_size(applications); i++) {
        const json_t *application = json_array_get(applications, i);
        const char *type = json_get_string(application, "application_type");
        if (type != NULL && strcmp(type, COST_MANAGEMENT) == 0) {
            return application;
        }
    }
    return NULL;
}

/* The application's own authentication goes before its source's; of several the newest. */
static const json_t *find_authentication(const json_t *snapshot, json_int_t application_id)
{
    const json_t *list = json_object_get(snapshot, "authentications");
    const json_t *found = NULL;
    bool own = false;
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *candidate = json_array_get(list, i);
        const char *kind = json_get_string(candidate, "resource_type");
        json_int_t id = json_integer_value(json_object_get(candidate, "resource_id"));
        bool of_application =
            kind != NULL && strcmp(kind, "Application") == 0 && id == application_id;
        bool of_source = kind != NULL && strcmp(kind, "Source") == 0;
        if (of_application || (of_source && !own)) {
            found = candidate;
            own = own || of_application;
        }
    }
    return found;
}

/* What is no credential describes the data source: it is taken over whole, so that a setting that
 * is new needs no list here. */
static void read_extra(ProviderWish *wish, const json_t *extra)
{
    const char *key;
    json_t *value;
    json_object_foreach ((json_t *)extra, key, value) {
        const char *credential = credential_name(key);
        if (credential != NULL) {
            json_object_set(wish->credentials, credential, value);
        } else {
            json_object_set(wish->data_source, key, value);
        }
    }
}

static void set_text(json_t *object, const char *key, const char *text)
{
    if (text != NULL && *text != '\0') {
        json_object_set_new(object, key, json_string(text));
    }
}

static void read_authentication(ProviderWish *wish, const json_t *authentication)
{
    const char *authtype = json_get_string(authentication, "authtype");
    const char *username = json_get_string(authentication, "username");
    const char *sealed = json_get_string(authentication, "password_sealed");
    const json_t *extra = json_object_get(authentication, "extra");
    authtype = authtype != NULL ? authtype : "";
    if (strcmp(authtype, "tenant_id_client_id_client_secret") == 0) {
        set_text(wish->credentials, "client_id", username);
        set_text(wish->credentials, "client_secret_sealed", sealed);
        set_text(wish->credentials, "tenant_id",
                 json_get_string(json_object_get(extra, "azure"), "tenant_id"));
    } else if (strcmp(authtype, "project_id_service_account_json") == 0) {
        set_text(wish->credentials, "project_id", username);
        set_text(wish->credentials, "service_account_json_sealed", sealed);
    } else if (strcmp(authtype, "token") == 0) {
        set_text(wish->credentials, "token_sealed", sealed);
    } else if (username != NULL && strncmp(username, "arn:", 4) == 0) {
        set_text(wish->credentials, "role_arn", username);
        set_text(wish->credentials, "external_id", json_get_string(extra, "external_id"));
    } else if (strcmp(wish->source_type, "amazon") == 0 && sealed != NULL) {
        /* A key pair; keys that the application names go before it. */
        if (json_object_get(wish->credentials, "access_key") == NULL) {
            set_text(wish->credentials, "access_key", username);
            set_text(wish->credentials, "secret_key_sealed", sealed);
        }
    } else if (strcmp(authtype, "arn") == 0 && sealed != NULL) {
        set_text(wish->credentials, "role_arn_sealed", sealed);
    }
}

static const char *find_missing(const ProviderWish *wish, int type)
{
    for (int i = 0; TYPES[type].required[i] != NULL; i++) {
        const json_t *value = json_object_get(wish->data_source, TYPES[type].required[i]);
        bool empty = value == NULL || json_is_null(value) ||
                     (json_is_string(value) && json_string_length(value) == 0);
        if (empty) {
            return TYPES[type].required[i];
        }
    }
    return NULL;
}

static void read_application(const json_t *snapshot, const json_t *application, ProviderWish *wish)
{
    const json_t *source = json_object_get(snapshot, "source");
    wish->wanted = true;
    wish->paused = json_is_true(json_object_get(source, "paused")) ||
                   json_is_true(json_object_get(application, "paused"));
    read_extra(wish, json_object_get(application, "extra"));
    json_int_t id = json_integer_value(json_object_get(application, "id"));
    const json_t *authentication = find_authentication(snapshot, id);
    if (authentication != NULL) {
        read_authentication(wish, authentication);
    }
    if (strcmp(wish->source_type, "openshift") == 0) {
        set_text(wish->credentials, "cluster_id", json_get_string(source, "source_ref"));
        json_object_clear(wish->data_source);
    }
    for (int i = 0; i < TYPE_COUNT; i++) {
        if (strcmp(TYPES[i].source_type, wish->source_type) == 0) {
            wish->type = TYPES[i].type;
            wish->missing = find_missing(wish, i);
        }
    }
}

bool wish_read(Arena *arena, const OutboxEvent *event, ProviderWish *wish, Error *error)
{
    *wish = (ProviderWish){.source_id = event->source_id,
                           .org_id = event->org_id,
                           .account = event->account,
                           .data_source = new_object(arena),
                           .credentials = new_object(arena)};
    if (event->snapshot == NULL) {
        return true;
    }
    json_t *snapshot = json_parse(arena, event->snapshot, strlen(event->snapshot), error);
    if (snapshot == NULL) {
        return error_wrap(error, "snapshot of event %lld", (long long)event->id);
    }
    const json_t *source = json_object_get(snapshot, "source");
    wish->source_uid = json_get_string(source, "uid");
    wish->name = json_get_string(source, "name");
    wish->source_type = json_get_string(source, "source_type");
    const json_t *application = find_application(snapshot);
    if (json_is_true(json_object_get(snapshot, "deleted")) || application == NULL) {
        return true;
    }
    if (wish->source_uid == NULL || wish->name == NULL || wish->source_type == NULL) {
        return error_set(error, ERROR_DATA,
                         "the snapshot of event %lld lacks the source's uid, name or type",
                         (long long)event->id);
    }
    read_application(snapshot, application, wish);
    return true;
}
