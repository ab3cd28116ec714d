#include <string.h>

#include "cost_api/faults.h"
#include "cost_models/models.h"
#include "cost_models/price_lists.h"
#include "cost_models/rates.h"
#include "ingest/queue.h"

const char *uuid_array(Arena *arena, const char *const *items, int count)
{
    Buffer *array = buffer_new(arena);
    for (int i = 0; i < count; i++) {
        buffer_printf(array, "%c%s", i == 0 ? '{' : ',', items[i]);
    }
    buffer_append_text(array, count == 0 ? "{}" : "}");
    return array->data;
}

/* Every source is the tenant's, of the model's type, and nobody else's. */
static void check_sources(const DbResult *rows, const SourceType *type, Faults *faults)
{
    for (int i = 0; i < db_row_count(rows); i++) {
        const char *uuid = db_text(rows, i, 0), *found = db_text(rows, i, 1);
        const SourceType *its_type = found != NULL ? source_type_find(found) : NULL;
        if (found == NULL) {
            faults_add(faults, "source_uuids", "Source %s does not exist.", uuid);
        } else if (its_type != type) {
            faults_add(faults, "source_uuids", "Source %s is of type %s, not %s.", uuid, found,
                       type->name);
        } else if (db_text(rows, i, 2) != NULL) {
            faults_add(faults, "source_uuids",
                       "Source %s is already associated with cost model: %s.", uuid,
                       db_text(rows, i, 2));
        }
    }
}

static void check_price_lists(const DbResult *rows, const char *currency, Faults *faults)
{
    for (int i = 0; i < db_row_count(rows); i++) {
        const char *uuid = db_text(rows, i, 0), *its_currency = db_text(rows, i, 1);
        if (its_currency == NULL) {
            faults_add(faults, "price_list_uuids", "Price list %s does not exist.", uuid);
        } else if (!db_bool(rows, i, 2)) {
            faults_add(faults, "price_list_uuids", "Price list %s is disabled.", uuid);
        } else if (strcmp(its_currency, currency) != 0) {
            faults_add(faults, "price_list_uuids", "Price list %s is in %s, not %s.", uuid,
                       its_currency, currency);
        }
    }
}

/* Nobody gives a source to another model meanwhile. */
static bool check(CostCall *call, const ModelWish *wish, const char *uuid)
{
    Faults *faults = faults_new(call->arena);
    bool missing;
    if (call_query(call, &missing, "LOCK TABLE {schema}.cost_model_map IN SHARE ROW EXCLUSIVE MODE",
                   0, NULL) == NULL) {
        if (missing) {
            call_refuse_without_tenant(call);
        }
        return false;
    }
    /* A body that names no sources leaves the model those it has. */
    const char *sources[] = {
        wish->sources != NULL ? uuid_array(call->arena, wish->sources, wish->source_count) : NULL,
        uuid};
    DbResult *rows = call_query(
        call, NULL,
        "SELECT asked.uuid, p.type, map.cost_model_id"
        "  FROM unnest(COALESCE("
        "           $1::uuid[],"
        "           ARRAY(SELECT provider_uuid FROM {schema}.cost_model_map"
        "                  WHERE cost_model_id = $2)))"
        "       WITH ORDINALITY AS asked (uuid, place)"
        "  LEFT JOIN {schema}.reporting_tenant_api_provider p ON p.uuid = asked.uuid"
        "  LEFT JOIN {schema}.cost_model_map map"
        "    ON map.provider_uuid = asked.uuid AND map.cost_model_id IS DISTINCT FROM $2::uuid"
        " ORDER BY asked.place",
        2, sources);
    if (rows == NULL) {
        return false;
    }
    check_sources(rows, wish->type, faults);
    const char *lists[] = {uuid_array(call->arena, wish->price_lists, wish->price_list_count)};
    rows = call_query(call, NULL,
                      "SELECT asked.uuid, p.currency, p.enabled"
                      "  FROM unnest($1::uuid[]) WITH ORDINALITY AS asked (uuid, place)"
                      "  LEFT JOIN {schema}.price_list p ON p.uuid = asked.uuid"
                      " ORDER BY asked.place",
                      1, lists);
    if (rows == NULL) {
        return false;
    }
    check_price_lists(rows, wish->currency, faults);
    if (faults_any(faults)) {
        faults_answer(faults, call->response);
    }
    return !faults_any(faults);
}

