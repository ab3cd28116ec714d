#include "providers/provision.h"

#include <string.h>

#include "base/crypto.h"
#include "base/json.h"
#include "base/log.h"
#include "db/database.h"
#include "identity/identity.h"
#include "providers/secrets.h"

static const char *number_text(Arena *arena, int64_t number)
{
    return arena_printf(arena, "%lld", (long long)number);
}

static bool ensure_tenant(Db *db, Arena *arena, const char *schema, Error *error)
{
    return database_provision_tenant(db, arena, schema, error) &&
           DB_QUERY(db, arena, error,
                    "INSERT INTO api_tenant (schema_name)"
                    " VALUES ($1)"
                    " ON CONFLICT (schema_name) DO NOTHING",
                    schema) != NULL;
}

/* The table has three keys, and someone else may be putting a customer at the same moment: a row
 * that meets any of them is not made, and *there tells whether the customer is there. */
static bool put_customer(Db *db, Arena *arena, const char *schema, const char *org_id,
                         const char *account, bool *there, Error *error)
{
    DbResult *made = DB_QUERY(db, arena, error,
                              "INSERT INTO api_customer (schema_name, org_id, account_id)"
                              " VALUES ($1, $2, $3)"
                              " ON CONFLICT DO NOTHING",
                              schema, org_id, account);
    DbResult *found =
        made == NULL
            ? NULL
            : DB_QUERY(db, arena, error, "SELECT FROM api_customer WHERE schema_name = $1", schema);
    *there = found != NULL && db_row_count(found) > 0;
    return found != NULL;
}

bool provision_customer(Db *db, Arena *arena, const char *org_id, const char *account, Error *error)
{
    const char *schema = identity_schema(arena, org_id);
    const char *number = *account != '\0' ? account : NULL;
    bool there;
    /* An account number that another organisation has already is left to it. */
    if (!put_customer(db, arena, schema, org_id, number, &there, error) ||
        (!there && !put_customer(db, arena, schema, org_id, NULL, &there, error))) {
        return false;
    }
    if (!there) {
        return error_set(error, ERROR_CONFLICT,
                         "organisation %s is a customer whose schema is not %s: change its "
                         "schema_name in api_customer",
                         org_id, schema);
    }
    return ensure_tenant(db, arena, schema, error);
}

/* The row of this data source, made when there is none: NULL on failure. */
static const char *find_billing_source(Db *db, Arena *arena, const char *data_source, Error *error)
{
    DbResult *made =
        DB_QUERY(db, arena, error,
                 "INSERT INTO api_providerbillingsource (data_source) VALUES ($1)", data_source);
    DbResult *found = made == NULL ? NULL
                                   : DB_QUERY(db, arena, error,
                                              "SELECT min(id)"
                                              "  FROM api_providerbillingsource"
                                              " WHERE data_source_identity(data_source) ="
                                              "       data_source_identity($1)",
                                              data_source);
    return found != NULL ? db_text(found, 0, 0) : NULL;
}

/* Seals what came as plain text, except what is sealed already in the former credentials. */
static bool seal_credentials(Db *db, Arena *arena, const Config *config, const ProviderWish *wish,
                             Error *error)
{
    static const char *const SECRETS[] = {"secret_key", "session_token"};
    DbResult *rows = DB_QUERY(db, arena, error,
                              "SELECT credentials FROM api_providerauthentication WHERE uuid = $1",
                              wish->source_uid);
    if (rows == NULL) {
        return false;
    }
    json_t *former = NULL;
    if (db_row_count(rows) == 1) {
        const char *text = db_text(rows, 0, 0);
        former = json_parse(arena, text, strlen(text), error);
        if (former == NULL) {
            return false;
        }
    }
    for (size_t i = 0; i < sizeof SECRETS / sizeof *SECRETS; i++) {
        const char *plain = json_get_string(wish->credentials, SECRETS[i]);
        if (plain == NULL) {
            continue;
        }
        if (!secrets_write(config, arena, wish->credentials, former, SECRETS[i], plain, error)) {
            return false;
        }
        json_object_del(wish->credentials, SECRETS[i]);
    }
    return true;
}

/* A provider's authentication is its own row, known by the provider's uuid: two sources with the
 * same role are two providers. *id is NULL when the wish names no credentials. */
