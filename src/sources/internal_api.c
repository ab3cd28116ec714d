/* The internal API: what the services beside Kontor ask for (sources-api.md §1, §7). */
#include <string.h>
#include <strings.h>

#include "base/secret_key.h"
#include "net/http_client.h"
#include "sources/body.h"
#include "sources/handlers.h"
#include "sources/resource.h"

enum { TRANSLATION_TIMEOUT_SECONDS = 30 };

/* A row with its password. */
static void answer_opened(Call *call, const Resource *resource, const char *id)
{
    const char *parameters[3] = {id};
    int count;
    const char *scope = resource_scope(call, resource, 2, parameters + 1, &count);
    DbResult *rows = db_query(
        call->db, call->arena, &call->error,
        arena_printf(call->arena, "SELECT %s, password FROM authentications WHERE id = $1 AND %s",
                     resource_columns(resource), scope),
        count + 1, parameters);
    if (rows == NULL) {
        call_database_failed(call, &call->error);
        return;
    }
    if (db_row_count(rows) == 0) {
        call_fail(call, 404, "%s not found", resource->name);
        return;
    }
    const char *sealed = db_text(rows, 0, resource_column_count(resource)), *password = NULL;
    if (sealed != NULL) {
        password = secret_open_for(call->api->config, call->arena, sealed, &call->error);
        if (password == NULL) {
            call_database_failed(call, &call->error);
            return;
        }
    }
    JsonWriter json = json_writer(call->response->body);
    json_begin_object(&json);
    resource_write_members(&json, resource, rows, 0, "password", password);
    json_end(&json);
}

enum { DIGITS_MAX = 18 };

static bool is_id(const char *text)
{
    return strspn(text, "0123456789") == strlen(text) && strlen(text) <= DIGITS_MAX;
}

static bool asks_for_password(Call *call)
{
    int count;
    HttpQueryItem *items = http_query_parse(call->arena, call->request->query, &count);
    for (int i = 0; i < count; i++) {
        if (strcmp(items[i].name, "expose_encrypted_attribute[]") == 0 &&
            strcmp(items[i].value, "password") == 0) {
            return true;
        }
    }
    return false;
}

void internal_authentication(Call *call)
{
    const char *id = call->request->path_parameters[1];
    if (!is_id(id)) {
        call_fail(call, 404, "%s not found", AUTHENTICATIONS.name);
    } else if (asks_for_password(call)) {
        answer_opened(call, &INTERNAL_AUTHENTICATIONS, id);
    } else {
        resource_get(call, &AUTHENTICATIONS, id, 200);
    }
}

void internal_secret(Call *call)
{
    const char *id = call->request->path_parameters[1];
    if (is_id(id)) {
        answer_opened(call, &INTERNAL_SECRETS, id);
    } else {
        call_bad(call, "%s", body_id_fault(call, id));
    }
}

/* The sources of all tenants, in short. */
void internal_sources(Call *call)
{
    const char *skip = http_request_header(call->request, "x-rh-sources-skip-empty-sources");
    bool only_used = skip != NULL && strcasecmp(skip, "true") == 0;
    resource_list(call, &INTERNAL_SOURCES,
                  only_used ? "$1::text IS NULL"
                              " AND (EXISTS (SELECT 1 FROM applications a"
                              "               WHERE a.source_id = sources.id)"
                              "   OR EXISTS (SELECT 1 FROM source_rhc_connections l"
                              "               WHERE l.source_id = sources.id))"
                            : NULL,
                  NULL);
}

static DbResult *untranslated(Call *call)
{
    return DB_QUERY(call->db, call->arena, &call->error,
                    "SELECT id, external_tenant"
                    "  FROM tenants"
                    " WHERE org_id IS NULL AND external_tenant IS NOT NULL"
                    " ORDER BY id");
}

