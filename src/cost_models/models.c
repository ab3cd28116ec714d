#include "cost_models/models.h"

#include <string.h>

#include "base/crypto.h"
#include "cost_api/currency.h"
#include "cost_api/faults.h"
#include "cost_models/source_types.h"
#include "settings/currencies.h"

/* clang-format off */
const char MODEL_COLUMNS[] =
    "m.uuid, m.name, m.description, m.source_type,"
    " " CALL_TIME("m.created_timestamp") ", " CALL_TIME("m.updated_timestamp") ", m.rates,"
    " json_build_object('value', COALESCE(m.markup->>'value', '0.0000000000'),"
    "                   'unit', COALESCE(m.markup->>'unit', 'percent')),"
    " m.distribution,"
    " json_build_object("
    "     'distribution_type', COALESCE(m.distribution_info->>'distribution_type', 'cpu'),"
    "     'platform_cost', COALESCE(m.distribution_info->'platform_cost', 'true'),"
    "     'worker_cost', COALESCE(m.distribution_info->'worker_cost', 'true'),"
    "     'network_unattributed', COALESCE(m.distribution_info->'network_unattributed', 'false'),"
    "     'storage_unattributed', COALESCE(m.distribution_info->'storage_unattributed', 'false'),"
    "     'gpu_unallocated', COALESCE(m.distribution_info->'gpu_unallocated', 'false')),"
    " m.currency,"
    " (SELECT COALESCE(json_agg(json_build_object('uuid', p.uuid, 'name', p.name,"
    "             'last_processed', " CALL_TIME("a.data_updated_timestamp") ")"
    "             ORDER BY p.name, p.uuid), '[]')"
    "    FROM {schema}.cost_model_map map"
    "    JOIN {schema}.reporting_tenant_api_provider p ON p.uuid = map.provider_uuid"
    "    LEFT JOIN public.api_provider a ON a.uuid = p.uuid"
    "   WHERE map.cost_model_id = m.uuid),"
    " (SELECT COALESCE(json_agg(p.uuid ORDER BY p.name, p.uuid), '[]')"
    "    FROM {schema}.cost_model_map map"
    "    JOIN {schema}.reporting_tenant_api_provider p ON p.uuid = map.provider_uuid"
    "   WHERE map.cost_model_id = m.uuid),"
    " (SELECT COALESCE(json_agg(json_build_object('uuid', l.uuid, 'name', l.name,"
    "             'priority', map.priority, 'version', l.version, 'enabled', l.enabled,"
    "             'effective_start_date', l.effective_start_date,"
    "             'effective_end_date', l.effective_end_date) ORDER BY map.priority), '[]')"
    "    FROM {schema}.price_list_cost_model_map map"
    "    JOIN {schema}.price_list l ON l.uuid = map.price_list_id"
    "   WHERE map.cost_model_id = m.uuid),"
    /* Are the costs those of this model yet? */
    " (SELECT CASE WHEN bool_or(last.state IN ('queued', 'running')) THEN 'pending'"
    "              WHEN bool_or(last.state = 'failed') THEN 'failed'"
    "              ELSE 'complete' END"
    "    FROM (SELECT DISTINCT ON (j.provider_uuid) j.state"
    "            FROM {schema}.cost_model_map map"
    "            JOIN public.kontor_job j ON j.provider_uuid = map.provider_uuid"
    "           WHERE map.cost_model_id = m.uuid AND j.kind = 'cost_model'"
    "           ORDER BY j.provider_uuid, j.id DESC) AS last)";
/* clang-format on */

void model_write(JsonWriter *json, const DbResult *rows, int row)
{
    json_member_string(json, "uuid", db_text(rows, row, 0));
    json_member_string(json, "name", db_text(rows, row, 1));
    json_member_string(json, "description", db_text(rows, row, 2));
    json_member_string(json, "source_type", source_type_find(db_text(rows, row, 3))->title);
    json_member_string(json, "created_timestamp", db_text(rows, row, 4));
    json_member_string(json, "updated_timestamp", db_text(rows, row, 5));
    json_member_raw(json, "rates", db_text(rows, row, 6));
    json_member_raw(json, "markup", db_text(rows, row, 7));
    json_member_string(json, "distribution", db_text(rows, row, 8));
    json_member_raw(json, "distribution_info", db_text(rows, row, 9));
    json_member_string(json, "currency", db_text(rows, row, 10));
    json_member_raw(json, "source_uuids", db_text(rows, row, 12));
    json_member_raw(json, "sources", db_text(rows, row, 11));
    json_member_raw(json, "price_lists", db_text(rows, row, 13));
    json_member_string(json, "recalculation", db_text(rows, row, 14));
}

