#include <string.h>

#include "base/json.h"
#include "identity/identity.h"
#include "moving/apply.h"
#include "moving/document.h"
#include "moving/settings_read.h"
#include "providers/events.h"
#include "providers/provision.h"
#include "providers/retention.h"

/* Settings that are rows and nothing more: the table's own rules check them. $1 is the entry;
 * {schema} is the quoted schema. A statement that changes nothing says so by no row. */
static const struct {
    const char *name;
    const char *what;
    const char *sql;
} ROWS[] = {
    {"static_exchange_rates", "exchange rate",
     "INSERT INTO {schema}.static_exchange_rate AS old"
     "    (uuid, base_currency, target_currency, exchange_rate, start_date, end_date)"
     " SELECT COALESCE((r->>'uuid')::uuid, gen_random_uuid()), r->>'base_currency',"
     "        r->>'target_currency', (r->>'exchange_rate')::numeric, (r->>'start_date')::date,"
     "        (r->>'end_date')::date"
     "   FROM (SELECT $1::jsonb AS r) AS given"
     " ON CONFLICT (base_currency, target_currency, start_date, end_date) DO UPDATE"
     " SET exchange_rate = EXCLUDED.exchange_rate, updated_timestamp = now()"
     " WHERE old.exchange_rate <> EXCLUDED.exchange_rate"
     " RETURNING old.xmax = 0"},
    {"past_exchange_rates", "past exchange rate",
     "INSERT INTO {schema}.frozen_exchange_rate AS old"
     "    (base_currency, target_currency, exchange_rate, effective_date)"
     " SELECT r->>'base_currency', r->>'target_currency', (r->>'exchange_rate')::numeric,"
     "        (r->>'effective_date')::date"
     "   FROM (SELECT $1::jsonb AS r) AS given"
     " ON CONFLICT (base_currency, target_currency, effective_date) DO UPDATE"
     " SET exchange_rate = EXCLUDED.exchange_rate"
     " WHERE old.exchange_rate <> EXCLUDED.exchange_rate"
     " RETURNING old.xmax = 0"},
    {"tag_keys", "tag key",
     "INSERT INTO {schema}.reporting_enabledtagkeys AS old (key, enabled, provider_type)"
     " SELECT r->>'key', (r->>'enabled')::boolean, r->>'provider_type'"
     "   FROM (SELECT $1::jsonb AS r) AS given"
     " ON CONFLICT (key, provider_type) DO UPDATE SET enabled = EXCLUDED.enabled"
     " WHERE old.enabled <> EXCLUDED.enabled"
     " RETURNING old.xmax = 0"},
    {"aws_category_keys", "cost category key",
     "INSERT INTO {schema}.reporting_awsenabledcategorykeys AS old (key, enabled)"
     " SELECT r->>'key', (r->>'enabled')::boolean"
     "   FROM (SELECT $1::jsonb AS r) AS given"
     " ON CONFLICT (key) DO UPDATE SET enabled = EXCLUDED.enabled"
     " WHERE old.enabled <> EXCLUDED.enabled"
     " RETURNING old.xmax = 0"},
    {"tag_mappings", "tag mapping",
     "INSERT INTO {schema}.reporting_tagmapping AS old (child_id, parent_id)"
     " SELECT (SELECT uuid FROM {schema}.reporting_enabledtagkeys"
     "         WHERE key = r->>'child' AND provider_type = r->>'provider_type'),"
     "        (SELECT uuid FROM {schema}.reporting_enabledtagkeys"
     "         WHERE key = r->>'parent' AND provider_type = r->>'provider_type')"
     "   FROM (SELECT $1::jsonb AS r) AS given"
     " ON CONFLICT (child_id) DO UPDATE SET parent_id = EXCLUDED.parent_id"
     " WHERE old.parent_id <> EXCLUDED.parent_id"
     " RETURNING old.xmax = 0"},
    {"account_aliases", "account alias",
     "INSERT INTO {schema}.reporting_awsaccountalias AS old (account_id, account_alias)"
     " SELECT r->>'account_id', r->>'account_alias'"
     "   FROM (SELECT $1::jsonb AS r) AS given"
     " ON CONFLICT (account_id) DO UPDATE SET account_alias = EXCLUDED.account_alias"
     " WHERE old.account_alias IS DISTINCT FROM EXCLUDED.account_alias"
     " RETURNING old.xmax = 0"},
    {"organizational_units", "organizational unit",
     "INSERT INTO {schema}.reporting_awsorganizationalunit"
     "    (org_unit_name, org_unit_id, org_unit_path, level, created_timestamp,"
     "     deleted_timestamp, provider_id, account_alias_id)"
     " SELECT given.org_unit_name, given.org_unit_id, given.org_unit_path, given.level,"
     "        COALESCE(given.created_timestamp, CURRENT_DATE), given.deleted_timestamp, p.uuid,"
     "        a.id"
     "   FROM jsonb_to_record($1::jsonb) AS given"
     "        (org_unit_name text, org_unit_id text, org_unit_path text, level smallint,"
     "         created_timestamp date, deleted_timestamp date, provider_id uuid, account_id text)"
     "   LEFT JOIN {schema}.reporting_tenant_api_provider p ON p.uuid = given.provider_id"
     "   LEFT JOIN {schema}.reporting_awsaccountalias a ON a.account_id = given.account_id"
     "  WHERE NOT EXISTS ("
     "        SELECT FROM {schema}.reporting_awsorganizationalunit o"
     "         WHERE (o.org_unit_id, o.org_unit_path, o.org_unit_name)"
     "               = (given.org_unit_id, given.org_unit_path, given.org_unit_name)"
     "           AND (o.account_alias_id, o.created_timestamp, o.deleted_timestamp)"
     "               IS NOT DISTINCT FROM"
     "               (a.id, given.created_timestamp, given.deleted_timestamp))"
     " RETURNING true"},
};

