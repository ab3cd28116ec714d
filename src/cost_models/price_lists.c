#include "cost_models/price_lists.h"

#include <string.h>

#include "base/crypto.h"
#include "cost_api/list_query.h"

/* clang-format off */
static const char COLUMNS[] =
    "p.uuid, p.name, p.description, p.currency, p.effective_start_date, p.effective_end_date,"
    " p.enabled, p.version, p.rates,"
    " " CALL_TIME("p.created_timestamp") ", " CALL_TIME("p.updated_timestamp") ","
    " (SELECT count(*) FROM {schema}.price_list_cost_model_map map WHERE map.price_list_id = p.uuid),"
    " (SELECT COALESCE(json_agg(json_build_object('uuid', m.uuid, 'name', m.name,"
    "             'priority', map.priority) ORDER BY m.name, m.uuid), '[]')"
    "    FROM {schema}.price_list_cost_model_map map"
    "    JOIN {schema}.cost_model m ON m.uuid = map.cost_model_id"
    "   WHERE map.price_list_id = p.uuid)";
/* clang-format on */

static void write_list(JsonWriter *json, const DbResult *rows, int row)
{
    static const char *const TEXTS[] = {
        "uuid", "name", "description", "currency", "effective_start_date", "effective_end_date"};
    for (int i = 0; i < 6; i++) {
        json_member_string(json, TEXTS[i], db_text(rows, row, i));
    }
    json_member_bool(json, "enabled", db_bool(rows, row, 6));
    json_member_int(json, "version", db_int(rows, row, 7));
    json_member_raw(json, "rates", db_text(rows, row, 8));
    json_member_string(json, "created_timestamp", db_text(rows, row, 9));
    json_member_string(json, "updated_timestamp", db_text(rows, row, 10));
    json_member_int(json, "assigned_cost_model_count", db_int(rows, row, 11));
    json_member_raw(json, "assigned_cost_models", db_text(rows, row, 12));
}

static const ListOrder ORDERS[] = {
    {"name", "p.name"},
    {"currency", "p.currency"},
    {"effective_start_date", "p.effective_start_date"},
    {"effective_end_date", "p.effective_end_date"},
    {"enabled", "p.enabled"},
    {"version", "p.version"},
    {"description", "p.description"},
    {"uuid", "p.uuid"},
    {"created_timestamp", "p.created_timestamp"},
    {"updated_timestamp", "p.updated_timestamp"},
    {"assigned_cost_model_count", "(SELECT count(*) FROM {schema}.price_list_cost_model_map map"
                                  "  WHERE map.price_list_id = p.uuid)"},
    {NULL, NULL},
};

static const char ORDER_CHOICES[] =
    "assigned_cost_model_count, created_timestamp, currency, description, effective_end_date,"
    " effective_start_date, enabled, name, updated_timestamp, uuid, version";

static const char *const PARAMETERS[] = {"filter", "order_by", "limit", "offset", NULL};
static const char *const FILTERS[] = {"name", "uuid", "enabled", "currency", "cost_model", NULL};

/* False when the answer is written already. */
static bool check_uuids(CostCall *call, const char *uuid, const char *model)
{
    bool wrong = uuid != NULL && !uuid_valid(uuid);
    if (wrong || (model != NULL && !uuid_valid(model))) {
        access_write_error(
            call->response, 400, wrong ? "uuid" : "cost_model",
            arena_printf(call->arena, "'%s' is not a valid UUID.", wrong ? uuid : model));
        return false;
    }
    return true;
}

static void answer_lists(CostCall *call)
{
    const char *parameters[] = {
        call_parameter(call, "filter[name]"), call_parameter(call, "filter[uuid]"), NULL,
        call_parameter(call, "filter[currency]"), call_parameter(call, "filter[cost_model]")};
    bool valid = list_check_parameters(call, PARAMETERS) && list_check_filters(call, FILTERS) &&
                 list_boolean(call, "enabled", &parameters[2]) &&
                 check_uuids(call, parameters[1], parameters[4]);
    const char *order = valid ? list_order(call, ORDERS, ORDER_CHOICES) : NULL;
    if (order == NULL) {
        return;
    }
    const char *sql = arena_printf(
        call->arena,
        "SELECT %s"
        "  FROM {schema}.price_list p"
        " WHERE ($1::text IS NULL OR strpos(lower(p.name), lower($1)) > 0)"
        "   AND ($2::uuid IS NULL OR p.uuid = $2)"
        "   AND ($3::boolean IS NULL OR p.enabled = $3)"
        "   AND ($4::text IS NULL OR p.currency = upper($4))"
        "   AND ($5::uuid IS NULL"
        "        OR p.uuid IN (SELECT price_list_id FROM {schema}.price_list_cost_model_map"
        "                       WHERE cost_model_id = $5))"
        " ORDER BY %s, p.uuid",
        COLUMNS, order);
    bool missing;
    DbResult *rows = call_query(call, &missing, sql, 5, parameters);
    if (rows != NULL || missing) {
        call_answer_list(call, rows, write_list);
    }
}

