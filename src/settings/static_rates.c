#include <string.h>

#include "base/crypto.h"
#include "base/json.h"
#include "cost_api/call.h"
#include "cost_api/currency.h"
#include "cost_api/fields.h"
#include "settings/settings.h"

#define STATIC_RATES COST_MANAGEMENT_API "/settings/currency/static-rates"

enum { RATE_DIGITS = 33, RATE_PLACES = 15 };

static const char COLUMNS[] =
    "uuid, base_currency, target_currency, trim_scale(exchange_rate), start_date, end_date,"
    " base_currency || '-' || target_currency, " CALL_TIME(
        "created_timestamp") ","
                             " " CALL_TIME("updated_timestamp");

/* A rate as it is to be, and as it was (before a change). */
typedef struct RateWish {
    const char *base;
    const char *target;
    Decimal rate;
    Day start;
    Day end;
} RateWish;

static void write_rate(JsonWriter *json, const DbResult *rows)
{
    json_member_string(json, "uuid", db_text(rows, 0, 0));
    json_member_string(json, "name", db_text(rows, 0, 6));
    json_member_string(json, "base_currency", db_text(rows, 0, 1));
    json_member_string(json, "target_currency", db_text(rows, 0, 2));
    json_member_raw(json, "exchange_rate", db_text(rows, 0, 3));
    json_member_string(json, "start_date", db_text(rows, 0, 4));
    json_member_string(json, "end_date", db_text(rows, 0, 5));
    json_member_string(json, "created_timestamp", db_text(rows, 0, 7));
    json_member_string(json, "updated_timestamp", db_text(rows, 0, 8));
}

/* A currency in upper case; NULL when it is absent or wrong. */
static const char *read_currency(const Fields *body, const char *name, unsigned flags)
{
    const char *text = fields_text(body, name, 5, flags);
    if (text == NULL) {
        return NULL;
    }
    const char *code = currency_code(body->arena, text);
    const Currency *currency = currency_find(code);
    if (currency == NULL) {
        fields_fault(body, name, "\"%s\" is not a valid ISO 4217 currency.", code);
        return NULL;
    }
    return currency->code;
}

/* What the body says over what was; `before` is NULL for a new rate. */
static void read_wish(const Fields *body, const RateWish *before, RateWish *wish)
{
    unsigned flags = before == NULL ? FIELD_REQUIRED : 0;
    *wish = before != NULL ? *before : (RateWish){0};
    const char *base = read_currency(body, "base_currency", flags);
    const char *target = read_currency(body, "target_currency", flags);
    wish->base = base != NULL ? base : wish->base;
    wish->target = target != NULL ? target : wish->target;
    if (fields_decimal(body, "exchange_rate", RATE_DIGITS, RATE_PLACES, flags, &wish->rate) &&
        wish->rate <= 0) {
        fields_fault(body, "exchange_rate", "Exchange rate must be strictly positive.");
    }
    fields_day(body, "start_date", flags, &wish->start);
    fields_day(body, "end_date", flags, &wish->end);
}

static void check_months(const Fields *body, const RateWish *wish)
{
    if (wish->start != day_month_start(wish->start, 0)) {
        fields_fault(body, "start_date", "start_date must be the first day of a month.");
    }
    if (wish->end != day_month_start(wish->end, 1) - 1) {
        fields_fault(body, "end_date", "end_date must be the last day of a month.");
    }
    if (wish->end < wish->start) {
        fields_fault(body, "non_field_errors", "End date must be on or after start date.");
    }
    if (strcmp(wish->base, wish->target) == 0) {
        fields_fault(body, "non_field_errors",
                     "Base currency and target currency must be different.");
    }
}

/* Months that are over keep their rates. */
static void check_past(const Fields *body, const RateWish *before, const RateWish *wish)
{
    Day month = day_month_start(clock_today(), 0);
    if (before == NULL || before->start >= month) {
        if (wish->start < month) {
            fields_fault(body, "non_field_errors", "Start date cannot be in a past month.");
        }
        return;
    }
    if (before->end < month) {
        char end[DATE_TEXT_SIZE];
        fields_fault(body, "non_field_errors",
                     "This rate ended on %s and all its months have been finalized. To set a new"
                     " rate, create a new record starting from the current month.",
                     day_format(before->end, end));
        return;
    }
    if (wish->start != before->start) {
        fields_fault(body, "non_field_errors",
                     "Start date cannot be changed because this rate has finalized months. Shrink"
                     " the end_date instead, then create a new rate for the remaining period.");
    }
    if (strcmp(wish->target, before->target) != 0) {
        fields_fault(body, "non_field_errors",
                     "Target currency cannot be changed because this rate has finalized months.");
    }
    if (wish->end < month - 1) {
        fields_fault(body, "non_field_errors",
                     "End date cannot be earlier than the previous month when shrinking a finalized"
                     " rate.");
    }
}

