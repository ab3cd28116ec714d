#include "cost_sources/item.h"

#include <string.h>

#include "cost_models/cost_models.h"

static bool read_rows(CostCall *call, const char *key, SourceItem **items, int *count)
{
    Error error = {0};
    CostSource *rows = NULL;
    Db *db = db_pool_take(call->context->sources_pool, &error);
    bool done = db != NULL && cost_view_read(db, call->arena, call->caller.identity.org_id, key,
                                             &rows, count, &error);
    db_pool_give(call->context->sources_pool, db);
    if (!done) {
        access_write_failure(call->response, &error);
        return false;
    }
    *items = arena_array(call->arena, (size_t)*count + 1, sizeof **items);
    for (int i = 0; i < *count; i++) {
        (*items)[i] =
            (SourceItem){.row = rows[i], .kind = kind_of_type(rows[i].type), .cost_models = "[]"};
    }
    return true;
}

static SourceItem *find(SourceItem *items, int count, const char *uid)
{
    for (int i = 0; i < count; i++) {
        if (strcmp(items[i].row.uid, uid) == 0) {
            return &items[i];
        }
    }
    return NULL;
}

static bool add_states(CostCall *call, SourceItem *items, int count)
{
    Error error = {0};
    ProviderState *states;
    int state_count;
    Buffer *uuids = buffer_new(call->arena);
    for (int i = 0; i < count; i++) {
        buffer_append_text(uuids, i == 0 ? "{" : ",");
        buffer_append_text(uuids, items[i].row.uid);
    }
    buffer_append_text(uuids, count > 0 ? "}" : "{}");
    if (!provider_states_read(call->db, call->arena, uuids->data, &states, &state_count, &error)) {
        access_write_failure(call->response, &error);
        return false;
    }
    for (int i = 0; i < state_count; i++) {
        SourceItem *item = find(items, count, states[i].uuid);
        if (item != NULL) {
            item->state = &states[i];
        }
    }
    return true;
}

static bool add_cost_models(CostCall *call, SourceItem *items, int count)
{
    bool missing;
    DbResult *rows = cost_models_by_provider(call, &missing);
    for (int i = 0; rows != NULL && i < db_row_count(rows); i++) {
        SourceItem *item = find(items, count, db_text(rows, i, 0));
        if (item != NULL) {
            item->cost_models = db_text(rows, i, 1);
        }
    }
    return rows != NULL || missing;
}

bool items_read(CostCall *call, const char *key, SourceItem **items, int *count)
{
    return read_rows(call, key, items, count) && add_states(call, *items, *count) &&
           add_cost_models(call, *items, *count);
}

SourceItem *item_of_path(CostCall *call)
{
    SourceItem *items;
    int count;
    if (!items_read(call, call->request->path_parameters[0], &items, &count)) {
        return NULL;
    }
    if (count == 0) {
        const char *key = call->request->path_parameters[0]; /* only a number can be an id */
        key += *key == '-';
        bool number = *key != '\0' && key[strspn(key, "0123456789")] == '\0';
        call_not_found(call, number ? "Sources" : NULL);
        return NULL;
    }
    return items;
}

/* "…Z" as "…+00:00", as the states of manifests have always been told; or null. */
static void write_stamp(CostCall *call, JsonWriter *json, const char *name, const json_t *step,
                        const char *key)
{
    const char *text = json_get_string(step, key);
    size_t length = text != NULL ? strlen(text) : 0;
    if (length > 0 && text[length - 1] == 'Z') {
        text = arena_printf(call->arena, "%.*s+00:00", (int)length - 1, text);
    }
    json_member_string(json, name, text);
}

static void write_status(CostCall *call, JsonWriter *json, const ProviderState *state)
{
    static const char *const STEPS[] = {"download", "processing", "summary"};
    Error ignored = {0};
    const json_t *document =
        state != NULL && state->state != NULL
            ? json_parse(call->arena, state->state, strlen(state->state), &ignored)
            : NULL;
    json_write_key(json, "status");
    json_begin_object(json);
    for (size_t i = 0; state != NULL && i < sizeof STEPS / sizeof *STEPS; i++) {
        const json_t *step = json_object_get(document, STEPS[i]);
        bool started = json_object_get(step, "start") != NULL;
        bool failed = json_object_get(step, "failed") != NULL;
        bool ended = json_object_get(step, "end") != NULL;
        json_write_key(json, STEPS[i]);
        json_begin_object(json);
        write_stamp(call, json, "end", step, "end");
        if (failed) {
            write_stamp(call, json, "failed", step, "failed");
        }
        write_stamp(call, json, "start", step, "start");
        json_member_string(json, "state",
                           failed    ? "failed"
                           : ended   ? "complete"
                           : started ? "in-progress"
                                     : "pending");
        json_end(json);
    }
    json_end(json);
}

static void write_wrapped(CostCall *call, JsonWriter *json, const char *name, const char *inner,
                          const json_t *value)
{
    json_write_key(json, name);
    json_begin_object(json);
    json_member_raw(json, inner, json_text(call->arena, value));
    json_end(json);
}

static void write_state(CostCall *call, JsonWriter *json, const ProviderState *state)
{
    json_member_bool(json, "provider_linked", state != NULL);
    json_member_bool(json, "active", state != NULL && state->active);
    json_member_bool(json, "current_month_data", state != NULL && state->current_month_data);
    json_member_bool(json, "previous_month_data", state != NULL && state->previous_month_data);
    json_member_string(json, "last_payload_received_at",
                       state != NULL ? state->last_payload : NULL);
    json_member_string(json, "last_polling_time", state != NULL ? state->polled : NULL);
    json_member_string(json, "created_timestamp", state != NULL ? state->created : NULL);
    write_status(call, json, state);
    json_member_bool(json, "has_data", state != NULL && state->has_data);
}

void item_write(CostCall *call, JsonWriter *json, const SourceItem *item)
{
    const CostSource *row = &item->row;
    json_begin_object(json);
    json_member_string(json, "id", row->id);
    json_member_string(json, "uuid", row->uid);
    json_member_string(json, "name", row->name);
    json_member_string(json, "source_type", item->kind->name);
    json_member_string(json, "source_type_id", item->kind->id);
    json_member_string(json, "source_ref", row->source_ref);
    write_wrapped(call, json, "authentication", "credentials",
                  kind_show_credentials(call->arena, item->kind, row));
    write_wrapped(call, json, "billing_source", "data_source",
                  kind_show_data_source(call->arena, item->kind, row));
    json_member_bool(json, "paused", row->paused);
    json_member_string(json, "updated_timestamp", row->updated);
    write_state(call, json, item->state);
    json_member_raw(json, "infrastructure", "{}");
    json_member_raw(json, "cost_models", item->cost_models);
    json_member_raw(json, "additional_context", "{}");
    json_end(json);
}