/* The model's uuid; NULL when the answer is written already. */
static const char *put_model(CostCall *call, const ModelWish *wish, const char *uuid)
{
    static const char CREATE[] =
        "INSERT INTO {schema}.cost_model"
        "    (uuid, name, description, source_type, rates, markup, distribution,"
        "     distribution_info, currency, created_timestamp, updated_timestamp)"
        " VALUES (COALESCE($1::uuid, gen_random_uuid()), $2, COALESCE($3, ''), $4,"
        "         COALESCE($5::jsonb, '[]'), COALESCE($6::jsonb, '{}'), COALESCE($7, 'cpu'),"
        "         COALESCE($8::jsonb, $11::jsonb), $9, $10, $10)"
        " RETURNING uuid";
    static const char CHANGE[] =
        "UPDATE {schema}.cost_model"
        "   SET name = $2, description = COALESCE($3, description), source_type = $4,"
        "       rates = COALESCE($5::jsonb, rates), markup = COALESCE($6::jsonb, markup),"
        "       distribution = COALESCE($7, distribution),"
        "       distribution_info = CASE"
        "           WHEN $8::jsonb IS NOT NULL THEN $8::jsonb"
        "           WHEN $7::text IS NULL THEN distribution_info"
        "           ELSE $11::jsonb || distribution_info"
        "                || jsonb_build_object('distribution_type', $7::text) END,"
        "       currency = $9, updated_timestamp = $10"
        " WHERE uuid = $1"
        " RETURNING uuid";
    char now[TIMESTAMP_TEXT_SIZE];
    const char *parameters[] = {uuid == NULL ? wish->uuid : uuid,
                                wish->name,
                                wish->description,
                                wish->type->name,
                                wish->rates,
                                wish->markup,
                                wish->distribution,
                                wish->distribution_info,
                                wish->currency,
                                timestamp_format(clock_now(), true, now),
                                wish->default_info};
    DbResult *rows = call_query(call, NULL, uuid == NULL ? CREATE : CHANGE, 11, parameters);
    if (rows != NULL && db_row_count(rows) == 0) {
        call_not_found(call, COST_MODEL);
    }
    return rows != NULL && db_row_count(rows) == 1 ? db_text(rows, 0, 0) : NULL;
}

/* Those that the model has now and had: their markups change. */
static bool queue_sources(CostCall *call, const char *uuid)
{
    DbResult *rows = call_query(call, NULL,
                                "SELECT provider_uuid"
                                "  FROM {schema}.cost_model_map"
                                " WHERE cost_model_id = $1"
                                " ORDER BY provider_uuid",
                                1, &uuid);
    Error error = {0};
    for (int i = 0; rows != NULL && i < db_row_count(rows); i++) {
        if (!queue_add(call->db, call->arena, JOB_MARKUP, db_text(rows, i, 0), NULL, 0, NULL,
                       &error)) {
            access_write_failure(call->response, &error);
            return false;
        }
    }
    return rows != NULL;
}

static bool put_sources(CostCall *call, const ModelWish *wish, const char *uuid)
{
    const char *parameters[] = {uuid, uuid_array(call->arena, wish->sources, wish->source_count)};
    return wish->sources == NULL ||
           (call_query(call, NULL,
                       "DELETE FROM {schema}.cost_model_map"
                       " WHERE cost_model_id = $1 AND provider_uuid <> ALL ($2::uuid[])",
                       2, parameters) != NULL &&
            call_query(call, NULL,
                       "INSERT INTO {schema}.cost_model_map (provider_uuid, cost_model_id)"
                       " SELECT DISTINCT asked, $1::uuid FROM unnest($2::uuid[]) AS asked"
                       " ON CONFLICT (provider_uuid) DO NOTHING",
                       2, parameters) != NULL);
}

