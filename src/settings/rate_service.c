#include "settings/rate_service.h"

#include <stdio.h>

#include "base/json.h"
#include "base/log.h"
#include "cost_api/currency.h"
#include "net/http_client.h"

enum {
    LOOK_SECONDS = 600, /* between two looks whether a day is over */
    RETRY_SECONDS = 60, /* doubled after each failure, up to LOOK_SECONDS */
    ANSWER_MAX = 1 << 20,
};

bool rate_service_parse(Arena *arena, const char *text, size_t length, FetchedRates *rates,
                        Error *error)
{
    json_t *answer = json_parse(arena, text, length, error);
    if (answer == NULL) {
        error->code = ERROR_DATA;
        return false;
    }
    Buffer *codes = buffer_new(arena), *values = buffer_new(arena);
    const char *code;
    json_t *value;
    rates->count = 0;
    json_object_foreach (json_object_get(answer, "rates"), code, value) {
        char number[40];
        Decimal rate;
        int digits = snprintf(number, sizeof number, "%.15g", json_number_value(value));
        if (currency_find(code) == NULL || !decimal_parse(number, (size_t)digits, &rate) ||
            rate <= 0) {
            continue;
        }
        char exact[DECIMAL_TEXT_SIZE];
        decimal_format(rate, exact);
        buffer_printf(codes, "%c%s", rates->count == 0 ? '{' : ',', code);
        buffer_printf(values, "%c%s", rates->count == 0 ? '{' : ',', exact);
        rates->count++;
    }
    if (rates->count == 0) {
        return error_set(error, ERROR_DATA, "the answer has no \"rates\" of currencies");
    }
    buffer_append_char(codes, '}');
    buffer_append_char(values, '}');
    rates->codes = codes->data;
    rates->rates = values->data;
    return true;
}

static bool fetch(const RateService *service, Arena *arena, FetchedRates *rates, Error *error)
{
    HttpCall call = {
        .method = "GET", .url = service->config->exchange_rates_url, .answer_max = ANSWER_MAX};
    HttpAnswer answer;
    if (!http_call(arena, &call, &answer, error)) {
        return false;
    }
    if (answer.status != 200) {
        return error_set(error, ERROR_UNAVAILABLE, "%s answers %d", call.url, answer.status);
    }
    return rate_service_parse(arena, answer.body->data, answer.body->length, rates, error) ||
           error_wrap(error, "%s", call.url);
}

/* In a transaction: the month's rates, and the newest ones in the tables that tools know. */
static bool store(Db *db, Arena *arena, const FetchedRates *rates, Error *error)
{
    char month[DATE_TEXT_SIZE], now[TIMESTAMP_TEXT_SIZE];
    day_format(day_month_start(clock_today(), 0), month);
    return DB_QUERY(db, arena, error,
                    "INSERT INTO monthly_exchange_rate AS old"
                    "    (effective_date, currency, rate, updated_timestamp)"
                    " SELECT $3, code, rate, $4"
                    "   FROM unnest($1::text[], $2::numeric[]) AS fetched (code, rate)"
                    " ON CONFLICT (effective_date, currency) DO UPDATE"
                    " SET rate = EXCLUDED.rate, updated_timestamp = EXCLUDED.updated_timestamp",
                    rates->codes, rates->rates, month,
                    timestamp_format(clock_now(), true, now)) != NULL &&
           DB_QUERY(db, arena, error,
                    "INSERT INTO api_exchangerates (currency_type, exchange_rate)"
                    " SELECT lower(code), rate"
                    "   FROM unnest($1::text[], $2::numeric[]) AS fetched (code, rate)"
                    " ON CONFLICT (currency_type) DO UPDATE"
                    " SET exchange_rate = EXCLUDED.exchange_rate",
                    rates->codes, rates->rates) != NULL &&
           DB_QUERY(db, arena, error, "DELETE FROM api_exchangeratedictionary") != NULL &&
           DB_QUERY(db, arena, error,
                    "INSERT INTO api_exchangeratedictionary (currency_exchange_dictionary)"
                    " SELECT jsonb_object_agg(code, targets)"
                    "   FROM (SELECT b.code, jsonb_object_agg(t.code, jsonb_build_object("
                    "                    '_py_type', 'Decimal',"
                    "                    'value', trim_scale(round(t.rate / b.rate, 15))::text))"
                    "                    AS targets"
                    "           FROM unnest($1::text[], $2::numeric[]) AS b (code, rate)"
                    "          CROSS JOIN unnest($1::text[], $2::numeric[]) AS t (code, rate)"
                    "          GROUP BY b.code) AS bases",
                    rates->codes, rates->rates) != NULL;
}

/* Of all servers one fetches, when the last rates are a day or a month old. */
static bool is_due(Db *db, Arena *arena, bool *due, Error *error)
{
    char now[TIMESTAMP_TEXT_SIZE], month[DATE_TEXT_SIZE];
    day_format(day_month_start(clock_today(), 0), month);
    DbResult *rows =
        DB_QUERY(db, arena, error,
                 "SELECT pg_try_advisory_xact_lock(hashtext('exchange rates'))"
                 "       AND NOT EXISTS ("
                 "           SELECT FROM monthly_exchange_rate"
                 "            WHERE effective_date = $2"
                 "              AND updated_timestamp BETWEEN $1::timestamptz - interval '1 day'"
                 "                                        AND $1)",
                 timestamp_format(clock_now(), true, now), month);
    *due = rows != NULL && db_bool(rows, 0, 0);
    return rows != NULL;
}

static bool look(const RateService *service, Arena *arena, Error *error)
{
    DbPool *pool = database_koku(service->database);
    Db *db = db_pool_take(pool, error);
    FetchedRates rates;
    bool due = false;
    bool done =
        db != NULL && db_begin(db, error) && is_due(db, arena, &due, error) &&
        (!due || (fetch(service, arena, &rates, error) && store(db, arena, &rates, error))) &&
        db_commit(db, error);
    db_pool_give(pool, db);
    if (done && due) {
        log_info("settings", "%d exchange rates fetched", rates.count);
    }
    return done;
}

void rate_service_task(void *context, const Stop *stop)
{
    const RateService *service = context;
    double wait = 0, retry = RETRY_SECONDS;
    while (!stop_wait(stop, wait)) {
        Error error = {0};
        Arena *arena = arena_new();
        bool done = look(service, arena, &error);
        if (!done) {
            log_warning("settings", "no new exchange rates, the last ones stay: %s", error.message);
        }
        wait = done ? LOOK_SECONDS : retry;
        retry = done ? RETRY_SECONDS : retry * 2 < LOOK_SECONDS ? retry * 2 : LOOK_SECONDS;
        arena_free(arena);
    }
}
