#include "settings/exchange.h"

#include <string.h>

/* The tenant's currencies and months in the window, with their rates; NULL where there is none. */
static DbResult *ask(CostCall *call, const char *table, const char *currency, Day first, Day last,
                     bool *missing)
{
    char from[DATE_TEXT_SIZE], to[DATE_TEXT_SIZE];
    const char *parameters[] = {currency, day_format(first, from), day_format(last, to)};
    return call_query(
        call, missing,
        arena_printf(call->arena,
                     "SELECT code, month, trim_scale({schema}.exchange_rate(code, $1, month))"
                     "  FROM (SELECT DISTINCT currency_code AS code,"
                     "               date_trunc('month', usage_start)::date AS month"
                     "          FROM {schema}.%s"
                     "         WHERE usage_start BETWEEN $2::date AND $3::date"
                     "           AND currency_code <> '') AS used"
                     " ORDER BY code COLLATE \"C\", month",
                     table),
        3, parameters);
}

/* Which months of one currency, rows [first, end), have no rate? */
static void refuse(CostCall *call, const DbResult *rows, int first, int end, const char *currency)
{
    const char *code = db_text(rows, first, 0);
    Buffer *months = buffer_new(call->arena);
    int without = 0;
    for (int i = first; i < end; i++) {
        if (db_is_null(rows, i, 2)) {
            buffer_printf(months, "%s%s", without++ > 0 ? ", " : "", db_text(rows, i, 1));
        }
    }
    const char *detail =
        without == end - first
            ? arena_printf(call->arena,
                           "No exchange rate available for %s -> %s for %s to %s. Ask your "
                           "administrator to configure static exchange rates or enable dynamic "
                           "exchange rates.",
                           code, currency, db_text(rows, first, 1), db_text(rows, end - 1, 1))
            : arena_printf(call->arena, "Exchange rate missing for %s -> %s for months: %s.", code,
                           currency, months->data);
    access_write_error(call->response, 400, "currency", detail);
}

/* False when a rate is missing; the answer is written then. */
static bool check(CostCall *call, const DbResult *rows, const char *currency)
{
    for (int i = 0; i < db_row_count(rows); i++) {
        if (!db_is_null(rows, i, 2)) {
            continue;
        }
        int first = i, end = i + 1;
        while (first > 0 && strcmp(db_text(rows, first - 1, 0), db_text(rows, i, 0)) == 0) {
            first--;
        }
        while (end < db_row_count(rows) &&
               strcmp(db_text(rows, end, 0), db_text(rows, i, 0)) == 0) {
            end++;
        }
        refuse(call, rows, first, end, currency);
        return false;
    }
    return true;
}

/* Codes stand in the text because only such come here as have a rate: three capital letters. NULL
 * when every row is in the currency already. */
static const char *write_cases(Arena *arena, const Exchange *exchange, const char *currency)
{
    Buffer *sql = buffer_new(arena);
    char month[DATE_TEXT_SIZE];
    for (int i = 0; i < exchange->month_count; i++) {
        const ExchangeMonth *at = &exchange->months[i];
        if (strcmp(at->currency, currency) != 0) {
            day_format(at->month, month);
            buffer_printf(sql,
                          " WHEN r.currency_code = '%s' AND r.usage_start >= '%s'::date"
                          " AND r.usage_start < '%s'::date + interval '1 month' THEN %s",
                          at->currency, month, month, at->rate);
        }
    }
    return sql->length > 0 ? arena_printf(arena, "(CASE%s ELSE 1 END)", sql->data) : NULL;
}

bool exchange_read(CostCall *call, const char *table, const char *currency, Day first, Day last,
                   Exchange *exchange)
{
    bool missing = false;
    DbResult *rows = ask(call, table, currency, first, last, &missing);
    *exchange = (Exchange){0};
    if (rows == NULL) {
        return missing;
    }
    if (!check(call, rows, currency)) {
        return false;
    }
    exchange->month_count = db_row_count(rows);
    exchange->months =
        arena_array(call->arena, (size_t)exchange->month_count, sizeof *exchange->months);
    for (int i = 0; i < exchange->month_count; i++) {
        const char *month = db_text(rows, i, 1);
        exchange->months[i] = (ExchangeMonth){db_text(rows, i, 0), 0, db_text(rows, i, 2)};
        day_parse(month, strlen(month), &exchange->months[i].month);
    }
    exchange->sql = write_cases(call->arena, exchange, currency);
    return true;
}

const ExchangeMonth *exchange_of_month(const Exchange *exchange, Day month)
{
    const ExchangeMonth *found = NULL;
    for (int i = 0; i < exchange->month_count; i++) {
        if (exchange->months[i].month == month) {
            if (found != NULL) {
                return NULL;
            }
            found = &exchange->months[i];
        }
    }
    return found;
}

/* {"USD": {"EUR": 0.9, …}, …} of the enabled currencies, as of this month. */
static void get_rates(CostCall *call)
{
    char month[DATE_TEXT_SIZE];
    const char *today = day_format(day_month_start(clock_today(), 0), month);
    bool missing;
    DbResult *rows = call_query(
        call, &missing,
        "SELECT base, json_object_agg(target, trim_scale(rate) ORDER BY target)"
        "  FROM (SELECT b.currency_code AS base, t.currency_code AS target,"
        "               {schema}.exchange_rate(b.currency_code, t.currency_code, $1::date) AS rate"
        "          FROM {schema}.enabled_currency b"
        "         CROSS JOIN {schema}.enabled_currency t) AS pairs"
        " WHERE rate IS NOT NULL"
        " GROUP BY base"
        " HAVING count(*) > 1"
        " ORDER BY base",
        1, &today);
    if (rows == NULL && !missing) {
        return;
    }
    JsonWriter json = json_writer(call->response->body);
    if (rows == NULL || db_row_count(rows) == 0) {
        call->response->status = 404;
        json_begin_object(&json);
        json_member_string(&json, "detail", "No exchange rates are available.");
        json_end(&json);
        return;
    }
    json_begin_object(&json);
    for (int i = 0; i < db_row_count(rows); i++) {
        json_member_raw(&json, db_text(rows, i, 0), db_text(rows, i, 1));
    }
    json_end(&json);
}

CALL_HANDLER(handle_rates, get_rates)

const HttpRoute EXCHANGE_ROUTES[] = {
    {"GET", COST_MANAGEMENT_API "/exchange-rates", handle_rates},
    {NULL, NULL, NULL},
};
