#include <string.h>

#include "base/crypto.h"
#include "base/json.h"
#include "cost_api/fields.h"
#include "cost_api/list_query.h"
#include "settings/keys.h"
#include "settings/settings.h"

#define MAPPINGS COST_MANAGEMENT_API "/settings/tags/mappings"

/* A key as an object of an answer; {k} stands for the row. */
#define KEY_JSON(k)                                                                                \
    "json_build_object('uuid', " k ".uuid, 'key', " k ".key, 'source_type', " k ".provider_type)"

#define IS_CHILD "k.uuid IN (SELECT child_id FROM {schema}.reporting_tagmapping)"
#define IS_PARENT "k.uuid IN (SELECT parent_id FROM {schema}.reporting_tagmapping)"

static void write_mapping(JsonWriter *json, const DbResult *rows, int row)
{
    json_member_raw(json, "parent", db_text(rows, row, 0));
    json_member_raw(json, "children", db_text(rows, row, 1));
}

static void list_mappings(CostCall *call)
{
    static const ListOrder ORDERS[] = {
        {"parent", "p.key COLLATE \"C\""},
        {"child", "min(k.key COLLATE \"C\")"},
        {"parent_id", "p.uuid"},
        {"child_id", "min(k.uuid::text)"},
        {"source_type", "p.provider_type"},
        {NULL, NULL},
    };
    static const char *const FILTERS[] = {"parent", "child", "source_type", NULL};
    static const char CHOICES[] = "child, child_id, parent, parent_id, source_type";
    const char *order =
        list_check_filters(call, FILTERS) ? list_order(call, ORDERS, CHOICES) : NULL;
    if (order == NULL) {
        return;
    }
    const char *parameters[] = {call_parameter(call, "filter[parent]"),
                                call_parameter(call, "filter[child]"),
                                call_parameter(call, "filter[source_type]")};
    const char *sql = arena_printf(
        call->arena,
        "SELECT " KEY_JSON(
            "p") ","
                 "       json_agg(" KEY_JSON(
                     "k") " ORDER BY k.key COLLATE \"C\")"
                          "  FROM {schema}.reporting_tagmapping m"
                          "  JOIN {schema}.reporting_enabledtagkeys p ON p.uuid = m.parent_id"
                          "  JOIN {schema}.reporting_enabledtagkeys k ON k.uuid = m.child_id"
                          " WHERE ($1::text IS NULL OR strpos(lower(p.key), lower($1)) > 0)"
                          "   AND ($3::text IS NULL OR lower(p.provider_type) = lower($3))"
                          " GROUP BY p.uuid"
                          " HAVING $2::text IS NULL OR bool_or(strpos(lower(k.key), lower($2)) > 0)"
                          " ORDER BY %s, p.uuid",
        order);
    bool missing;
    DbResult *rows = call_query(call, &missing, sql, 3, parameters);
    if (rows != NULL || missing) {
        call_answer_known_list(call, rows, write_mapping);
    }
}

static void write_candidate(JsonWriter *json, const DbResult *rows, int row)
{
    json_member_string(json, "uuid", db_text(rows, row, 0));
    json_member_string(json, "key", db_text(rows, row, 1));
    json_member_string(json, "source_type", db_text(rows, row, 2));
    json_member_string(json, "cost_model_id", db_text(rows, row, 3));
}

/* A cost model whose rates, or whose price lists' rates, name the key of row k. */
#define COST_MODEL_OF_KEY                                                                          \
    "(SELECT c.uuid"                                                                               \
    "   FROM {schema}.cost_model c"                                                                \
    "  WHERE k.key IN ("                                                                           \
    "            SELECT rate->'tag_rates'->>'tag_key' FROM jsonb_array_elements(c.rates) rate"     \
    "             UNION"                                                                           \
    "            SELECT rate->'tag_rates'->>'tag_key'"                                             \
    "              FROM {schema}.price_list_cost_model_map lists"                                  \
    "              JOIN {schema}.price_list l ON l.uuid = lists.price_list_id,"                    \
    "                   jsonb_array_elements(l.rates) rate"                                        \
    "             WHERE lists.cost_model_id = c.uuid)"                                             \
    "  ORDER BY c.uuid"                                                                            \
    "  LIMIT 1)"

/* Enabled keys for which `condition` holds. */
static void list_candidates(CostCall *call, const char *condition)
{
    static const ListOrder ORDERS[] = {
        {"key", "k.key COLLATE \"C\""},
        {"enabled", "k.enabled"},
        {"uuid", "k.uuid"},
        {"source_type", "k.provider_type"},
        {"provider_type", "k.provider_type"},
        {NULL, NULL},
    };
    static const char *const FILTERS[] = {"key", "source_type", NULL};
    static const char CHOICES[] = "enabled, key, provider_type, source_type, uuid";
    const char *order =
        list_check_filters(call, FILTERS) ? list_order(call, ORDERS, CHOICES) : NULL;
    if (order == NULL) {
        return;
    }
    const char *parameters[] = {call_parameter(call, "filter[key]"),
                                call_parameter(call, "filter[source_type]")};
    const char *sql =
        arena_printf(call->arena,
                     "SELECT k.uuid, k.key, k.provider_type, " COST_MODEL_OF_KEY
                     "  FROM {schema}.reporting_enabledtagkeys k"
                     " WHERE k.enabled"
                     "   AND %s"
                     "   AND ($1::text IS NULL OR strpos(lower(k.key), lower($1)) > 0)"
                     "   AND ($2::text IS NULL OR lower(k.provider_type) = lower($2))"
                     " ORDER BY %s, k.uuid",
                     condition, order);
    bool missing;
    DbResult *rows = call_query(call, &missing, sql, 2, parameters);
    if (rows != NULL || missing) {
        call_answer_known_list(call, rows, write_candidate);
    }
}

