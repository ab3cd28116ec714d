#include "moving/moving.h"

#include <string.h>

#include "base/date.h"
#include "base/json.h"
#include "identity/identity.h"
#include "moving/apply.h"
#include "moving/document.h"
#include "moving/seal.h"
#include "moving/settings_read.h"
#include "sources/carry.h"

/* One writing, over connections of its own. */
typedef struct Export {
    const MovingScope *scope;
    Arena *arena;
    Db *koku;
    Db *sources;
    json_t *tenants; /* the list of the document */
    json_t *known;   /* schemas that are in it */
} Export;

/* Providers that no source has asked for are no part of the document: one should know. */
static bool note_direct_providers(Export *export, const char *org_id, const char *schema,
                                  Error *error)
{
    DbResult *rows = DB_QUERY(export->koku, export->arena, error,
                              "SELECT p.name, p.uuid"
                              "  FROM api_provider p"
                              "  JOIN api_customer c ON c.id = p.customer_id"
                              " WHERE c.schema_name = $1"
                              "   AND NOT EXISTS (SELECT FROM api_sources s"
                              "                    WHERE s.provider_id = p.uuid)"
                              " ORDER BY p.name",
                              schema);
    for (int i = 0; rows != NULL && i < db_row_count(rows); i++) {
        moving_report(export->scope->report, MOVING_NOTE,
                      "%s: provider \"%s\" (%s) was not made by the Sources API: it is left out",
                      org_id, db_text(rows, i, 0), db_text(rows, i, 1));
    }
    return rows != NULL;
}

/* The ids that connect the document's rows stay; those of rows that nothing names go. */
static bool add_tenant(Export *export, const char *org_id, const char *account, Error *error)
{
    const char *schema = identity_schema(export->arena, org_id);
    if ((export->scope->org_id != NULL &&
         strcmp(schema, identity_schema(export->arena, export->scope->org_id)) != 0) ||
        json_object_get(export->known, schema) != NULL) {
        return true;
    }
    const char *text = sources_carry_read(export->sources, export->arena, org_id, error);
    json_t *tenant = text != NULL ? json_parse(export->arena, text, strlen(text), error) : NULL;
    if (tenant == NULL) {
        return error_wrap(error, "organisation %s", org_id);
    }
    long long of_users = json_integer_value(json_object_get(tenant, "of_users"));
    if (of_users > 0) {
        moving_report(export->scope->report, MOVING_NOTE,
                      "%s: %lld rows belong to single users: they are left out", org_id, of_users);
    }
    json_object_del(tenant, "of_users");
    json_object_set_new(tenant, "org_id", json_string(org_id));
    json_object_set_new(tenant, "account_number", json_string(account));
    json_t *settings = json_object();
    json_object_set_new(tenant, "settings", settings);
    json_object_set_new(export->known, schema, json_true());
    json_array_append(export->tenants, tenant);
    return (settings_read(export->koku, export->arena, schema, settings, NULL, error) &&
            note_direct_providers(export, org_id, schema, error)) ||
           error_wrap(error, "organisation %s", org_id);
}

/* Those that the Sources API knows, then those that have providers or settings only. */
static bool add_tenants(Export *export, Error *error)
{
    DbResult *lists[2] = {sources_carry_tenants(export->sources, export->arena, error)};
    lists[1] = lists[0] == NULL ? NULL
                                : DB_QUERY(export->koku, export->arena, error,
                                           "SELECT org_id, COALESCE(account_id, '')"
                                           "  FROM api_customer"
                                           " ORDER BY org_id");
    for (int list = 0; list < 2; list++) {
        for (int i = 0; lists[1] != NULL && i < db_row_count(lists[list]); i++) {
            if (!add_tenant(export, db_text(lists[list], i, 0), db_text(lists[list], i, 1),
                            error)) {
                return false;
            }
        }
    }
    return lists[1] != NULL;
}

static json_t *new_document(Export *export)
{
    char now[TIMESTAMP_TEXT_SIZE];
    json_t *document =
        document_new(export->arena,
                     json_pack("{s:s, s:i, s:s, s:s, s:o}", "format", DOCUMENT_FORMAT, "version",
                               DOCUMENT_VERSION, "kontor", KONTOR_VERSION, "written_at",
                               timestamp_format(clock_now(), true, now), "tenants", json_array()));
    export->tenants = json_object_get(document, "tenants");
    export->known = document_new(export->arena, json_object());
    return document;
}