/* False when the answer is written already. */
static bool read_rate(CostCall *call, const RateWish *before, RateWish *wish)
{
    json_t *object = call_body(call);
    if (object == NULL) {
        return false;
    }
    Faults *faults = faults_new(call->arena);
    Fields body = {call->arena, faults, object, ""};
    read_wish(&body, before, wish);
    if (before != NULL && strcmp(wish->base, before->base) != 0) {
        fields_fault(&body, "non_field_errors",
                     "Base currency cannot be modified. Delete and recreate the exchange rate"
                     " instead.");
    }
    if (!faults_any(faults)) {
        check_months(&body, wish);
        check_past(&body, before, wish);
    }
    if (faults_any(faults)) {
        faults_answer(faults, call->response);
    }
    return !faults_any(faults);
}

/* The statement's parameters: uuid, pair, rate and days. */
static const char *const *parameters_of(Arena *arena, const char *uuid, const RateWish *wish)
{
    const char **parameters = arena_array(arena, 6, sizeof *parameters);
    char rate[DECIMAL_TEXT_SIZE], start[DATE_TEXT_SIZE], end[DATE_TEXT_SIZE];
    decimal_format(wish->rate, rate);
    parameters[0] = uuid;
    parameters[1] = wish->base;
    parameters[2] = wish->target;
    parameters[3] = arena_strdup(arena, rate);
    parameters[4] = arena_strdup(arena, day_format(wish->start, start));
    parameters[5] = arena_strdup(arena, day_format(wish->end, end));
    return parameters;
}

/* Inside a transaction: nobody else changes rates meanwhile. */
static bool lock(CostCall *call)
{
    bool missing;
    if (call_query(call, &missing,
                   "LOCK TABLE {schema}.static_exchange_rate IN SHARE ROW EXCLUSIVE MODE", 0,
                   NULL) != NULL) {
        return true;
    }
    if (missing) {
        call_refuse_without_tenant(call);
    }
    return false;
}

static bool check_overlap(CostCall *call, const char *const *parameters)
{
    DbResult *rows = call_query(call, NULL,
                                "SELECT start_date, end_date"
                                "  FROM {schema}.static_exchange_rate"
                                " WHERE base_currency = $2 AND target_currency = $3"
                                "   AND start_date <= $6::date AND end_date >= $5::date"
                                "   AND uuid IS DISTINCT FROM $1::uuid"
                                "   AND $4::numeric > 0"
                                " LIMIT 1",
                                6, parameters);
    if (rows != NULL && db_row_count(rows) > 0) {
        const char *start = db_text(rows, 0, 0), *end = db_text(rows, 0, 1);
        bool same = strcmp(start, parameters[4]) == 0 && strcmp(end, parameters[5]) == 0;
        access_write_error(call->response, 400, "non_field_errors",
                           same ? "The fields base_currency, target_currency, start_date, end_date"
                                  " must make a unique set."
                                : arena_printf(call->arena,
                                               "Overlaps with existing rate %s-%s (%s to %s).",
                                               parameters[1], parameters[2], start, end));
        return false;
    }
    return rows != NULL;
}

/* The months of a rate that are over, when it is about to be another one. */
static bool freeze(CostCall *call, const char *uuid)
{
    char month[DATE_TEXT_SIZE];
    const char *parameters[] = {uuid, day_format(day_month_start(clock_today(), 0), month)};
    return call_query(call, NULL,
                      "INSERT INTO {schema}.frozen_exchange_rate"
                      "    (base_currency, target_currency, effective_date, exchange_rate)"
                      " SELECT base_currency, target_currency, over::date, exchange_rate"
                      "   FROM {schema}.static_exchange_rate,"
                      "        generate_series(start_date, LEAST(end_date, $2::date - 1),"
                      "                        interval '1 month') AS over"
                      "  WHERE uuid = $1"
                      " ON CONFLICT DO NOTHING",
                      2, parameters) != NULL;
}