static bool put_authentication(Db *db, Arena *arena, const Config *config, const ProviderWish *wish,
                               const char **id, Error *error)
{
    *id = NULL;
    if (json_object_size(wish->credentials) == 0) {
        return true;
    }
    if (!seal_credentials(db, arena, config, wish, error)) {
        return false;
    }
    DbResult *rows = DB_QUERY(db, arena, error,
                              "INSERT INTO api_providerauthentication (uuid, credentials)"
                              " VALUES ($1, $2)"
                              " ON CONFLICT (uuid) DO UPDATE SET credentials = EXCLUDED.credentials"
                              " RETURNING id",
                              wish->source_uid, json_text(arena, wish->credentials));
    *id = rows != NULL ? db_text(rows, 0, 0) : NULL;
    return rows != NULL;
}

/* Rows that nobody points to any more. */
static bool remove_orphans(Db *db, Arena *arena, const char *billing_id, const char *auth_id,
                           Error *error)
{
    return DB_QUERY(
               db, arena, error,
               "DELETE FROM api_providerbillingsource b"
               " WHERE id = $1"
               "   AND NOT EXISTS (SELECT FROM api_provider p WHERE p.billing_source_id = b.id)",
               billing_id) != NULL &&
           DB_QUERY(
               db, arena, error,
               "DELETE FROM api_providerauthentication a"
               " WHERE id = $1"
               "   AND NOT EXISTS (SELECT FROM api_provider p WHERE p.authentication_id = a.id)",
               auth_id) != NULL;
}

static bool put_source(Db *db, Arena *arena, const ProviderWish *wish, const OutboxEvent *event,
                       const char *provider_uuid, Error *error)
{
    json_t *headers = json_parse(arena, event->headers, strlen(event->headers), NULL);
    return DB_QUERY(
               db, arena, error,
               "INSERT INTO api_sources"
               "    (source_id, source_uuid, name, auth_header, \"offset\", account_id, org_id,"
               "     source_type, authentication, billing_source, koku_uuid, provider_id, paused,"
               "     updated_timestamp)"
               " VALUES ($1, $2::uuid, $3, $4, $5, $6, $7, $8,"
               "         jsonb_build_object('credentials', $9::jsonb),"
               "         jsonb_build_object('data_source', $10::jsonb),"
               "         $11::text, $11::uuid, $12, now())"
               " ON CONFLICT (source_id) DO UPDATE SET"
               "     name = EXCLUDED.name, auth_header = EXCLUDED.auth_header,"
               "     \"offset\" = EXCLUDED.\"offset\", source_type = EXCLUDED.source_type,"
               "     authentication = EXCLUDED.authentication,"
               "     billing_source = EXCLUDED.billing_source, koku_uuid = EXCLUDED.koku_uuid,"
               "     provider_id = EXCLUDED.provider_id, paused = EXCLUDED.paused,"
               "     updated_timestamp = EXCLUDED.updated_timestamp",
               number_text(arena, wish->source_id), wish->source_uid, wish->name,
               json_get_string(headers, "x-rh-identity"), number_text(arena, event->id),
               wish->account, wish->org_id, wish->type != NULL ? wish->type : wish->source_type,
               json_text(arena, wish->credentials), json_text(arena, wish->data_source),
               provider_uuid, wish->paused ? "true" : "false") != NULL;
}

bool provision_source(Db *db, Arena *arena, const ProviderWish *wish, const OutboxEvent *event,
                      Error *error)
{
    /* Secrets are kept sealed with a provider only. */
    json_object_clear(wish->credentials);
    return put_source(db, arena, wish, event, NULL, error);
}

/* What the provider points to now, to be dropped when it no longer does. */
static bool read_former(Db *db, Arena *arena, const char *uuid, const char **billing_id,
                        const char **auth_id, Error *error)
{
    DbResult *rows = DB_QUERY(db, arena, error,
                              "SELECT billing_source_id, authentication_id"
                              "  FROM api_provider"
                              " WHERE uuid = $1"
                              "   FOR UPDATE",
                              uuid);
    bool there = rows != NULL && db_row_count(rows) == 1;
    *billing_id = there ? db_text(rows, 0, 0) : NULL;
    *auth_id = there ? db_text(rows, 0, 1) : NULL;
    return rows != NULL;
}