/* All tables as they are at one moment, in each of the two databases. */
static bool begin_reading(Export *export, Error *error)
{
    static const char BEGIN[] = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";
    export->sources = db_pool_take(database_sources(export->scope->database), error);
    export->koku = export->sources != NULL
                       ? db_pool_take(database_koku(export->scope->database), error)
                       : NULL;
    return export->koku != NULL && db_script(export->sources, BEGIN, error) &&
           db_script(export->koku, BEGIN, error);
}

const char *moving_export(const MovingScope *scope, Arena *arena, const char *passphrase,
                          Error *error)
{
    Export export = {.scope = scope, .arena = arena};
    json_t *document = new_document(&export);
    int left_out = 0;
    bool done = begin_reading(&export, error) && add_tenants(&export, error);
    db_pool_give(database_koku(scope->database), export.koku);
    db_pool_give(database_sources(scope->database), export.sources);
    if (done && json_array_size(export.tenants) == 0 && scope->org_id != NULL) {
        done = error_set(error, ERROR_NOT_FOUND, "there is no organisation %s", scope->org_id);
    }
    if (!done || !seal_passwords(scope->config, arena, document, passphrase, &left_out, error)) {
        return NULL;
    }
    if (left_out > 0) {
        moving_report(scope->report, MOVING_NOTE,
                      "%d password%s left out; --with-secrets FILE seals them into the document",
                      left_out, left_out == 1 ? " is" : "s are");
    }
    return document_text(arena, document, true);
}

static bool forget_markups(Apply *apply, Error *error)
{
    const char *schema = db_identifier(apply->arena, identity_schema(apply->arena, apply->org_id));
    return db_query(inside_koku(apply->inside), apply->arena, error,
                    arena_printf(apply->arena,
                                 "DELETE FROM public.kontor_job"
                                 " WHERE kind = 'cost_model' AND state = 'queued'"
                                 "   AND provider_uuid IN ("
                                 "       SELECT uuid FROM %s.reporting_tenant_api_provider p"
                                 "        WHERE NOT EXISTS ("
                                 "              SELECT FROM %s.reporting_awscostentrybill b"
                                 "               WHERE b.provider_id = p.uuid))",
                                 schema, schema),
                    0, NULL) != NULL;
}

bool moving_import_tenant(const MovingScope *scope, const json_t *tenant, const MovingWay *way,
                          Error *error)
{
    const char *org_id = json_get_string(tenant, "org_id");
    const char *account = json_get_string(tenant, "account_number");
    Apply apply = {.config = scope->config,
                   .arena = arena_new(),
                   .tenant = tenant,
                   .org_id = org_id,
                   .report = scope->report,
                   .lenient = way->lenient};
    apply.inside = inside_new(scope->config, scope->database, way->actor, error);
    bool done = apply.inside != NULL &&
                inside_begin(apply.inside, org_id, account != NULL ? account : "", error) &&
                apply_sources(&apply, error) && apply_settings(&apply, error) &&
                (!way->keeps_markups || forget_markups(&apply, error)) &&
                inside_end(apply.inside, !way->dry_run, error);
    inside_free(apply.inside);
    arena_free(apply.arena);
    return done;
}

bool moving_import(const MovingScope *scope, Arena *arena, const char *text, size_t length,
                   const char *passphrase, bool dry_run, Error *error)
{
    const MovingWay way = {.actor = "kontor import-config", .dry_run = dry_run};
    json_t *document = document_read(arena, text, length, error);
    int left_out = 0, brought = 0;
    if (document == NULL || !seal_open_passwords(arena, document, passphrase, &left_out, error)) {
        return false;
    }
    const json_t *tenants = json_object_get(document, "tenants");
    for (size_t i = 0; i < json_array_size(tenants); i++) {
        const json_t *tenant = json_array_get(tenants, i);
        const char *org_id = json_get_string(tenant, "org_id");
        if (scope->org_id != NULL && strcmp(org_id, scope->org_id) != 0) {
            continue;
        }
        buffer_printf(scope->report->lines, "organisation %s\n", org_id);
        if (!moving_import_tenant(scope, tenant, &way, error)) {
            return false;
        }
        brought++;
    }
    if (left_out > 0) {
        moving_report(scope->report, MOVING_NOTE, "%d password%s not brought in%s", left_out,
                      left_out == 1 ? " is" : "s are",
                      passphrase == NULL && json_object_get(document, "passwords") != NULL
                          ? ": --with-secrets FILE names the passphrase"
                          : ": they are not in the document, enter them again");
    }
    return brought > 0 || scope->org_id == NULL ||
           error_set(error, ERROR_NOT_FOUND, "organisation %s is not in the document",
                     scope->org_id);
}
