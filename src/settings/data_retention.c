#include "base/json.h"
#include "cost_api/call.h"
#include "cost_api/fields.h"
#include "providers/retention.h"
#include "settings/settings.h"

#define DATA_RETENTION COST_MANAGEMENT_API "/account-settings/data-retention"

static void write_members(JsonWriter *json, const CostCall *call, int months)
{
    json_member_int(json, "data_retention_months", months);
    json_member_bool(json, "env_override", retention_configured(call->context->config));
    json_member_int(json, "min_retention_months", RETENTION_LEAST);
    json_member_int(json, "max_retention_months", RETENTION_MOST);
}

/* The members stand in the answer itself, and in "data" as in the other settings' answers. */
static void get_retention(CostCall *call)
{
    Error error = {0};
    int months;
    if (!retention_read(call->db, call->arena, call->context->config, call->caller.schema, &months,
                        &error)) {
        access_write_error(call->response, 503, "detail", error.message);
        return;
    }
    JsonWriter json = json_writer(call->response->body);
    json_begin_object(&json);
    write_members(&json, call, months);
    json_write_key(&json, "data");
    json_begin_object(&json);
    write_members(&json, call, months);
    json_end(&json);
    json_end(&json);
}

static void refuse_configured(CostCall *call)
{
    call->response->status = 403;
    JsonWriter json = json_writer(call->response->body);
    json_begin_object(&json);
    json_member_string(&json, "error",
                       arena_printf(call->arena,
                                    "retention-months is set to %d for all organisations; it "
                                    "can't be changed here",
                                    call->context->config->retention_months));
    json_end(&json);
}

/* The months that the body asks for; 0 when the answer is written already. */
static int read_months(CostCall *call)
{
    json_t *body = call_body(call);
    if (body == NULL) {
        return 0;
    }
    Faults *faults = faults_new(call->arena);
    const json_t *value = json_object_get(body, "data_retention_months");
    json_int_t months = json_integer_value(value);
    if (value == NULL) {
        faults_add(faults, "data_retention_months", "This field is required.");
    } else if (!json_is_integer(value)) {
        faults_add(faults, "data_retention_months", "A valid integer is required.");
    } else if (months < RETENTION_LEAST) {
        faults_add(faults, "data_retention_months",
                   "Ensure this value is greater than or equal to %d.", RETENTION_LEAST);
    } else if (months > RETENTION_MOST) {
        faults_add(faults, "data_retention_months",
                   "Ensure this value is less than or equal to %d.", RETENTION_MOST);
    }
    if (faults_any(faults)) {
        faults_answer(faults, call->response);
        return 0;
    }
    return (int)months;
}

static void put_retention(CostCall *call)
{
    if (retention_configured(call->context->config)) {
        refuse_configured(call);
        return;
    }
    int months = read_months(call);
    if (months == 0) {
        return;
    }
    const char *parameters[] = {arena_printf(call->arena, "%d", months)};
    bool missing;
    DbResult *done = call_change(call, &missing,
                                 "INSERT INTO {schema}.tenant_settings (data_retention_months)"
                                 " VALUES ($1)"
                                 " ON CONFLICT (singleton) DO UPDATE"
                                 " SET data_retention_months = EXCLUDED.data_retention_months",
                                 1, parameters);
    if (done != NULL) {
        call->response->status = 204;
    } else if (missing) {
        call_refuse_without_tenant(call);
    }
}

CALL_HANDLER(handle_get, get_retention)
CALL_HANDLER(handle_put, put_retention)

const HttpRoute DATA_RETENTION_ROUTES[] = {
    {"GET", DATA_RETENTION, handle_get},
    {"PUT", DATA_RETENTION, handle_put},
    {NULL, NULL, NULL},
};
