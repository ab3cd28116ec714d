#include <string.h>

#include "base/json.h"
#include "cost_api/currency.h"
#include "cost_api/list_query.h"
#include "cost_api/pages.h"
#include "settings/currencies.h"
#include "settings/settings.h"

#define CURRENCY_SETTINGS COST_MANAGEMENT_API "/settings/currency"

/* As a PostgreSQL array. */
static const char *all_codes(Arena *arena)
{
    int count;
    const Currency *all = currency_all(&count);
    Buffer *array = buffer_new(arena);
    for (int i = 0; i < count; i++) {
        buffer_printf(array, "%c%s", i == 0 ? '{' : ',', all[i].code);
    }
    buffer_append_char(array, '}');
    return array->data;
}

/* What a tenant has of its currencies: rows of code, is it enabled, does a fetched rate tell its
 * worth, the rates that were set, and may it be disabled. */
static DbResult *ask(CostCall *call, bool *missing)
{
    char month[DATE_TEXT_SIZE];
    const char *today = day_format(day_month_start(clock_today(), 0), month);
    return call_query(
        call, missing,
        "WITH used AS ("
        "    SELECT '" CURRENCY_DEFAULT "' AS code"
        "     UNION SELECT COALESCE((SELECT settings->>'currency' FROM {schema}.user_settings"
        "                      ORDER BY id LIMIT 1), '" CURRENCY_DEFAULT "')"
        "     UNION SELECT currency FROM {schema}.cost_model"
        "     UNION SELECT currency FROM {schema}.price_list"
        "     UNION SELECT currency_code FROM {schema}.reporting_aws_cost_summary_by_account_p)"
        "SELECT c.code, e.currency_code IS NOT NULL,"
        "       EXISTS (SELECT FROM public.monthly_exchange_rate m"
        "                WHERE m.currency = c.code AND m.effective_date <= $1::date),"
        "       (SELECT COALESCE(json_agg(json_build_object('uuid', s.uuid,"
        "                   'name', s.base_currency || '-' || s.target_currency,"
        "                   'base_currency', s.base_currency, 'target_currency',"
        "                   s.target_currency, 'exchange_rate', trim_scale(s.exchange_rate),"
        "                   'start_date', s.start_date, 'end_date', s.end_date,"
        "                   'created_timestamp', " CALL_TIME(
            "s.created_timestamp") ","
                                   "                   'updated_timestamp', " CALL_TIME(
                                       "s.updated_timestamp") ")"
                                                              "                   ORDER BY "
                                                              "s.target_currency, s.start_date), "
                                                              "'[]')"
                                                              "          FROM "
                                                              "{schema}.static_exchange_rate s"
                                                              "         WHERE s.base_currency = "
                                                              "c.code),"
                                                              "       e.currency_code IS NOT NULL "
                                                              "AND c.code NOT IN (SELECT code FROM "
                                                              "used)"
                                                              "       AND (SELECT count(*) FROM "
                                                              "{schema}.enabled_currency) > 1"
                                                              "  FROM unnest($2::text[]) AS c "
                                                              "(code)"
                                                              "  LEFT JOIN "
                                                              "{schema}.enabled_currency e ON "
                                                              "e.currency_code = c.code"
                                                              " ORDER BY e.currency_code IS NULL, "
                                                              "c.code",
        2, (const char *const[]){today, all_codes(call->arena)});
}

typedef struct ListEntry {
    const Currency *currency;
    bool enabled;
    bool dynamic;
    const char *static_rates;
    bool disableable;
} ListEntry;

/* All of them, enabled ones first; NULL when the answer is written already. */
static ListEntry *list_all(CostCall *call, int *count)
{
    bool missing = false;
    DbResult *rows = ask(call, &missing);
    const Currency *all = currency_all(count);
    ListEntry *list = arena_array(call->arena, (size_t)*count, sizeof *list);
    int at = 0;
    for (int pass = 0; missing && pass < 2; pass++) {
        for (int i = 0; i < *count; i++) {
            if (all[i].enabled == (pass == 0)) {
                list[at++] = (ListEntry){&all[i], all[i].enabled, false, "[]", false};
            }
        }
    }
    for (int i = 0; rows != NULL && i < *count; i++) {
        list[i] = (ListEntry){currency_find(db_text(rows, i, 0)), db_bool(rows, i, 1),
                              db_bool(rows, i, 2), db_text(rows, i, 3), db_bool(rows, i, 4)};
    }
    return rows != NULL || missing ? list : NULL;
}

