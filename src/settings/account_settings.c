#include <string.h>

#include "base/json.h"
#include "cost_api/call.h"
#include "cost_api/cost_type.h"
#include "cost_api/currency.h"
#include "cost_api/pages.h"
#include "providers/retention.h"
#include "settings/currencies.h"
#include "settings/settings.h"

#define ACCOUNT_SETTINGS COST_MANAGEMENT_API "/account-settings"

bool account_settings_read(Db *db, Arena *arena, const char *schema, AccountSettings *settings,
                           Error *error)
{
    *settings =
        (AccountSettings){.currency = CURRENCY_DEFAULT, .cost_type = AWS_COST_TYPES[0].name};
    const char *quoted = db_identifier(arena, schema);
    DbResult *rows =
        DB_QUERY(db, arena, error,
                 arena_printf(arena,
                              "SELECT (SELECT settings->>'currency' FROM %s.user_settings"
                              "         ORDER BY id LIMIT 1),"
                              "       (SELECT settings->>'cost_type' FROM %s.user_settings"
                              "         ORDER BY id LIMIT 1),"
                              "       (SELECT string_agg(currency_code, ',' ORDER BY currency_code)"
                              "          FROM %s.enabled_currency),"
                              "       (SELECT data_retention_months FROM %s.tenant_settings)",
                              quoted, quoted, quoted, quoted));
    if (rows == NULL) {
        bool missing = tenant_is_missing(db);
        if (missing) {
            error_clear(error);
        }
        return missing;
    }
    if (db_row_count(rows) == 1) {
        const char *currency = db_text(rows, 0, 0), *cost_type = db_text(rows, 0, 1);
        settings->currency = currency != NULL ? currency : settings->currency;
        settings->cost_type = cost_type != NULL ? cost_type : settings->cost_type;
        settings->enabled_currencies = db_text(rows, 0, 2);
        settings->retention_months = (int)db_int(rows, 0, 3);
    }
    return true;
}

int account_retention(const Config *config, const AccountSettings *settings)
{
    return retention_months(config, settings->retention_months);
}

/* What a value is that can't be taken: *fault stays NULL for one that can. False when the database
 * can't tell. */
static bool check_currency(CostCall *call, const char *value, const char **fault, Error *error)
{
    bool enabled;
    if (currency_find(value) == NULL) {
        *fault = "not a valid ISO 4217 currency";
        return true;
    }
    bool told =
        currencies_enabled(call->db, call->arena, call->caller.schema, value, &enabled, error);
    *fault = told && !enabled ? "not an enabled currency" : NULL;
    return told;
}

/* Those that are offered to choose from. */
static bool check_cost_type(CostCall *call, const char *value, const char **fault, Error *error)
{
    (void)call;
    (void)error;
    const CostType *type = cost_type_find(AWS_COST_TYPES, value);
    *fault = type == NULL || type->label == NULL ? "not a valid choice" : NULL;
    return true;
}

/* The settings by their names in paths and in bodies. */
static const struct {
    const char *path_name;
    const char *name;
    bool (*check)(CostCall *call, const char *value, const char **fault, Error *error);
} SETTINGS[] = {
    {"currency", "currency", check_currency},
    {"cost-type", "cost_type", check_cost_type},
};

enum { SETTING_COUNT = sizeof SETTINGS / sizeof *SETTINGS };

/* The setting of the path; -1 when the answer is written already. */
static int setting_of_path(CostCall *call)
{
    for (int i = 0; i < SETTING_COUNT; i++) {
        if (strcmp(SETTINGS[i].path_name, call->request->path_parameters[0]) == 0) {
            return i;
        }
    }
    access_write_error(call->response, 404, "detail", "Invalid not a user setting");
    return -1;
}

/* `only`: the one setting that is asked for; -1 for all. */
static void write_settings(CostCall *call, int only)
{
    AccountSettings settings;
    Error error = {0};
    if (!account_settings_read(call->db, call->arena, call->caller.schema, &settings, &error)) {
        access_write_failure(call->response, &error);
        return;
    }
    const char *const values[] = {settings.currency, settings.cost_type};
    Page page = page_of_query(call->arena, call->request->query, 10, 1000);
    page.count = 1;
    JsonWriter json = json_writer(call->response->body);
    json_begin_object(&json);
    page_write_head(&json, call->arena, &page, call->request->path, call->request->query);
    json_write_key(&json, "data");
    json_begin_object(&json);
    for (int i = 0; i < SETTING_COUNT; i++) {
        if (only < 0 || i == only) {
            json_member_string(&json, SETTINGS[i].name, values[i]);
        }
    }
    json_end(&json);
    json_end(&json);
}

static void get_all(void *context, HttpRequest *request, HttpResponse *response)
{
    CostCall call;
    if (call_begin(&call, context, request, response)) {
        write_settings(&call, -1);
        call_end(&call);
    }
}

static void get_one(void *context, HttpRequest *request, HttpResponse *response)
{
    CostCall call;
    if (call_begin(&call, context, request, response)) {
        int setting = setting_of_path(&call);
        if (setting >= 0) {
            write_settings(&call, setting);
        }
        call_end(&call);
    }
}

/* The new value, checked; NULL when the answer is written already. */
static const char *read_value(CostCall *call, int setting)
{
    json_t *body = call_body(call);
    if (body == NULL) {
        return NULL;
    }
    const char *value = json_get_string(body, SETTINGS[setting].name);
    if (value == NULL) {
        access_write_error(call->response, 400, SETTINGS[setting].name,
                           json_object_get(body, SETTINGS[setting].name) == NULL
                               ? "This field is required."
                               : "This field may not be null.");
        return NULL;
    }
    Error error = {0};
    const char *fault = NULL;
    if (!SETTINGS[setting].check(call, value, &fault, &error)) {
        access_write_failure(call->response, &error);
        return NULL;
    }
    if (fault != NULL) {
        access_write_error(call->response, 400, SETTINGS[setting].name,
                           arena_printf(call->arena, "\"%s\" is %s.", value, fault));
        value = NULL;
    }
    return value;
}

static void change(CostCall *call)
{
    int setting = setting_of_path(call);
    const char *value = setting >= 0 ? read_value(call, setting) : NULL;
    if (value == NULL) {
        return;
    }
    const char *parameters[] = {SETTINGS[setting].name, value};
    bool missing;
    DbResult *done = call_change(call, &missing,
                                 "INSERT INTO {schema}.user_settings (id, settings)"
                                 " VALUES (1, jsonb_build_object($1::text, $2::text))"
                                 " ON CONFLICT (id) DO UPDATE"
                                 " SET settings = user_settings.settings || EXCLUDED.settings",
                                 2, parameters);
    if (done != NULL) {
        call->response->status = 204;
    } else if (missing) {
        call_refuse_without_tenant(call);
    }
}

static void put_one(void *context, HttpRequest *request, HttpResponse *response)
{
    CostCall call;
    if (call_begin(&call, context, request, response)) {
        change(&call);
        call_end(&call);
    }
}

const HttpRoute ACCOUNT_SETTINGS_ROUTES[] = {
    {"GET", ACCOUNT_SETTINGS, get_all},
    {"GET", ACCOUNT_SETTINGS "/{name}", get_one},
    {"PUT", ACCOUNT_SETTINGS "/{name}", put_one},
    {NULL, NULL, NULL},
};