/* What a list can be asked for, and the condition of it; {n} is the parameter. Words of a text,
 * with commas between them, must all be in it. */
static const struct {
    const char *name;
    const char *condition;
    enum { FILTER_WORDS, FILTER_TEXT, FILTER_UUID, FILTER_CURRENCY, FILTER_PAGE } kind;
} FILTERS[] = {
    {"name", "strpos(lower(m.name), lower(%s)) > 0", FILTER_WORDS},
    {"description", "strpos(lower(m.description), lower(%s)) > 0", FILTER_WORDS},
    {"source_type", "lower(m.source_type) = lower(%s)", FILTER_TEXT},
    {"currency", "m.currency = %s", FILTER_CURRENCY},
    {"uuid", "m.uuid = %s::uuid", FILTER_UUID},
    {"source_uuid",
     "m.uuid IN (SELECT cost_model_id FROM {schema}.cost_model_map WHERE provider_uuid = %s::uuid)",
     FILTER_UUID},
    {"limit", NULL, FILTER_PAGE},
    {"offset", NULL, FILTER_PAGE},
    {"ordering", NULL, FILTER_PAGE},
};

#define FILTER_NAMES                                                                               \
    "currency, description, limit, name, offset, ordering, source_type, source_uuid, uuid"

enum { FILTER_COUNT = sizeof FILTERS / sizeof *FILTERS, PARAMETERS_MAX = 64 };

typedef struct ListQuery {
    CostCall *call;
    Faults *faults;
    Buffer *conditions;
    const char *parameters[PARAMETERS_MAX];
    int count;
} ListQuery;

static void add_condition(ListQuery *query, const char *condition, const char *value)
{
    if (query->count == PARAMETERS_MAX) {
        faults_add(query->faults, "non_field_errors", "Too many parameters.");
        return;
    }
    query->parameters[query->count++] = value;
    const char *parameter = arena_printf(query->call->arena, "$%d", query->count);
    const char *place = strstr(condition, "%s");
    buffer_printf(query->conditions, " AND %.*s%s%s", (int)(place - condition), condition,
                  parameter, place + 2);
}

static void add_words(ListQuery *query, const char *condition, const char *value)
{
    while (*value != '\0') {
        size_t length = strcspn(value, ",");
        if (length > 0) {
            add_condition(query, condition, arena_strndup(query->call->arena, value, length));
        }
        value += length + (value[length] == ',');
    }
}

static void add_filter(ListQuery *query, int filter, const char *value)
{
    switch (FILTERS[filter].kind) {
    case FILTER_WORDS:
        add_words(query, FILTERS[filter].condition, value);
        return;
    case FILTER_UUID:
        if (!uuid_valid(value)) {
            faults_add(query->faults, FILTERS[filter].name, "Enter a valid UUID.");
            return;
        }
        break;
    case FILTER_PAGE:
        return;
    case FILTER_TEXT:
    case FILTER_CURRENCY:
        break;
    }
    add_condition(query, FILTERS[filter].condition, value);
}

/* Those alone that the caller may read, when not all. */
static void add_rights(ListQuery *query)
{
    const char *uuids =
        grant_uuids(query->call->arena, &query->call->caller.rights->read[RESOURCE_COST_MODEL]);
    if (uuids != NULL) {
        add_condition(query, "m.uuid = ANY (%s::uuid[])", uuids);
    }
}

/* False when the database can't tell; the answer is written then. */
static bool read_filters(ListQuery *query)
{
    int count;
    HttpQueryItem *items =
        http_query_parse(query->call->arena, query->call->request->query, &count);
    for (int i = 0; i < count; i++) {
        int filter = 0;
        while (filter < FILTER_COUNT && strcmp(FILTERS[filter].name, items[i].name) != 0) {
            filter++;
        }
        if (filter == FILTER_COUNT) {
            faults_add(query->faults, items[i].name,
                       "Cannot resolve keyword '%s' into field. Choices are: " FILTER_NAMES,
                       items[i].name);
            continue;
        }
        const char *value = items[i].value;
        if (FILTERS[filter].kind == FILTER_CURRENCY) {
            value = currency_code(query->call->arena, value);
            if (!currencies_check(query->call, query->faults, "currency", value)) {
                return false;
            }
        }
        add_filter(query, filter, value);
    }
    return true;
}