enum { ROWS_COUNT = sizeof ROWS / sizeof *ROWS };

json_t *apply_setting(const Apply *apply, const char *name)
{
    return json_object_get(json_object_get(apply->tenant, "settings"), name);
}

static const char *in_schema(Apply *apply, const char *template)
{
    const char *schema = db_identifier(apply->arena, identity_schema(apply->arena, apply->org_id));
    return settings_in_schema(apply->arena, schema, template);
}

/* Tells of many rows of one kind in one line. */
static void report_rows(Apply *apply, const char *what, int made, int changed)
{
    if (made > 0) {
        moving_report(apply->report, MOVING_MADE, "%d %s%s", made, what, made == 1 ? "" : "s");
    }
    if (changed > 0) {
        moving_report(apply->report, MOVING_CHANGED, "%d %s%s", changed, what,
                      changed == 1 ? "" : "s");
    }
}

static bool put_rows(Apply *apply, int kind, Error *error)
{
    const json_t *list = apply_setting(apply, ROWS[kind].name);
    const char *sql = in_schema(apply, ROWS[kind].sql);
    int made = 0, changed = 0;
    for (size_t i = 0; i < json_array_size(list); i++) {
        DbResult *rows = DB_QUERY(inside_koku(apply->inside), apply->arena, error, sql,
                                  document_text(apply->arena, json_array_get(list, i), false));
        if (rows == NULL) {
            return error_wrap(error, "organisation %s, settings.%s[%zu]", apply->org_id,
                              ROWS[kind].name, i);
        }
        if (db_row_count(rows) > 0) {
            *(db_bool(rows, 0, 0) ? &made : &changed) += 1;
        }
    }
    report_rows(apply, ROWS[kind].what, made, changed);
    return true;
}

static DbResult *enabled_currencies(Apply *apply, Error *error)
{
    return DB_QUERY(
        inside_koku(apply->inside), apply->arena, error,
        in_schema(apply, "SELECT currency_code FROM {schema}.enabled_currency ORDER BY 1"));
}

static const char *currency_path(Apply *apply, const char *code)
{
    return arena_printf(apply->arena, COSTS_PATH "/settings/currency/enabled/%.5s/", code);
}

static bool enable_currencies(Apply *apply, Error *error)
{
    const json_t *wanted = apply_setting(apply, "enabled_currencies");
    DbResult *rows = enabled_currencies(apply, error);
    json_t *enabled = document_new(apply->arena, json_array());
    for (int i = 0; rows != NULL && i < db_row_count(rows); i++) {
        json_array_append_new(enabled, json_string(db_text(rows, i, 0)));
    }
    for (size_t i = 0; rows != NULL && i < json_array_size(wanted); i++) {
        const char *code = json_string_value(json_array_get(wanted, i));
        if (document_has_text(enabled, code)) {
            continue;
        }
        if (apply_ask(apply, "POST", currency_path(apply, code), NULL,
                      arena_printf(apply->arena, "currency %s", code), error) == NULL) {
            return false;
        }
        moving_report(apply->report, MOVING_CHANGED, "currency %s enabled", code);
    }
    return rows != NULL;
}