/* Is any of the texts between commas part of the code? */
static bool matches(Arena *arena, const Currency *currency, const char *filter)
{
    while (filter != NULL && *filter != '\0') {
        size_t length = strcspn(filter, ",");
        const char *part = arena_strndup(arena, filter, length);
        if (length > 0 && strcasestr(currency->code, part) != NULL) {
            return true;
        }
        filter += length + (filter[length] == ',');
        if (*filter == '\0') {
            return false;
        }
    }
    return true;
}

/* `full`: with what the settings tell of each. */
static void write_list(CostCall *call, const ListEntry *list, int count, bool full)
{
    Page page = page_of_query(call->arena, call->request->query, 10, 1000);
    page.count = count;
    page_of_known_list(&page);
    int64_t first, last;
    JsonWriter json = call_begin_list(call, &page, &first, &last);
    for (int64_t i = first; i < last; i++) {
        json_begin_object(&json);
        currency_write(&json, call->arena, list[i].currency);
        if (full) {
            json_member_bool(&json, "enabled", list[i].enabled);
            json_member_bool(&json, "has_dynamic_rate", list[i].dynamic);
            json_member_raw(&json, "static_rates", list[i].static_rates);
            json_member_bool(&json, "is_disableable", list[i].disableable);
        }
        json_end(&json);
    }
    json_end(&json);
    json_end(&json);
}

static void answer_list(CostCall *call, const char *enabled, const char *filter, bool full)
{
    int count, kept = 0;
    ListEntry *list = list_all(call, &count);
    for (int i = 0; list != NULL && i < count; i++) {
        if ((enabled == NULL || list[i].enabled == (strcmp(enabled, "true") == 0)) &&
            matches(call->arena, list[i].currency, filter)) {
            list[kept++] = list[i];
        }
    }
    if (list != NULL) {
        write_list(call, list, kept, full);
    }
}

static void get_enabled(CostCall *call)
{
    answer_list(call, "true", NULL, false);
}

static void get_settings(CostCall *call)
{
    static const char *const FILTERS[] = {"enabled", "currency", NULL};
    static const char *const PARAMETERS[] = {"filter", "limit", "offset", NULL};
    const char *enabled;
    if (!list_check_parameters(call, PARAMETERS) || !list_check_filters(call, FILTERS) ||
        !list_boolean(call, "enabled", &enabled)) {
        return;
    }
    answer_list(call, enabled, call_parameter(call, "filter[currency]"), true);
}

/* The currency of the path; NULL when the answer is written already. */
static const Currency *of_path(CostCall *call)
{
    const char *code = currency_code(call->arena, call->request->path_parameters[0]);
    const Currency *currency = currency_find(code);
    if (currency == NULL) {
        access_write_error(call->response, 400, "code",
                           arena_printf(call->arena, "Invalid ISO 4217 currency code: %s", code));
    }
    return currency;
}

static void post_enabled(CostCall *call)
{
    const Currency *currency = of_path(call);
    if (currency == NULL) {
        return;
    }
    const char *code = currency->code;
    bool missing;
    DbResult *done = call_change(call, &missing,
                                 "INSERT INTO {schema}.enabled_currency (currency_code)"
                                 " VALUES ($1)"
                                 " ON CONFLICT (currency_code) DO NOTHING",
                                 1, &code);
    if (done != NULL) {
        JsonWriter json = json_writer(call->response->body);
        json_begin_object(&json);
        currency_write(&json, call->arena, currency);
        json_member_bool(&json, "enabled", true);
        json_end(&json);
    } else if (missing) {
        call_refuse_without_tenant(call);
    }
}

/* Who needs the currency? One row: is it enabled, the last one, the default one, the
 * organisation's; then providers, cost models and price lists, as JSON lists. */
enum { IS_ENABLED, IS_LAST, IS_DEFAULT, IS_OF_ACCOUNT, USERS, USER_KINDS = 3 };

static const char USERS_SQL[] =
    "SELECT EXISTS (SELECT FROM {schema}.enabled_currency WHERE currency_code = $1),"
    "       NOT EXISTS (SELECT FROM {schema}.enabled_currency WHERE currency_code <> $1),"
    "       $1 = '" CURRENCY_DEFAULT "',"
    "       COALESCE((SELECT settings->>'currency' FROM {schema}.user_settings ORDER BY id LIMIT "
    "1),"
    "                '" CURRENCY_DEFAULT "') = $1,"
    "       (SELECT json_agg(json_build_object('uuid', p.uuid, 'name', p.name, 'type', p.type)"
    "               ORDER BY p.name)"
    "          FROM {schema}.reporting_tenant_api_provider p"
    "         WHERE p.uuid IN (SELECT source_uuid FROM "
    "{schema}.reporting_aws_cost_summary_by_account_p"
    "                           WHERE currency_code = $1)),"
    "       (SELECT json_agg(json_build_object('uuid', uuid, 'name', name) ORDER BY name)"
    "          FROM {schema}.cost_model WHERE currency = $1),"
    "       (SELECT json_agg(json_build_object('uuid', uuid, 'name', name) ORDER BY name)"
    "          FROM {schema}.price_list WHERE currency = $1)";