static bool put_provider(Db *db, Arena *arena, const ProviderWish *wish, const char *schema,
                         const char *billing_id, const char *auth_id, Error *error)
{
    char now[TIMESTAMP_TEXT_SIZE];
    return DB_QUERY(db, arena, error,
                    "INSERT INTO api_provider"
                    "    (uuid, name, type, paused, billing_source_id, authentication_id,"
                    "     created_timestamp, customer_id)"
                    " SELECT $1, $2, $3, $4, $5, $6, $7, id"
                    "   FROM api_customer"
                    "  WHERE schema_name = $8"
                    " ON CONFLICT (uuid) DO UPDATE SET"
                    "     name = EXCLUDED.name, type = EXCLUDED.type, paused = EXCLUDED.paused,"
                    "     billing_source_id = EXCLUDED.billing_source_id,"
                    "     authentication_id = EXCLUDED.authentication_id",
                    wish->source_uid, wish->name, wish->type, wish->paused ? "true" : "false",
                    billing_id, auth_id, timestamp_format(clock_now(), true, now),
                    schema) != NULL &&
           DB_QUERY(db, arena, error,
                    arena_printf(arena,
                                 "INSERT INTO %s.reporting_tenant_api_provider"
                                 "    (uuid, name, type, provider_id)"
                                 " VALUES ($1, $2, $3, $1)"
                                 " ON CONFLICT (uuid) DO UPDATE SET"
                                 "     name = EXCLUDED.name, type = EXCLUDED.type",
                                 db_identifier(arena, schema)),
                    wish->source_uid, wish->name, wish->type) != NULL &&
           DB_QUERY(db, arena, error,
                    "UPDATE api_customer SET date_updated = now() WHERE schema_name = $1",
                    schema) != NULL;
}

bool provision_provider(Db *db, Arena *arena, const Config *config, const ProviderWish *wish,
                        const OutboxEvent *event, Error *error)
{
    if (!uuid_valid(wish->source_uid)) {
        return error_set(error, ERROR_DATA, "the uid \"%s\" of source %lld is no UUID",
                         wish->source_uid, (long long)wish->source_id);
    }
    const char *schema = identity_schema(arena, wish->org_id);
    const char *former_billing, *former_auth, *auth_id;
    if (!read_former(db, arena, wish->source_uid, &former_billing, &former_auth, error)) {
        return false;
    }
    const char *billing_id =
        find_billing_source(db, arena, json_text(arena, wish->data_source), error);
    return billing_id != NULL && put_authentication(db, arena, config, wish, &auth_id, error) &&
           put_provider(db, arena, wish, schema, billing_id, auth_id, error) &&
           put_source(db, arena, wish, event, wish->source_uid, error) &&
           remove_orphans(db, arena, former_billing, former_auth, error);
}

/* Every table of the tenant that holds rows of a source says so by this column, the partitioned
 * ones at their top. */
static bool remove_summaries(Db *db, Arena *arena, const char *schema, const char *uuid,
                             Error *error)
{
    DbResult *tables = DB_QUERY(db, arena, error,
                                "SELECT c.relname"
                                "  FROM pg_class c"
                                "  JOIN pg_namespace n ON n.oid = c.relnamespace"
                                "  JOIN pg_attribute a ON a.attrelid = c.oid"
                                " WHERE n.nspname = $1"
                                "   AND a.attname = 'source_uuid'"
                                "   AND c.relkind IN ('r', 'p')"
                                "   AND NOT c.relispartition"
                                " ORDER BY c.relname",
                                schema);
    for (int i = 0; tables != NULL && i < db_row_count(tables); i++) {
        const char *sql =
            arena_printf(arena, "DELETE FROM %s.%s WHERE source_uuid = $1",
                         db_identifier(arena, schema), db_identifier(arena, db_text(tables, i, 0)));
        if (DB_QUERY(db, arena, error, sql, uuid) == NULL) {
            return false;
        }
    }
    /* Bills go with it, and with them the tag and category summaries. */
    return tables != NULL &&
           DB_QUERY(db, arena, error,
                    arena_printf(arena,
                                 "DELETE FROM %s.reporting_tenant_api_provider WHERE uuid = $1",
                                 db_identifier(arena, schema)),
                    uuid) != NULL;
}

static bool tenant_exists(Db *db, Arena *arena, const char *schema, bool *exists, Error *error)
{
    DbResult *rows = DB_QUERY(
        db, arena, error, "SELECT to_regclass($1) IS NOT NULL",
        arena_printf(arena, "%s.reporting_tenant_api_provider", db_identifier(arena, schema)));
    *exists = rows != NULL && db_bool(rows, 0, 0);
    return rows != NULL;
}