/* Last, for nothing uses them any more then; one that is used by what is here besides stays. */
static bool disable_currencies(Apply *apply, Error *error)
{
    const json_t *wanted = apply_setting(apply, "enabled_currencies");
    DbResult *rows = json_array_size(wanted) > 0 ? enabled_currencies(apply, error) : NULL;
    for (int i = 0; rows != NULL && i < db_row_count(rows); i++) {
        const char *code = db_text(rows, i, 0);
        Error refusal = {0};
        if (document_has_text(wanted, code)) {
            continue;
        }
        bool done = inside_ask(apply->inside, apply->arena, "DELETE", currency_path(apply, code),
                               NULL, &refusal) != NULL;
        moving_report(apply->report, done ? MOVING_CHANGED : MOVING_NOTE, "currency %s %s%s%s",
                      code, done ? "disabled" : "stays enabled", done ? "" : ": ",
                      done ? "" : refusal.message);
    }
    return rows != NULL || json_array_size(wanted) == 0;
}

/* One of the account's settings, where it is another one. */
static bool put_value(Apply *apply, const char *path_name, const char *name, Error *error)
{
    const char *wanted = json_string_value(apply_setting(apply, name));
    const char *path = arena_printf(apply->arena, COSTS_PATH "/account-settings/%s/", path_name);
    const char *what = arena_printf(apply->arena, "setting %s", name);
    const json_t *answer = apply_ask(apply, "GET", path, NULL, what, error);
    if (wanted == NULL || answer == NULL) {
        return answer != NULL;
    }
    const char *is = json_get_string(json_object_get(answer, "data"), name);
    if (is != NULL && strcmp(is, wanted) == 0) {
        return true;
    }
    const json_t *body = document_new(apply->arena, json_pack("{s:s}", name, wanted));
    if (apply_ask(apply, "PUT", path, body, what, error) == NULL) {
        return false;
    }
    moving_report(apply->report, MOVING_CHANGED, "%s: %s", what, wanted);
    return true;
}

static bool put_retention(Apply *apply, Error *error)
{
    static const char PATH[] = COSTS_PATH "/account-settings/data-retention/";
    const json_t *wanted = apply_setting(apply, "data_retention_months");
    if (wanted == NULL) {
        return true;
    }
    long long months = json_integer_value(wanted);
    if (retention_configured(apply->config)) {
        moving_report(apply->report, MOVING_NOTE,
                      "data retention of %lld months is left out: --retention-months %d counts for "
                      "all here",
                      months, apply->config->retention_months);
        return true;
    }
    const json_t *answer = apply_ask(apply, "GET", PATH, NULL, "data retention", error);
    if (answer == NULL ||
        json_integer_value(json_object_get(answer, "data_retention_months")) == months) {
        return answer != NULL;
    }
    const json_t *body =
        document_new(apply->arena, json_pack("{s:I}", "data_retention_months", months));
    if (apply_ask(apply, "PUT", PATH, body, "data retention", error) == NULL) {
        return false;
    }
    moving_report(apply->report, MOVING_CHANGED, "data retention: %lld months", months);
    return true;
}

static bool put_all_rows(Apply *apply, Error *error)
{
    for (int i = 0; i < ROWS_COUNT; i++) {
        if (!put_rows(apply, i, error)) {
            return false;
        }
    }
    return true;
}

/* The customer, also one without sources; then what the sources' events ask for. Making a schema
 * leaves its name in the search path. */
static bool provision(Apply *apply, Error *error)
{
    Db *koku = inside_koku(apply->inside);
    const char *account = json_get_string(apply->tenant, "account_number");
    int failed = 0;
    bool done = provision_customer(koku, apply->arena, apply->org_id,
                                   account != NULL ? account : "", error) &&
                db_script(koku, "RESET search_path", error) &&
                provider_events_apply_over(apply->config, koku, inside_sources(apply->inside),
                                           &failed, error);
    if (done && failed > 0) {
        moving_report(apply->report, MOVING_NOTE,
                      "%d events of sources wait: kontor explain tells why", failed);
    }
    return done || error_wrap(error, "organisation %s", apply->org_id);
}

bool apply_settings(Apply *apply, Error *error)
{
    return provision(apply, error) && enable_currencies(apply, error) &&
           put_value(apply, "currency", "currency", error) &&
           put_value(apply, "cost-type", "cost_type", error) && put_retention(apply, error) &&
           put_all_rows(apply, error) && apply_cost_models(apply, error) &&
           disable_currencies(apply, error);
}