static void list_children(CostCall *call)
{
    list_candidates(call, "NOT (" IS_CHILD " OR " IS_PARENT ")");
}

static void list_parents(CostCall *call)
{
    list_candidates(call, "NOT " IS_CHILD);
}

/* What is wrong with a key as a child, or as a parent; NULL: nothing. */
static const char *fault_of(const DbResult *rows, int row, bool child)
{
    if (db_text(rows, row, 1) == NULL) {
        return "does not exist";
    }
    if (!db_bool(rows, row, 2)) {
        return "is not enabled";
    }
    if (db_bool(rows, row, 3)) {
        return child ? "is a child already" : "is a child itself";
    }
    if (child && db_bool(rows, row, 4)) {
        return "is a parent itself";
    }
    return child && db_text(rows, row, 5) != NULL ? "is used in a cost model" : NULL;
}

/* False when the answer is written already. */
static bool check_keys(CostCall *call, Faults *faults, const char *uuids, const char *name)
{
    bool child = strcmp(name, "children") == 0, missing;
    DbResult *rows = call_query(
        call, &missing,
        "SELECT asked.uuid, k.key, k.enabled, " IS_CHILD ", " IS_PARENT ", " COST_MODEL_OF_KEY
        "  FROM unnest($1::uuid[]) WITH ORDINALITY AS asked (uuid, place)"
        "  LEFT JOIN {schema}.reporting_enabledtagkeys k ON k.uuid = asked.uuid"
        " ORDER BY asked.place",
        1, &uuids);
    if (rows == NULL && missing) {
        call_refuse_without_tenant(call);
    }
    for (int i = 0; rows != NULL && i < db_row_count(rows); i++) {
        const char *fault = fault_of(rows, i, child);
        if (fault != NULL) {
            faults_add(faults, name, "Tag %s %s.",
                       db_text(rows, i, 1) != NULL ? db_text(rows, i, 1) : db_text(rows, i, 0),
                       fault);
        }
    }
    return rows != NULL;
}

static void add(CostCall *call)
{
    json_t *body = call_body(call);
    if (body == NULL) {
        return;
    }
    Faults *faults = faults_new(call->arena);
    Fields fields = {call->arena, faults, body, ""};
    const char *parent = fields_uuid(&fields, "parent", FIELD_REQUIRED);
    const json_t *list = json_object_get(body, "children");
    if (list == NULL || json_is_null(list)) {
        faults_add(faults, "children",
                   list == NULL ? "This field is required." : "This field may not be null.");
    }
    if (faults_any(faults)) {
        faults_answer(faults, call->response);
        return;
    }
    const char *children = keys_read_uuids(call, list, "children", "Must be a valid UUID.");
    const char *parameters[] = {children, arena_printf(call->arena, "{%s}", parent)};
    if (children == NULL || !check_keys(call, faults, parameters[1], "parent") ||
        !check_keys(call, faults, children, "children")) {
        return;
    }
    if (strstr(children, parent) != NULL) {
        faults_add(faults, "children", "A tag can't be its own parent.");
    }
    if (faults_any(faults)) {
        faults_answer(faults, call->response);
        return;
    }
    if (call_query(call, NULL,
                   "INSERT INTO {schema}.reporting_tagmapping (child_id, parent_id)"
                   " SELECT DISTINCT child, ($2::uuid[])[1] FROM unnest($1::uuid[]) AS child",
                   2, parameters) != NULL) {
        keys_keep(call);
    }
}

/* Removes the mappings whose child or parent (`column`) is among the body's ids. */
static void remove_by(CostCall *call, const char *column, const char *refusal)
{
    const char *ids = keys_read_ids(call);
    bool missing;
    if (ids == NULL) {
        return;
    }
    DbResult *rows = call_query(
        call, &missing,
        arena_printf(call->arena,
                     "DELETE FROM {schema}.reporting_tagmapping WHERE %s = ANY ($1::uuid[])",
                     column),
        1, &ids);
    if (rows == NULL && missing) {
        call_refuse_without_tenant(call);
    } else if (rows != NULL && db_affected(rows) == 0) {
        call->response->status = 400;
        JsonWriter json = json_writer(call->response->body);
        json_begin_object(&json);
        json_member_string(&json, "detail", refusal);
        json_end(&json);
    } else if (rows != NULL) {
        keys_keep(call);
    }
}

static void remove_children(CostCall *call)
{
    remove_by(call, "child_id", "Invalid children UUIDs.");
}

static void remove_parents(CostCall *call)
{
    remove_by(call, "parent_id", "Invalid parents UUIDs.");
}

CALL_HANDLER(handle_mappings, list_mappings)
CALL_HANDLER(handle_children, list_children)
CALL_HANDLER(handle_parents, list_parents)
CALL_CHANGE_HANDLER(handle_add, add)
CALL_CHANGE_HANDLER(handle_remove_children, remove_children)
CALL_CHANGE_HANDLER(handle_remove_parents, remove_parents)

const HttpRoute TAG_MAPPING_ROUTES[] = {
    {"GET", MAPPINGS, handle_mappings},
    {"GET", MAPPINGS "/child", handle_children},
    {"GET", MAPPINGS "/parent", handle_parents},
    {"PUT", MAPPINGS "/child/add", handle_add},
    {"PUT", MAPPINGS "/child/remove", handle_remove_children},
    {"PUT", MAPPINGS "/parent/remove", handle_remove_parents},
    {NULL, NULL, NULL},
};