/* The one that the path names; NULL when the answer is written already. */
static DbResult *find(CostCall *call, const char *columns)
{
    return call_find(call, PRICE_LIST,
                     arena_printf(call->arena,
                                  "SELECT %s FROM {schema}.price_list p WHERE p.uuid = $1",
                                  columns),
                     call->request->path_parameters[0]);
}

static void write_one(CostCall *call, const DbResult *rows, int status)
{
    call->response->status = status;
    JsonWriter json = json_writer(call->response->body);
    json_begin_object(&json);
    write_list(&json, rows, 0);
    json_end(&json);
}

static void answer_one(CostCall *call)
{
    DbResult *rows = find(call, COLUMNS);
    if (rows != NULL) {
        write_one(call, rows, 200);
    }
}

/* Inserts or changes by `sql`, a statement that returns the uuid, and answers with the row. */
static void put(CostCall *call, const char *sql, const PriceListWish *wish, const char *uuid,
                int status)
{
    const char *parameters[] = {wish->name, wish->description, wish->currency, wish->start,
                                wish->end,  wish->enabled,     wish->rates,    uuid};
    bool missing;
    DbResult *rows = call_change(call, &missing, sql, 8, parameters);
    if (rows == NULL && missing) {
        call_refuse_without_tenant(call);
    } else if (rows != NULL && db_row_count(rows) == 0) {
        call_not_found(call, PRICE_LIST);
    } else if (rows != NULL) {
        const char *made = db_text(rows, 0, 0);
        rows = call_query(call, NULL,
                          arena_printf(call->arena,
                                       "SELECT %s FROM {schema}.price_list p WHERE p.uuid = $1",
                                       COLUMNS),
                          1, &made);
        if (rows != NULL) {
            write_one(call, rows, status);
        }
    }
}

static void create(CostCall *call)
{
    PriceListWish wish;
    if (price_list_read(call, NULL, &wish)) {
        put(call,
            "INSERT INTO {schema}.price_list"
            "    (name, description, currency, effective_start_date, effective_end_date, enabled,"
            "     rates, uuid)"
            " VALUES ($1, COALESCE($2, ''), $3, $4, $5, $6, COALESCE($7::jsonb, '[]'),"
            "         COALESCE($8::uuid, gen_random_uuid()))"
            " RETURNING uuid",
            &wish, wish.uuid, 201);
    }
}

static void change(CostCall *call)
{
    PriceListWish wish;
    DbResult *rows =
        find(call, "p.currency, p.effective_start_date, p.effective_end_date, p.rates, p.enabled");
    if (rows == NULL) {
        return;
    }
    PriceListState before = {db_text(rows, 0, 0), db_text(rows, 0, 1), db_text(rows, 0, 2),
                             db_text(rows, 0, 3), db_bool(rows, 0, 4)};
    if (price_list_read(call, &before, &wish)) {
        put(call,
            "UPDATE {schema}.price_list AS p"
            "   SET name = COALESCE($1, name), description = COALESCE($2, description),"
            "       currency = $3, effective_start_date = COALESCE($4::date, effective_start_date),"
            "       effective_end_date = COALESCE($5::date, effective_end_date),"
            "       enabled = $6::boolean, rates = COALESCE($7::jsonb, rates),"
            "       updated_timestamp = now(),"
            "       version = version + CASE"
            "           WHEN (effective_start_date, effective_end_date) IS DISTINCT FROM"
            "                (COALESCE($4::date, effective_start_date),"
            "                 COALESCE($5::date, effective_end_date)) THEN 1"
            "           WHEN $7::jsonb IS NOT NULL AND " PRICES_DIFFER(
                "p.rates", "$7::jsonb") " THEN 1"
                                        "           ELSE 0 END"
                                        " WHERE uuid = $8"
                                        " RETURNING uuid",
            &wish, call->request->path_parameters[0], 200);
    }
}

static void remove_one(CostCall *call)
{
    const char *uuid = call->request->path_parameters[0];
    DbResult *rows = find(call, "p.uuid");
    if (rows == NULL) {
        return;
    }
    rows = call_change(call, NULL,
                       "DELETE FROM {schema}.price_list"
                       " WHERE uuid = $1"
                       "   AND NOT EXISTS (SELECT FROM {schema}.price_list_cost_model_map"
                       "                    WHERE price_list_id = $1)",
                       1, &uuid);
    if (rows != NULL && db_affected(rows) == 0) {
        access_write_error(call->response, 400, "detail",
                           "The price list is assigned to a cost model; take it away there first.");
    } else if (rows != NULL) {
        call->response->status = 204;
    }
}

static void answer_affected(CostCall *call)
{
    DbResult *rows = find(call, COLUMNS);
    if (rows != NULL) {
        buffer_append_text(call->response->body, db_text(rows, 0, 12));
    }
}

