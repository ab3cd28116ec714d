#include <string.h>
#include <strings.h>

#include "base/json.h"
#include "moving/document.h"
#include "moving/koku.h"
#include "moving/settings_read.h"

static const char COST_MANAGEMENT[] = "/insights/platform/cost-management";

/* Koku's provider types, and what the Sources API calls them. */
static const struct {
    const char *type;
    const char *source_type;
} TYPES[] = {{"AWS", "amazon"}, {"Azure", "azure"}, {"GCP", "google"}, {"OCP", "openshift"}};

Db *koku_open(const char *url, Error *error)
{
    Db *koku = db_connect(url, error);
    if (koku != NULL &&
        !db_script(koku, "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY", error)) {
        db_close(koku);
        return NULL;
    }
    return koku;
}

DbResult *koku_customers(Db *koku, Arena *arena, Error *error)
{
    bool exists;
    if (!settings_table_exists(koku, arena, "public.api_customer", &exists, error)) {
        return NULL;
    }
    if (!exists) {
        error_set(error, ERROR_INVALID,
                  "this is no Koku database: there is no table api_customer; name the database in "
                  "the URL");
        return NULL;
    }
    return DB_QUERY(koku, arena, error,
                    "SELECT COALESCE(to_jsonb(c)->>'org_id', schema_name),"
                    "       COALESCE(account_id, ''), schema_name"
                    "  FROM public.api_customer c"
                    " ORDER BY schema_name");
}

/* Columns of other versions are told as null. */
static DbResult *read_providers(Db *koku, Arena *arena, const char *schema, Error *error)
{
    return DB_QUERY(
        koku, arena, error,
        "SELECT p.uuid, p.name, p.type,"
        "       COALESCE((to_jsonb(p)->>'paused')::boolean, false) OR NOT p.active,"
        "       COALESCE(to_jsonb(a)->'credentials',"
        "                jsonb_build_object('role_arn', to_jsonb(a)->'provider_resource_name'),"
        "                '{}'),"
        "       COALESCE(to_jsonb(b)->'data_source',"
        "                jsonb_build_object('bucket', to_jsonb(b)->'bucket'), '{}')"
        "  FROM public.api_provider p"
        "  JOIN public.api_customer c ON c.id = p.customer_id"
        "  LEFT JOIN public.api_providerauthentication a ON a.id = p.authentication_id"
        "  LEFT JOIN public.api_providerbillingsource b ON b.id = p.billing_source_id"
        " WHERE c.schema_name = $1"
        " ORDER BY p.name, p.uuid",
        schema);
}

static const char *source_type(const char *type)
{
    for (size_t i = 0; i < sizeof TYPES / sizeof *TYPES; i++) {
        size_t length = strlen(TYPES[i].type);
        if (strncasecmp(type, TYPES[i].type, length) == 0 &&
            (type[length] == '\0' || strcmp(type + length, "-local") == 0)) {
            return TYPES[i].source_type;
        }
    }
    return NULL;
}

/* The authentication that says the same as these credentials (providers/wish.h); NULL when they say
 * nothing that one would. What is no part of it stays in `credentials`. */
static json_t *make_authentication(json_t *credentials)
{
    static const struct {
        const char *mark; /* the credential that tells which kind it is */
        const char *authtype;
        const char *username;
        const char *password;
    } KINDS[] = {
        {"client_id", "tenant_id_client_id_client_secret", "client_id", "client_secret"},
        {"project_id", "project_id_service_account_json", "project_id", "service_account_json"},
        {"role_arn", "arn", "role_arn", NULL},
    };
    for (size_t i = 0; i < sizeof KINDS / sizeof *KINDS; i++) {
        const char *mark = json_get_string(credentials, KINDS[i].mark);
        if (mark == NULL || *mark == '\0') {
            continue;
        }
        json_t *extra = json_object();
        json_t *made = json_pack("{s:s, s:s, s:s, s:s, s:s, s:o}", "id", "1", "resource_type",
                                 "Application", "resource_id", "1", "authtype", KINDS[i].authtype,
                                 "username", mark, "extra", extra);
        const char *tenant = json_get_string(credentials, "tenant_id");
        if (tenant != NULL) {
            json_object_set_new(extra, "azure", json_pack("{s:s}", "tenant_id", tenant));
        }
        json_object_set(extra, "external_id", json_object_get(credentials, "external_id"));
        if (KINDS[i].password != NULL) {
            json_object_set(made, "password", json_object_get(credentials, KINDS[i].password));
            json_object_del(credentials, KINDS[i].password);
        }
        static const char *const TAKEN[] = {"client_id", "project_id", "role_arn", "tenant_id",
                                            "external_id"};
        for (size_t j = 0; j < sizeof TAKEN / sizeof *TAKEN; j++) {
            json_object_del(credentials, TAKEN[j]);
        }
        return made;
    }
    return NULL;
}

