#include "settings/currencies.h"

#include "cost_api/currency.h"
#include "settings/settings.h"

bool currencies_enabled(Db *db, Arena *arena, const char *schema, const char *code, bool *enabled,
                        Error *error)
{
    const Currency *currency = currency_find(code);
    *enabled = false;
    if (currency == NULL) {
        return true;
    }
    const char *sql =
        arena_printf(arena, "SELECT FROM %s.enabled_currency WHERE currency_code = $1",
                     db_identifier(arena, schema));
    DbResult *rows = DB_QUERY(db, arena, error, sql, code);
    if (rows == NULL && tenant_is_missing(db)) {
        error_clear(error);
        *enabled = currency->enabled;
        return true;
    }
    *enabled = rows != NULL && db_row_count(rows) > 0;
    return rows != NULL;
}

bool currencies_check(CostCall *call, Faults *faults, const char *source, const char *code)
{
    Error error = {0};
    bool enabled;
    if (!currencies_enabled(call->db, call->arena, call->caller.schema, code, &enabled, &error)) {
        access_write_failure(call->response, &error);
        return false;
    }
    if (currency_find(code) == NULL) {
        faults_add(faults, source, "\"%s\" is not a valid ISO 4217 currency.", code);
    } else if (!enabled) {
        faults_add(faults, source, "\"%s\" is not an enabled currency.", code);
    }
    return true;
}

bool currencies_read(CostCall *call, const Fields *body, const char *name, const char *otherwise,
                     const char **code)
{
    AccountSettings account;
    Error error = {0};
    bool given = fields_has(body, name);
    *code = given ? fields_text(body, name, 5, 0) : otherwise;
    if (*code != NULL && given) {
        *code = currency_code(call->arena, *code);
        return currencies_check(call, body->faults, name, *code);
    }
    if (*code != NULL || given) {
        return true;
    }
    if (!account_settings_read(call->db, call->arena, call->caller.schema, &account, &error)) {
        access_write_failure(call->response, &error);
        return false;
    }
    *code = account.currency;
    return true;
}
