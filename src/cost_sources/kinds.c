#include "cost_sources/kinds.h"

#include <string.h>
#include <strings.h>

#include "base/json.h"
#include "providers/wish.h"

enum { TEXT_MOST = 8192 };

const SourceKind SOURCE_KINDS[] = {
    {"1", "OCP", "openshift", {NULL}},
    {"2", "AWS", "amazon", {"bucket"}},
    {"3", "Azure", "azure", {"resource_group", "storage_account"}},
    {"4", "GCP", "google", {"dataset"}},
    {NULL, NULL, NULL, {NULL}},
};

const SourceKind *kind_of_type(const char *type)
{
    const SourceKind *kind = SOURCE_KINDS;
    while (strcmp(kind->type, type) != 0) {
        kind++;
    }
    return kind;
}

const SourceKind *kind_of_id(const char *id)
{
    for (const SourceKind *kind = SOURCE_KINDS; kind->id != NULL; kind++) {
        if (strcmp(kind->id, id) == 0) {
            return kind;
        }
    }
    return NULL;
}

const SourceKind *kind_of_name(const char *name)
{
    for (const SourceKind *kind = SOURCE_KINDS; kind->id != NULL; kind++) {
        size_t length = strlen(kind->name);
        if (strncasecmp(kind->name, name, length) == 0 &&
            (name[length] == '\0' || strcasecmp(name + length, "-local") == 0)) {
            return kind;
        }
    }
    return NULL;
}

static json_t *new_object(Arena *arena)
{
    json_t *object = json_object();
    arena_on_free(arena, (void (*)(void *))json_decref, object);
    return object;
}

static void set_text(json_t *object, const char *name, const char *text)
{
    if (text != NULL && *text != '\0') {
        json_object_set_new(object, name, json_string(text));
    }
}

static void read_amazon(const Fields *given, KindCredentials *credentials)
{
    const char *role = fields_text(given, "role_arn", TEXT_MOST, 0);
    const char *key = fields_text(given, "access_key", TEXT_MOST, 0);
    const char *secret = fields_text(given, "secret_key", TEXT_MOST, 0);
    const char *external = fields_text(given, "external_id", TEXT_MOST, 0);
    if (role != NULL) {
        json_t *extra = new_object(given->arena);
        set_text(extra, "external_id", external);
        *credentials =
            (KindCredentials){"arn", role, NULL, json_object_size(extra) > 0 ? extra : NULL, NULL};
    } else if (key != NULL && secret != NULL) {
        *credentials = (KindCredentials){"access_key_secret_key", key, secret, NULL, NULL};
    } else if (key != NULL || secret != NULL) {
        fields_fault(given, key != NULL ? "secret_key" : "access_key", "This field is required.");
    }
}

static void read_azure(const Fields *given, KindCredentials *credentials)
{
    json_t *extra = new_object(given->arena), *azure = json_object();
    const char *tenant = fields_text(given, "tenant_id", TEXT_MOST, FIELD_REQUIRED);
    const char *client = fields_text(given, "client_id", TEXT_MOST, FIELD_REQUIRED);
    const char *secret = fields_text(given, "client_secret", TEXT_MOST, FIELD_REQUIRED);
    const char *subscription = fields_text(given, "subscription_id", TEXT_MOST, FIELD_REQUIRED);
    set_text(azure, "tenant_id", tenant);
    json_object_set_new(extra, "azure", azure);
    *credentials =
        (KindCredentials){"tenant_id_client_id_client_secret", client, secret, extra, subscription};
}

void kind_read_credentials(const SourceKind *kind, const Fields *authentication,
                           KindCredentials *credentials)
{
    bool amazon = strcmp(kind->name, "AWS") == 0;
    *credentials = (KindCredentials){0};
    if (strcmp(kind->name, "OCP") == 0) {
        return; /* a cluster says who it is by its id */
    }
    const json_t *object =
        fields_object(authentication, "credentials", amazon ? 0 : FIELD_REQUIRED);
    if (object == NULL) {
        return;
    }
    Fields given = fields_of(authentication, "credentials", object);
    if (amazon) {
        read_amazon(&given, credentials);
    } else if (strcmp(kind->name, "Azure") == 0) {
        read_azure(&given, credentials);
    } else {
        *credentials = (KindCredentials){
            "project_id_service_account_json",
            fields_text(&given, "project_id", TEXT_MOST, FIELD_REQUIRED),
            fields_text(&given, "service_account_json", TEXT_MOST, 0), NULL, NULL};
    }
}

static json_t *parse(Arena *arena, const char *text)
{
    Error ignored = {0};
    return text != NULL ? json_parse(arena, text, strlen(text), &ignored) : NULL;
}

json_t *kind_show_credentials(Arena *arena, const SourceKind *kind, const CostSource *source)
{
    json_t *shown = new_object(arena);
    const json_t *extra = parse(arena, source->authentication_extra);
    const json_t *settings = parse(arena, source->extra);
    const char *username = source->username;
    if (strcmp(kind->name, "OCP") == 0) {
        set_text(shown, "cluster_id", source->source_ref);
    } else if (strcmp(kind->name, "Azure") == 0) {
        set_text(shown, "subscription_id", json_get_string(settings, "subscription_id"));
        set_text(shown, "tenant_id", json_get_string(json_object_get(extra, "azure"), "tenant_id"));
        set_text(shown, "client_id", username);
    } else if (strcmp(kind->name, "GCP") == 0) {
        set_text(shown, "project_id", username);
    } else if (username != NULL && strncmp(username, "arn:", 4) == 0) {
        set_text(shown, "role_arn", username);
        set_text(shown, "external_id", json_get_string(extra, "external_id"));
    } else {
        set_text(shown, "access_key", username);
    }
    return shown;
}

json_t *kind_show_data_source(Arena *arena, const SourceKind *kind, const CostSource *source)
{
    json_t *shown = new_object(arena), *settings = parse(arena, source->extra), *value;
    const char *name;
    json_object_foreach (settings, name, value) {
        if (!wish_is_credential(name) && strcmp(kind->name, "OCP") != 0) {
            json_object_set(shown, name, value);
        }
    }
    return shown;
}