bool provision_remove(Db *db, Arena *arena, const char *uuid, Error *error)
{
    DbResult *rows = NULL;
    if (!db_script(db, "SET LOCAL lock_timeout = '10s'", error) ||
        (rows = DB_QUERY(db, arena, error,
                         "SELECT p.billing_source_id, p.authentication_id, c.schema_name"
                         "  FROM api_provider p"
                         "  LEFT JOIN api_customer c ON c.id = p.customer_id"
                         " WHERE p.uuid = $1"
                         "   FOR UPDATE OF p",
                         uuid)) == NULL) {
        return false;
    }
    if (db_row_count(rows) == 0) {
        return true;
    }
    const char *schema = db_text(rows, 0, 2);
    bool has_tenant = false;
    if (schema != NULL && !tenant_exists(db, arena, schema, &has_tenant, error)) {
        return false;
    }
    return (!has_tenant || remove_summaries(db, arena, schema, uuid, error)) &&
           DB_QUERY(db, arena, error, "DELETE FROM kontor_job WHERE provider_uuid = $1", uuid) !=
               NULL &&
           DB_QUERY(db, arena, error, "DELETE FROM api_provider WHERE uuid = $1", uuid) != NULL &&
           remove_orphans(db, arena, db_text(rows, 0, 0), db_text(rows, 0, 1), error);
}

bool provision_forget_source(Db *db, Arena *arena, int64_t source_id, Error *error)
{
    return DB_QUERY(db, arena, error, "DELETE FROM api_sources WHERE source_id = $1",
                    number_text(arena, source_id)) != NULL;
}

#define TENANT_PROVIDERS                                                                           \
    "SELECT p.uuid, p.name, p.type"                                                                \
    "  FROM api_provider p"                                                                        \
    "  JOIN api_customer c ON c.id = p.customer_id"                                                \
    " WHERE c.schema_name = $1"

/* One tenant's rows of the providers it has. Looked at first: a statement that changes nothing
 * would count as a change of the tenant's data. */
static bool reconcile_schema(Db *db, Arena *arena, const char *schema, Error *error)
{
    if (!ensure_tenant(db, arena, schema, error)) {
        return false;
    }
    const char *quoted = db_identifier(arena, schema);
    DbResult *missing =
        DB_QUERY(db, arena, error,
                 arena_printf(arena,
                              TENANT_PROVIDERS " EXCEPT SELECT uuid, name, type"
                                               "  FROM %s.reporting_tenant_api_provider",
                              quoted),
                 schema);
    return missing != NULL &&
           (db_row_count(missing) == 0 ||
            DB_QUERY(db, arena, error,
                     arena_printf(arena,
                                  "INSERT INTO %s.reporting_tenant_api_provider"
                                  "    (uuid, name, type, provider_id)"
                                  " SELECT uuid, name, type, uuid"
                                  "   FROM (" TENANT_PROVIDERS ") AS wanted"
                                  " ON CONFLICT (uuid) DO UPDATE SET"
                                  "     name = EXCLUDED.name, type = EXCLUDED.type",
                                  quoted),
                     schema) != NULL);
}

bool provision_reconcile(Db *db, const char *provider_uuid, Error *error)
{
    Arena *arena = arena_new();
    DbResult *schemas =
        DB_QUERY(db, arena, error,
                 "SELECT schema_name"
                 "  FROM api_customer c"
                 " WHERE EXISTS (SELECT"
                 "                 FROM api_provider"
                 "                WHERE customer_id = c.id"
                 "                  AND ($1::text IS NULL OR uuid::text = lower($1)))"
                 "    OR ($1::text IS NULL"
                 "        AND EXISTS (SELECT FROM api_tenant t"
                 "                     WHERE t.schema_name = c.schema_name))"
                 " ORDER BY 1",
                 provider_uuid);
    bool there = schemas != NULL;
    for (int i = 0; there && i < db_row_count(schemas); i++) {
        Error failure = {0};
        const char *schema = db_text(schemas, i, 0);
        if (!reconcile_schema(db, arena, schema, &failure)) {
            log_error("providers", "tenant %s: %s", schema, failure.message);
            there = failure.code != ERROR_UNAVAILABLE ||
                    error_set(error, failure.code, "%s", failure.message);
        }
    }
    arena_free(arena);
    return there;
}