/* A provider as the source that asks for it. */
static json_t *make_source(const char *uuid, const char *name, const char *type, bool paused,
                           json_t *credentials, json_t *data_source)
{
    json_t *source = json_pack("{s:s, s:s, s:s, s:s, s:b}", "id", uuid, "uid", uuid, "name", name,
                               "source_type", type, "paused", paused);
    if (strcmp(type, "openshift") == 0) {
        json_object_set(source, "source_ref", json_object_get(credentials, "cluster_id"));
        json_object_clear(credentials);
    }
    json_t *authentication = make_authentication(credentials);
    json_t *extra = json_copy(data_source);
    json_object_update_missing(extra, credentials);
    json_t *application =
        json_pack("{s:s, s:s, s:o, s:b, s:[]}", "id", "1", "application_type", COST_MANAGEMENT,
                  "extra", extra, "paused", paused, "authentication_ids");
    if (authentication != NULL) {
        document_add(source, "authentications", authentication);
        document_add(application, "authentication_ids", json_string("1"));
    }
    document_add(source, "applications", application);
    return source;
}

/* Names are a source's own in its organisation; Koku's need not be. */
static const char *free_name(Arena *arena, json_t *names, const char *name, const char *uuid)
{
    if (json_object_get(names, name) != NULL) {
        name = arena_printf(arena, "%s (%.8s)", name, uuid);
    }
    json_object_set_new(names, name, json_true());
    return name;
}

static bool add_sources(Db *koku, Arena *arena, const char *schema, json_t *tenant,
                        MovingReport *report, Error *error)
{
    DbResult *rows = read_providers(koku, arena, schema, error);
    json_t *names = document_new(arena, json_object());
    for (int i = 0; rows != NULL && i < db_row_count(rows); i++) {
        const char *uuid = db_text(rows, i, 0), *type = source_type(db_text(rows, i, 2));
        const char *texts[] = {db_text(rows, i, 4), db_text(rows, i, 5)};
        json_t *credentials = json_parse(arena, texts[0], strlen(texts[0]), error);
        json_t *data_source = json_parse(arena, texts[1], strlen(texts[1]), error);
        if (type == NULL) {
            moving_report(report, MOVING_NOTE, "provider \"%s\" is left out: Kontor has no type %s",
                          db_text(rows, i, 1), db_text(rows, i, 2));
        } else if (!json_is_object(credentials) || !json_is_object(data_source)) {
            return error_set(error, ERROR_DATA,
                             "provider %s: credentials or data source are no JSON object", uuid);
        } else {
            document_add(tenant, "sources",
                         make_source(uuid, free_name(arena, names, db_text(rows, i, 1), uuid), type,
                                     db_bool(rows, i, 3), credentials, data_source));
        }
    }
    return rows != NULL;
}

json_t *koku_read_tenant(Db *koku, Arena *arena, const char *org_id, const char *account,
                         const char *schema, MovingReport *report, Error *error)
{
    json_t *tenant = document_new(arena, json_pack("{s:s, s:s, s:{}}", "org_id", org_id,
                                                   "account_number", account, "settings"));
    return add_sources(koku, arena, schema, tenant, report, error) &&
                   settings_read(koku, arena, schema, json_object_get(tenant, "settings"), report,
                                 error)
               ? tenant
               : NULL;
}