static DbResult *put(CostCall *call, const char *uuid, const char *const *parameters)
{
    static const char CREATE[] =
        "INSERT INTO {schema}.static_exchange_rate"
        "    (uuid, base_currency, target_currency, exchange_rate, start_date, end_date)"
        " VALUES (COALESCE($1::uuid, gen_random_uuid()), $2, $3, $4, $5, $6)"
        " RETURNING %s";
    static const char CHANGE[] =
        "UPDATE {schema}.static_exchange_rate"
        "   SET base_currency = $2, target_currency = $3, exchange_rate = $4, start_date = $5,"
        "       end_date = $6, updated_timestamp = now()"
        " WHERE uuid = $1"
        " RETURNING %s";
    const char *sql = uuid == NULL ? CREATE : CHANGE;
    const char *place = strstr(sql, "%s");
    return call_query(call, NULL,
                      arena_printf(call->arena, "%.*s%s", (int)(place - sql), sql, COLUMNS), 6,
                      parameters);
}

/* `uuid` is NULL for a new rate. */
static void save(CostCall *call, const char *uuid, const RateWish *wish)
{
    const char *const *parameters = parameters_of(call->arena, uuid, wish);
    DbResult *rows = NULL;
    if (!check_overlap(call, parameters) || (uuid != NULL && !freeze(call, uuid)) ||
        (rows = put(call, uuid, parameters)) == NULL) {
        return;
    }
    if (!call_commit(call)) {
        return;
    }
    call->response->status = uuid == NULL ? 201 : 200;
    JsonWriter json = json_writer(call->response->body);
    json_begin_object(&json);
    write_rate(&json, rows);
    json_end(&json);
}

/* The rate of the path; false when the answer is written already. */
static bool find(CostCall *call, const char *uuid, RateWish *rate)
{
    DbResult *rows = call_find(
        call, "StaticExchangeRate",
        arena_printf(call->arena, "SELECT %s FROM {schema}.static_exchange_rate WHERE uuid = $1",
                     COLUMNS),
        uuid);
    if (rows == NULL) {
        return false;
    }
    const char *value = db_text(rows, 0, 3), *start = db_text(rows, 0, 4),
               *end = db_text(rows, 0, 5);
    rate->base = db_text(rows, 0, 1);
    rate->target = db_text(rows, 0, 2);
    return decimal_parse(value, strlen(value), &rate->rate) &&
           day_parse(start, strlen(start), &rate->start) && day_parse(end, strlen(end), &rate->end);
}

static void create(CostCall *call)
{
    RateWish wish;
    if (lock(call) && read_rate(call, NULL, &wish)) {
        save(call, NULL, &wish);
    }
}

static void change(CostCall *call)
{
    const char *uuid = call->request->path_parameters[0];
    RateWish before, wish;
    if (find(call, uuid, &before) && lock(call) && find(call, uuid, &before) &&
        read_rate(call, &before, &wish)) {
        save(call, uuid, &wish);
    }
}

static void remove_one(CostCall *call)
{
    const char *uuid = call->request->path_parameters[0];
    RateWish rate;
    if (!find(call, uuid, &rate)) {
        return;
    }
    if (rate.start < day_month_start(clock_today(), 0)) {
        access_write_error(call->response, 400, NULL,
                           "Rates with finalized months cannot be deleted.");
        return;
    }
    if (call_query(call, NULL, "DELETE FROM {schema}.static_exchange_rate WHERE uuid = $1", 1,
                   &uuid) != NULL &&
        call_commit(call)) {
        call->response->status = 204;
    }
}

CALL_CHANGE_HANDLER(handle_post, create)
CALL_CHANGE_HANDLER(handle_put, change)
CALL_CHANGE_HANDLER(handle_delete, remove_one)

const HttpRoute STATIC_RATE_ROUTES[] = {
    {"POST", STATIC_RATES, handle_post},
    {"PUT", STATIC_RATES "/{uuid}", handle_put},
    {"DELETE", STATIC_RATES "/{uuid}", handle_delete},
    {NULL, NULL, NULL},
};
