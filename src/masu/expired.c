/* expired_data/: what is older than is kept. */
#include "ingest/month/purge.h"
#include "masu/call.h"

static void purge(MasuCall *call, bool dry_run)
{
    Purge purge = {0};
    Error error = {0};
    if (!purge_tenants(call->cost.db, call->cost.arena, call->cost.context->config, call->org_id,
                       dry_run, &purge, &error)) {
        access_write_failure(call->cost.response, &error);
        return;
    }
    JsonWriter json = json_writer(call->cost.response->body);
    json_begin_object(&json);
    json_member_bool(&json, "simulate", dry_run);
    json_write_key(&json, "expired_data");
    json_begin_array(&json);
    for (int i = 0; i < purge.count; i++) {
        const PurgedMonth *month = &purge.months[i];
        json_begin_object(&json);
        json_member_string(&json, "schema", month->schema);
        json_member_string(&json, "table", month->table);
        json_member_string(&json, "month", month->month);
        json_member_int(&json, "rows", month->rows);
        json_member_int(&json, "bytes", month->bytes);
        json_end(&json);
    }
    json_end(&json);
    json_end(&json);
}

static void answer_what(MasuCall *call)
{
    purge(call, true);
}

static void answer_deletion(MasuCall *call)
{
    purge(call, false);
}

MASU_HANDLER(get_expired, answer_what)
MASU_HANDLER(delete_expired, answer_deletion)

const HttpRoute MASU_EXPIRED_ROUTES[] = {
    {"GET", COST_MANAGEMENT_API "/expired_data", get_expired},
    {"DELETE", COST_MANAGEMENT_API "/expired_data", delete_expired},
    {NULL, NULL, NULL},
};