/* Rates stand in a price list, too, which other models may share. */
static bool put_own_price_list(CostCall *call, const ModelWish *wish, const char *uuid)
{
    const char *parameters[] = {
        uuid, arena_printf(call->arena, "%s prices", wish->name), wish->currency, wish->rates,
        arena_printf(call->arena, "Auto-created from cost model '%s'", wish->name)};
    DbResult *changed = call_query(
        call, NULL,
        "UPDATE {schema}.price_list"
        "   SET rates = $2::jsonb, updated_timestamp = now(),"
        "       version = version + CASE"
        "           WHEN " PRICES_DIFFER(
            "rates", "$2::jsonb") " THEN 1 ELSE 0 END"
                                  " WHERE uuid = (SELECT price_list_id"
                                  "                 FROM {schema}.price_list_cost_model_map"
                                  "                WHERE cost_model_id = $1 AND priority = 1)",
        2, (const char *[]){uuid, wish->rates});
    return changed != NULL &&
           (db_affected(changed) > 0 ||
            call_query(
                call, NULL,
                "WITH list AS ("
                "    INSERT INTO {schema}.price_list"
                "        (name, description, currency, effective_start_date, effective_end_date,"
                "         rates)"
                "    VALUES ($2, $5, $3, '2026-03-01', '2099-12-31', $4::jsonb)"
                "    RETURNING uuid)"
                "INSERT INTO {schema}.price_list_cost_model_map"
                "    (price_list_id, cost_model_id, priority)"
                " SELECT uuid, $1::uuid, 1 FROM list",
                5, parameters) != NULL);
}

static bool put_price_lists(CostCall *call, const ModelWish *wish, const char *uuid)
{
    const char *parameters[] = {uuid,
                                uuid_array(call->arena, wish->price_lists, wish->price_list_count)};
    if (wish->price_lists != NULL &&
        (call_query(call, NULL,
                    "DELETE FROM {schema}.price_list_cost_model_map WHERE cost_model_id = $1", 1,
                    parameters) == NULL ||
         call_query(call, NULL,
                    "INSERT INTO {schema}.price_list_cost_model_map"
                    "    (price_list_id, cost_model_id, priority)"
                    " SELECT asked.uuid, $1::uuid, row_number() OVER (ORDER BY min(asked.place))"
                    "   FROM unnest($2::uuid[]) WITH ORDINALITY AS asked (uuid, place)"
                    "  GROUP BY asked.uuid",
                    2, parameters) == NULL)) {
        return false;
    }
    bool has_rates = wish->rates != NULL && strcmp(wish->rates, "[]") != 0;
    return !has_rates || wish->price_list_count > 0 || put_own_price_list(call, wish, uuid);
}

static bool put_audit(CostCall *call, const char *operation, const char *uuid)
{
    char now[TIMESTAMP_TEXT_SIZE];
    const char *parameters[] = {uuid, operation, call_actor(call),
                                timestamp_format(clock_now(), true, now)};
    return call_query(call, NULL,
                      "INSERT INTO {schema}.cost_model_audit"
                      "    (operation, audit_timestamp, changed_by, provider_uuids, uuid, name,"
                      "     description, source_type, created_timestamp, updated_timestamp, rates,"
                      "     markup, distribution, currency, distribution_info)"
                      " SELECT $2, $4, $3,"
                      "        ARRAY(SELECT provider_uuid FROM {schema}.cost_model_map"
                      "               WHERE cost_model_id = m.uuid ORDER BY provider_uuid),"
                      "        m.uuid, m.name, m.description, m.source_type, m.created_timestamp,"
                      "        m.updated_timestamp, m.rates, m.markup, m.distribution, m.currency,"
                      "        m.distribution_info"
                      "   FROM {schema}.cost_model m"
                      "  WHERE m.uuid = $1",
                      4, parameters) != NULL;
}

const char *model_save(CostCall *call, const ModelWish *wish, const char *uuid)
{
    bool changes = uuid != NULL;
    bool done = call_begin_change(call) && check(call, wish, uuid) &&
                (!changes || queue_sources(call, uuid)) &&
                (uuid = put_model(call, wish, uuid)) != NULL && put_sources(call, wish, uuid) &&
                put_price_lists(call, wish, uuid) && queue_sources(call, uuid) &&
                put_audit(call, changes ? "UPDATE" : "INSERT", uuid);
    return done && call_commit(call) ? uuid : NULL;
}

bool model_remove(CostCall *call, const char *uuid)
{
    bool missing = false;
    if (!call_begin_change(call)) {
        return false;
    }
    if (call_query(call, &missing, "LOCK TABLE {schema}.cost_model_map IN SHARE ROW EXCLUSIVE MODE",
                   0, NULL) == NULL &&
        !missing) {
        return false;
    }
    DbResult *rows = NULL;
    if (!missing &&
        (!queue_sources(call, uuid) || !put_audit(call, "DELETE", uuid) ||
         (rows = call_query(call, NULL, "DELETE FROM {schema}.cost_model WHERE uuid = $1", 1,
                            &uuid)) == NULL)) {
        return false;
    }
    if (missing || db_affected(rows) == 0) {
        call_not_found(call, COST_MODEL);
        return false;
    }
    return call_commit(call);
}
