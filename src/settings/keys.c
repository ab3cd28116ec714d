#include "settings/keys.h"

#include "base/crypto.h"
#include "base/json.h"
#include "ingest/queue.h"

const char *keys_read_uuids(CostCall *call, const json_t *list, const char *name,
                            const char *refusal)
{
    if (json_array_size(list) == 0) {
        access_write_error(call->response, 400, name,
                           list != NULL && !json_is_array(list)
                               ? arena_printf(call->arena,
                                              "Expected a list of items but got type \"%s\".",
                                              json_type_name(list))
                               : "This list may not be empty.");
        return NULL;
    }
    Buffer *array = buffer_new(call->arena);
    for (size_t i = 0; i < json_array_size(list); i++) {
        const char *text = json_string_value(json_array_get(list, i));
        if (text == NULL || !uuid_valid(text)) {
            access_write_error(call->response, 400, arena_printf(call->arena, "%s.%zu", name, i),
                               refusal);
            return NULL;
        }
        buffer_printf(array, "%c%s", i == 0 ? '{' : ',', text);
    }
    buffer_append_char(array, '}');
    return array->data;
}

const char *keys_read_ids(CostCall *call)
{
    Error error = {0};
    json_t *body = json_parse(call->arena, call->request->body, call->request->body_length, &error);
    return keys_read_uuids(call, json_object_get(body, "ids"), "id_list", "invalid uuid supplied.");
}

static bool read_months_anew(CostCall *call, Error *error)
{
    char since[DATE_TEXT_SIZE];
    day_format(day_month_start(clock_today(), -1), since);
    DbResult *months = DB_QUERY(call->db, call->arena, error,
                                "SELECT m.provider_id, m.billing_period_start_datetime::date, m.id"
                                "  FROM reporting_common_costusagereportmanifest m"
                                "  JOIN api_provider p ON p.uuid = m.provider_id"
                                "  JOIN api_customer c ON c.id = p.customer_id"
                                " WHERE c.schema_name = $1"
                                "   AND p.type = 'AWS'"
                                "   AND m.completed_datetime IS NOT NULL"
                                "   AND NOT COALESCE(m.report_tracker, '{}') ? 'superseded_by'"
                                "   AND m.billing_period_start_datetime >= $2::date",
                                call->caller.schema, since);
    bool done = months != NULL;
    for (int i = 0; done && i < db_row_count(months); i++) {
        done = queue_add_again(call->db, call->arena, JOB_INGEST, db_text(months, i, 0),
                               db_text(months, i, 1), db_int(months, i, 2), error);
    }
    return done;
}

void keys_keep(CostCall *call)
{
    Error error = {0};
    if (!read_months_anew(call, &error)) {
        access_write_failure(call->response, &error);
    } else if (call_commit(call)) {
        call->response->status = 204;
    }
}