/* Its rates get ids of their own. */
static void duplicate(CostCall *call)
{
    static const PriceListWish NOTHING = {0};
    put(call,
        "INSERT INTO {schema}.price_list"
        "    (name, description, currency, effective_start_date, effective_end_date, rates)"
        " SELECT left('Copy of ' || name, 255), description, currency, effective_start_date,"
        "        effective_end_date,"
        "        COALESCE((SELECT jsonb_agg(one || jsonb_build_object('rate_id',"
        "                                                             gen_random_uuid()))"
        "                    FROM jsonb_array_elements(rates) AS one), '[]')"
        "   FROM {schema}.price_list"
        "  WHERE uuid = $8"
        "    AND COALESCE($1, $2, $3, $4, $5, $6, $7) IS NULL"
        " RETURNING uuid",
        &NOTHING, call->request->path_parameters[0], 201);
}

static void answer_duplicate(CostCall *call)
{
    if (find(call, "p.uuid") != NULL) {
        duplicate(call);
    }
}

static void write_rate(JsonWriter *json, const DbResult *rows, int row)
{
    json_member_string(json, "rate_id", db_text(rows, row, 0));
    json_member_string(json, "custom_name", db_text(rows, row, 1));
    json_member_string(json, "description", db_text(rows, row, 2));
    json_member_raw(json, "metric", db_text(rows, row, 3));
    json_member_string(json, "metric_type", db_text(rows, row, 4));
    json_member_string(json, "cost_type", db_text(rows, row, 5));
    json_member_string(json, "default_rate", db_text(rows, row, 6));
    json_member_raw(json, db_bool(rows, row, 7) ? "tag_rates" : "tiered_rates",
                    db_text(rows, row, 8));
}

static const char *const RATE_FILTERS[] = {"name", "metric_type", "measurement", "cost_type", NULL};

static const ListOrder RATE_ORDERS[] = {
    {"name", "name"},
    {"metric_type", "kind"},
    {"measurement", "measurement"},
    {"cost_type", "cost_type"},
    {NULL, NULL},
};

static void answer_rates(CostCall *call)
{
    const char *parameters[] = {
        call->request->path_parameters[0], call_parameter(call, "filter[name]"),
        call_parameter(call, "filter[metric_type]"), call_parameter(call, "filter[measurement]"),
        call_parameter(call, "filter[cost_type]")};
    static const char CHOICES[] = "cost_type, measurement, metric_type, name";
    const char *order =
        list_check_filters(call, RATE_FILTERS) ? list_order(call, RATE_ORDERS, CHOICES) : NULL;
    if (order == NULL || find(call, "p.uuid") == NULL) {
        return;
    }
    DbResult *rows = call_query(
        call, NULL,
        arena_printf(
            call->arena,
            "SELECT id, name, description, metric, kind, cost_type, default_rate, tagged, prices"
            "  FROM (SELECT place, one->>'rate_id' AS id, one->>'custom_name' AS name,"
            "               one->>'description' AS description, one->'metric' AS metric,"
            "               CASE one->'metric'->>'label_metric'"
            "                   WHEN 'Persistent volume claims' THEN 'pvc'"
            "                   WHEN 'Virtual Machine' THEN 'vm'"
            "                   ELSE lower(one->'metric'->>'label_metric') END AS kind,"
            "               lower(one->'metric'->>'label_measurement') AS measurement,"
            "               one->>'cost_type' AS cost_type,"
            "               one->'tiered_rates'->0->>'value' AS default_rate,"
            "               COALESCE(one->'tag_rates', '{}') <> '{}' AS tagged,"
            "               COALESCE(NULLIF(one->'tag_rates', '{}'), one->'tiered_rates') AS prices"
            "          FROM {schema}.price_list p,"
            "               jsonb_array_elements(p.rates) WITH ORDINALITY AS list (one, place)"
            "         WHERE p.uuid = $1) AS rates"
            " WHERE ($2::text IS NULL OR strpos(lower(name), lower($2)) > 0)"
            "   AND ($3::text IS NULL OR kind = lower($3))"
            "   AND ($4::text IS NULL OR strpos(measurement, lower($4)) > 0)"
            "   AND ($5::text IS NULL OR lower(cost_type) = lower($5))"
            " ORDER BY %s, place",
            order),
        5, parameters);
    if (rows != NULL) {
        call_answer_known_list(call, rows, write_rate);
    }
}

CALL_HANDLER(handle_list, answer_lists)
CALL_HANDLER(handle_create, create)
CALL_HANDLER(handle_get, answer_one)
CALL_HANDLER(handle_change, change)
CALL_HANDLER(handle_remove, remove_one)
CALL_HANDLER(handle_affected, answer_affected)
CALL_HANDLER(handle_duplicate, answer_duplicate)
CALL_HANDLER(handle_rates, answer_rates)

const HttpRoute PRICE_LIST_ROUTES[] = {
    {"GET", PRICE_LISTS, handle_list},
    {"POST", PRICE_LISTS, handle_create},
    {"GET", PRICE_LISTS "/{uuid}", handle_get},
    {"PUT", PRICE_LISTS "/{uuid}", handle_change},
    {"DELETE", PRICE_LISTS "/{uuid}", handle_remove},
    {"GET", PRICE_LISTS "/{uuid}/affected-cost-models", handle_affected},
    {"POST", PRICE_LISTS "/{uuid}/duplicate", handle_duplicate},
    {"GET", PRICE_LISTS "/{uuid}/rates", handle_rates},
    {NULL, NULL, NULL},
};