/* Tenants that are known by their account number alone. */
void internal_untranslated_tenants(Call *call)
{
    DbResult *rows = untranslated(call);
    if (rows == NULL) {
        call_database_failed(call, &call->error);
        return;
    }
    JsonWriter json = json_writer(call->response->body);
    json_begin_object(&json);
    json_write_key(&json, "data");
    json_begin_array(&json);
    for (int i = 0; i < db_row_count(rows); i++) {
        json_begin_object(&json);
        json_member_string(&json, "id", db_text(rows, i, 0));
        json_member_string(&json, "external_tenant", db_text(rows, i, 1));
        json_end(&json);
    }
    json_end(&json);
    json_write_key(&json, "meta");
    json_begin_object(&json);
    json_member_int(&json, "count", db_row_count(rows));
    json_end(&json);
    json_end(&json);
}

/* The service's answer: {"account": "organisation" or null, …}. */
static json_t *ask_translator(Call *call, const DbResult *rows)
{
    Buffer *body = buffer_new(call->arena);
    JsonWriter json = json_writer(body);
    json_begin_array(&json);
    for (int i = 0; i < db_row_count(rows); i++) {
        json_write_string(&json, db_text(rows, i, 1));
    }
    json_end(&json);
    static const char *const HEADERS[] = {"Content-Type: application/json", NULL};
    HttpCall ask = {.method = "POST",
                    .url = arena_printf(call->arena, "%s/internal/orgIds",
                                        call->api->config->tenant_translator_url),
                    .headers = HEADERS,
                    .body = body->data,
                    .body_length = body->length,
                    .timeout_seconds = TRANSLATION_TIMEOUT_SECONDS};
    HttpAnswer answer;
    if (!http_call(call->arena, &ask, &answer, &call->error)) {
        return NULL;
    }
    if (answer.status != 200) {
        error_set(&call->error, ERROR_UNAVAILABLE, "%s answers %d", ask.url, answer.status);
        return NULL;
    }
    return json_parse(call->arena, answer.body->data, answer.body->length, &call->error);
}

/* Gives tenants the organisation that the service names; one that is another tenant's is left. */
static bool translate(Call *call, const DbResult *rows, const json_t *organisations,
                      JsonWriter *json, int64_t *translated)
{
    for (int i = 0; i < db_row_count(rows); i++) {
        const char *account = db_text(rows, i, 1);
        const char *organisation = json_get_string(organisations, account);
        bool known = organisation != NULL && identity_org_valid(organisation);
        DbResult *changed =
            known ? DB_QUERY(call->db, call->arena, &call->error,
                             "UPDATE tenants"
                             "   SET org_id = $2, updated_at = now()"
                             " WHERE id = $1"
                             "   AND NOT EXISTS (SELECT 1 FROM tenants WHERE org_id = $2)",
                             db_text(rows, i, 0), organisation)
                  : NULL;
        if (known && changed == NULL) {
            return false;
        }
        bool done = changed != NULL && db_affected(changed) == 1;
        *translated += done;
        json_begin_object(json);
        json_member_string(json, "external_tenant", account);
        json_member_string(json, "org_id", known ? organisation : NULL);
        json_member_bool(json, "translated", done);
        json_end(json);
    }
    return true;
}

void internal_translate_tenants(Call *call)
{
    DbResult *rows = untranslated(call);
    if (rows == NULL) {
        call_database_failed(call, &call->error);
        return;
    }
    int64_t count = db_row_count(rows), translated = 0;
    json_t *organisations = NULL;
    if (count > 0 && call->api->config->tenant_translator_url == NULL) {
        call_fail(call, 501,
                  "no service knows the organisations of account numbers: set "
                  "KONTOR_TENANT_TRANSLATOR_URL");
        return;
    }
    if (count > 0 && (organisations = ask_translator(call, rows)) == NULL) {
        call_fail(call, 502, "unable to translate the account numbers: %s", call->error.message);
        return;
    }
    JsonWriter json = json_writer(call->response->body);
    json_begin_object(&json);
    json_member_int(&json, "total_translatable_tenants_count", count);
    json_write_key(&json, "translation_results");
    json_begin_array(&json);
    if (!translate(call, rows, organisations, &json, &translated)) {
        call_database_failed(call, &call->error);
        return;
    }
    json_end(&json);
    json_member_int(&json, "translated_tenants", translated);
    json_member_int(&json, "untranslated_tenants", count - translated);
    json_end(&json);
}