static const char *order_of(CostCall *call)
{
    static const char *const ORDERS[][2] = {
        {"name", "m.name"},
        {"-name", "m.name DESC"},
        {"source_type", "m.source_type, m.name"},
        {"-source_type", "m.source_type DESC, m.name"},
        {"updated_timestamp", "m.updated_timestamp"},
        {"-updated_timestamp", "m.updated_timestamp DESC"},
    };
    const char *asked = call_parameter(call, "ordering");
    for (size_t i = 0; asked != NULL && i < sizeof ORDERS / sizeof *ORDERS; i++) {
        if (strcmp(ORDERS[i][0], asked) == 0) {
            return ORDERS[i][1];
        }
    }
    return ORDERS[0][1];
}

static void answer_list(CostCall *call)
{
    ListQuery query = {
        .call = call, .faults = faults_new(call->arena), .conditions = buffer_new(call->arena)};
    if (!read_filters(&query)) {
        return;
    }
    add_rights(&query);
    if (faults_any(query.faults)) {
        faults_answer(query.faults, call->response);
        return;
    }
    bool missing;
    const char *sql = arena_printf(call->arena,
                                   "SELECT %s FROM {schema}.cost_model m WHERE true%s"
                                   " ORDER BY %s, m.uuid",
                                   MODEL_COLUMNS, query.conditions->data, order_of(call));
    DbResult *rows = call_query(call, &missing, sql, query.count, query.parameters);
    if (rows != NULL || missing) {
        call_answer_list(call, rows, model_write);
    }
}

/* May the caller change that cost model or, NULL, make new ones? Else answers 403. */
static bool may_write(CostCall *call, const char *uuid)
{
    const Grant *grant = &call->caller.rights->write[RESOURCE_COST_MODEL];
    bool may = uuid != NULL ? grant_has(grant, uuid) : grant->all;
    if (!may) {
        access_write_error(call->response, 403, "detail",
                           "You do not have permission to perform this action.");
    }
    return may;
}

/* The one that the path names, if the caller may read it; NULL when the answer is written
 * already. */
static DbResult *find_model(CostCall *call, const char *columns, const char *uuid)
{
    if (!grant_has(&call->caller.rights->read[RESOURCE_COST_MODEL], uuid)) {
        call_not_found(call, uuid_valid(uuid) ? COST_MODEL : NULL);
        return NULL;
    }
    return call_find(call, COST_MODEL,
                     arena_printf(call->arena,
                                  "SELECT %s FROM {schema}.cost_model m WHERE m.uuid = $1",
                                  columns),
                     uuid);
}

static void answer_model(CostCall *call, const char *uuid, int status)
{
    DbResult *rows = find_model(call, MODEL_COLUMNS, uuid);
    if (rows != NULL) {
        call->response->status = status;
        JsonWriter json = json_writer(call->response->body);
        json_begin_object(&json);
        model_write(&json, rows, 0);
        json_end(&json);
    }
}

static void create(CostCall *call)
{
    ModelWish wish;
    const char *uuid = may_write(call, NULL) && model_read(call, NULL, &wish)
                           ? model_save(call, &wish, NULL)
                           : NULL;
    if (uuid != NULL) {
        answer_model(call, uuid, 201);
    }
}

static void change(CostCall *call)
{
    ModelWish wish;
    const char *uuid = call->request->path_parameters[0];
    DbResult *found = may_write(call, uuid) ? find_model(call, "m.currency", uuid) : NULL;
    if (found != NULL && model_read(call, db_text(found, 0, 0), &wish) &&
        model_save(call, &wish, uuid) != NULL) {
        answer_model(call, uuid, 200);
    }
}

static void remove_one(CostCall *call)
{
    const char *uuid = call->request->path_parameters[0];
    if (may_write(call, uuid) && find_model(call, "1", uuid) != NULL && model_remove(call, uuid)) {
        call->response->status = 204;
    }
}

static void get_one(CostCall *call)
{
    answer_model(call, call->request->path_parameters[0], 200);
}

CALL_HANDLER(handle_list, answer_list)
CALL_HANDLER(handle_create, create)
CALL_HANDLER(handle_get, get_one)
CALL_HANDLER(handle_change, change)
CALL_HANDLER(handle_remove, remove_one)

const HttpRoute COST_MODEL_ROUTES[] = {
    {"GET", COST_MODELS, handle_list},
    {"POST", COST_MODELS, handle_create},
    {"GET", COST_MODELS "/{uuid}", handle_get},
    {"PUT", COST_MODELS "/{uuid}", handle_change},
    {"DELETE", COST_MODELS "/{uuid}", handle_remove},
    {NULL, NULL, NULL},
};