/* Why it can't be disabled, one reason behind the other; empty when it can. */
static const char *reasons_of(Arena *arena, const DbResult *rows)
{
    static const char *const KINDS[USER_KINDS] = {
        "is currently used by %zu cloud provider source(s)", "is used by %zu cost model(s)",
        "is used by %zu price list(s)"};
    Buffer *reasons = buffer_new(arena);
    if (db_bool(rows, 0, IS_DEFAULT)) {
        buffer_append_text(reasons, "it is the system default currency");
    }
    if (db_bool(rows, 0, IS_OF_ACCOUNT)) {
        buffer_printf(reasons, "%sit is the account default currency",
                      reasons->length > 0 ? "; " : "");
    }
    for (int i = 0; i < USER_KINDS; i++) {
        Error error = {0};
        const char *users = db_text(rows, 0, USERS + i);
        size_t count =
            users != NULL ? json_array_size(json_parse(arena, users, strlen(users), &error)) : 0;
        if (count > 0) {
            buffer_append_text(reasons, reasons->length > 0 ? "; it " : "it ");
            buffer_printf(reasons, KINDS[i], count);
        }
    }
    return reasons->data;
}

/* False when nothing is to be done, for it is needed or not enabled: the answer is written then. */
static bool check_users(CostCall *call, const char *code)
{
    static const char *const NAMES[USER_KINDS] = {"affected_cloud_providers",
                                                  "affected_cost_models", "affected_price_lists"};
    DbResult *rows = call_query(call, NULL, USERS_SQL, 1, &code);
    if (rows == NULL) {
        return false;
    }
    if (!db_bool(rows, 0, IS_ENABLED)) {
        call->response->status = 204;
        return false;
    }
    if (db_bool(rows, 0, IS_LAST)) {
        access_write_error(call->response, 400, "error", "At least one currency must be enabled.");
        return false;
    }
    const char *reasons = reasons_of(call->arena, rows);
    if (*reasons == '\0') {
        return true;
    }
    Faults *faults = faults_new(call->arena);
    faults_add(faults, "currency", "Cannot disable %s because %s.", code, reasons);
    call->response->status = 400;
    JsonWriter json = json_writer(call->response->body);
    json_begin_object(&json);
    faults_write(faults, &json);
    for (int i = 0; i < USER_KINDS; i++) {
        json_member_raw(&json, NAMES[i],
                        db_is_null(rows, 0, USERS + i) ? "[]" : db_text(rows, 0, USERS + i));
    }
    json_end(&json);
    return false;
}

static void disable(CostCall *call, const char *code)
{
    bool missing;
    if (call_query(call, &missing,
                   "LOCK TABLE {schema}.enabled_currency IN SHARE ROW EXCLUSIVE MODE", 0,
                   NULL) == NULL) {
        if (missing) {
            call_refuse_without_tenant(call);
        }
        return;
    }
    if (!check_users(call, code)) {
        return;
    }
    DbResult *done = call_query(
        call, NULL, "DELETE FROM {schema}.enabled_currency WHERE currency_code = $1", 1, &code);
    if (done != NULL && call_commit(call)) {
        call->response->status = 204;
    }
}

static void delete_enabled(CostCall *call)
{
    const Currency *currency = of_path(call);
    if (currency != NULL) {
        disable(call, currency->code);
    }
}

CALL_HANDLER(handle_enabled, get_enabled)
CALL_HANDLER(handle_settings, get_settings)
CALL_HANDLER(handle_enable, post_enabled)
CALL_CHANGE_HANDLER(handle_disable, delete_enabled)

const HttpRoute CURRENCY_ROUTES[] = {
    {"GET", COST_MANAGEMENT_API "/currency", handle_enabled},
    {"GET", CURRENCY_SETTINGS, handle_settings},
    {"POST", CURRENCY_SETTINGS "/enabled/{code}", handle_enable},
    {"DELETE", CURRENCY_SETTINGS "/enabled/{code}", handle_disable},
    {NULL, NULL, NULL},
};
