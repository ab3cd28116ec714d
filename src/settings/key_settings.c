#include <string.h>

#include "base/json.h"
#include "cost_api/call.h"
#include "cost_api/list_query.h"
#include "cost_api/pages.h"
#include "ingest/month/tag_keys.h"
#include "settings/keys.h"
#include "settings/settings.h"

#define TAG_SETTINGS COST_MANAGEMENT_API "/settings/tags"
#define CATEGORY_SETTINGS COST_MANAGEMENT_API "/settings/aws_category_keys"

/* Keys that can be enabled and disabled. */
typedef struct KeyKind {
    const char *path;
    const char *list; /* selects uuid, key, enabled, source type */
    const char *change;
    int most; /* of them can be enabled; 0: any number */
    const char *const *filters;
    const char *choices; /* what order_by may name */
} KeyKind;

static const char *const TAG_FILTERS[] = {"key",         "uuid",          "enabled",
                                          "source_type", "provider_type", NULL};
static const char *const CATEGORY_FILTERS[] = {"key", "uuid", "enabled", NULL};

static const KeyKind KINDS[] = {
    {TAG_SETTINGS,
     "SELECT uuid, key, enabled, provider_type FROM {schema}.reporting_enabledtagkeys",
     "UPDATE {schema}.reporting_enabledtagkeys SET enabled = $2::boolean"
     " WHERE uuid = ANY ($1::uuid[])",
     TAG_KEYS_MAX, TAG_FILTERS, "child, enabled, key, parent, provider_type, uuid"},
    {CATEGORY_SETTINGS,
     "SELECT uuid, key, enabled, 'AWS' FROM {schema}.reporting_awsenabledcategorykeys",
     "UPDATE {schema}.reporting_awsenabledcategorykeys SET enabled = $2::boolean"
     " WHERE uuid = ANY ($1::uuid[])",
     0, CATEGORY_FILTERS, "enabled, key, uuid"},
};

static const KeyKind *kind_of_path(const char *path)
{
    return strncmp(path, TAG_SETTINGS, strlen(TAG_SETTINGS)) == 0 ? &KINDS[0] : &KINDS[1];
}

/* The first is the order without any. */
static const ListOrder ORDERS[] = {
    {"", "source_type, enabled DESC, key COLLATE \"C\""},
    {"key", "key COLLATE \"C\""},
    {"enabled", "enabled"},
    {"source_type", "source_type"},
    {"provider_type", "source_type"},
    {"uuid", "uuid"},
    {NULL, NULL},
};

/* What these filters ask for must be there: the source type and the id of some key. False when the
 * answer is written already. */
static bool check_choices(CostCall *call, const KeyKind *kind)
{
    static const char *const CHOICES[] = {"uuid", "provider_type", "source_type"};
    for (size_t i = 0; i < sizeof CHOICES / sizeof *CHOICES && kind->most > 0; i++) {
        const char *name = arena_printf(call->arena, "filter[%s]", CHOICES[i]);
        const char *value = call_parameter(call, name);
        if (value == NULL) {
            continue;
        }
        bool missing;
        DbResult *found =
            call_query(call, &missing,
                       arena_printf(call->arena,
                                    "SELECT 1"
                                    "  FROM (%s) AS list (uuid, key, enabled, source_type)"
                                    " WHERE %s = $1"
                                    " LIMIT 1",
                                    kind->list, i == 0 ? "uuid::text" : "source_type"),
                       1, &value);
        if (found == NULL && !missing) {
            return false;
        }
        if (found == NULL || db_row_count(found) == 0) {
            access_write_error(
                call->response, 400, NULL,
                arena_printf(call->arena,
                             "Select a valid choice. %s is not one of the available choices.",
                             value));
            return false;
        }
    }
    return true;
}

static DbResult *ask(CostCall *call, const KeyKind *kind, bool *missing)
{
    const char *source_type = call_parameter(call, "filter[source_type]");
    const char *parameters[] = {call_parameter(call, "filter[key]"), NULL,
                                source_type != NULL ? source_type
                                                    : call_parameter(call, "filter[provider_type]"),
                                call_parameter(call, "filter[uuid]")};
    bool valid = list_check_filters(call, kind->filters) && check_choices(call, kind) &&
                 list_boolean(call, "enabled", &parameters[1]);
    const char *order = valid ? list_order(call, ORDERS, kind->choices) : NULL;
    if (order == NULL) {
        return NULL;
    }
    const char *sql = arena_printf(call->arena,
                                   "WITH list (uuid, key, enabled, source_type) AS (%s)"
                                   "SELECT uuid, key, enabled, source_type"
                                   "  FROM list"
                                   " WHERE ($1::text IS NULL OR strpos(lower(key), lower($1)) > 0)"
                                   "   AND ($2::boolean IS NULL OR enabled = $2)"
                                   "   AND ($3::text IS NULL OR source_type = $3)"
                                   "   AND (NULLIF($4::text, '') IS NULL OR uuid::text = lower($4))"
                                   " ORDER BY %s, key COLLATE \"C\"",
                                   kind->list, order);
    return call_query(call, missing, sql, 4, parameters);
}

/* How many keys are enabled; -1 when the answer is written already. */
static int64_t count_enabled(CostCall *call, const KeyKind *kind)
{
    bool missing;
    const char *sql = arena_printf(call->arena,
                                   "SELECT count(*) FROM (%s) AS list (uuid, key, enabled, type)"
                                   " WHERE enabled",
                                   kind->list);
    DbResult *rows = call_query(call, &missing, sql, 0, NULL);
    return rows != NULL ? db_int(rows, 0, 0) : missing ? 0 : -1;
}

static void write_keys(CostCall *call, const KeyKind *kind, const DbResult *rows)
{
    int64_t enabled = kind->most > 0 ? count_enabled(call, kind) : 0;
    if (enabled < 0) {
        return;
    }
    Page page = page_of_query(call->arena, call->request->query, 10, 1000);
    page.count = rows != NULL ? db_row_count(rows) : 0;
    if (kind->most > 0) {
        page_of_known_list(&page);
    }
    int64_t first, last;
    page_range(&page, &first, &last);
    JsonWriter json = json_writer(call->response->body);
    json_begin_object(&json);
    page_begin_meta(&json, &page);
    if (kind->most > 0) {
        json_member_int(&json, "enabled_tags_count", enabled);
        json_member_int(&json, "enabled_tags_limit", kind->most);
    }
    json_end(&json);
    page_write_links(&json, call->arena, &page, call->request->path, call->request->query);
    json_write_key(&json, "data");
    json_begin_array(&json);
    for (int i = (int)first; i < last; i++) {
        json_begin_object(&json);
        json_member_string(&json, "uuid", db_text(rows, i, 0));
        json_member_string(&json, "key", db_text(rows, i, 1));
        json_member_bool(&json, "enabled", db_bool(rows, i, 2));
        if (kind->most > 0) {
            json_member_string(&json, "source_type", db_text(rows, i, 3));
        }
        json_end(&json);
    }
    json_end(&json);
    json_end(&json);
}

static void get_keys(void *context, HttpRequest *request, HttpResponse *response)
{
    CostCall call;
    if (call_begin(&call, context, request, response)) {
        const KeyKind *kind = kind_of_path(request->path);
        bool missing = false;
        DbResult *rows = ask(&call, kind, &missing);
        if (rows != NULL || missing) {
            write_keys(&call, kind, rows);
        }
        call_end(&call);
    }
}

/* Too many are enabled: nothing is changed. */
static void refuse_too_many(CostCall *call, const KeyKind *kind, int64_t enabled)
{
    call->response->status = 412;
    JsonWriter json = json_writer(call->response->body);
    json_begin_object(&json);
    json_member_string(
        &json, "error",
        arena_printf(call->arena, "The maximum number of enabled tags is %d.", kind->most));
    json_member_int(&json, "enabled", enabled);
    json_member_int(&json, "limit", kind->most);
    json_end(&json);
}

/* A key that is mapped stays enabled. False when the answer is written already. */
static bool check_mapped(CostCall *call, const char *ids)
{
    bool missing;
    DbResult *rows =
        call_query(call, &missing,
                   "SELECT json_agg(uuid ORDER BY key)"
                   "  FROM {schema}.reporting_enabledtagkeys"
                   " WHERE uuid = ANY ($1::uuid[])"
                   "   AND uuid IN (SELECT child_id FROM {schema}.reporting_tagmapping"
                   "                 UNION"
                   "                SELECT parent_id FROM {schema}.reporting_tagmapping)",
                   1, &ids);
    if (rows == NULL && missing) {
        call_refuse_without_tenant(call);
    }
    if (rows == NULL || db_is_null(rows, 0, 0)) {
        return rows != NULL;
    }
    call->response->status = 412;
    JsonWriter json = json_writer(call->response->body);
    json_begin_object(&json);
    json_member_string(&json, "error", "Can not disable a key associated with a tag mapping");
    json_member_raw(&json, "ids", db_text(rows, 0, 0));
    json_end(&json);
    return false;
}

static bool change_keys(CostCall *call, const KeyKind *kind, const char *ids, bool enable)
{
    const char *parameters[] = {ids, enable ? "true" : "false"};
    if (!enable && kind->most > 0 && !check_mapped(call, ids)) {
        return false;
    }
    bool missing;
    DbResult *changed = call_query(call, &missing, kind->change, 2, parameters);
    if (changed == NULL) {
        if (missing) {
            call_refuse_without_tenant(call);
        }
        return false;
    }
    if (db_affected(changed) == 0) {
        access_write_error(call->response, 400, "ids", "none of the ids is one of these keys");
        return false;
    }
    int64_t enabled = count_enabled(call, kind);
    if (enabled < 0) {
        return false;
    }
    if (enable && kind->most > 0 && enabled > kind->most) {
        refuse_too_many(call, kind, enabled);
        return false;
    }
    return true;
}

static void put_keys(CostCall *call, bool enable)
{
    const char *ids = keys_read_ids(call);
    if (ids != NULL && change_keys(call, kind_of_path(call->request->path), ids, enable)) {
        keys_keep(call);
    }
}

static void enable_keys(CostCall *call)
{
    put_keys(call, true);
}

static void disable_keys(CostCall *call)
{
    put_keys(call, false);
}

CALL_CHANGE_HANDLER(put_enable, enable_keys)
CALL_CHANGE_HANDLER(put_disable, disable_keys)

const HttpRoute KEY_SETTINGS_ROUTES[] = {
    {"GET", TAG_SETTINGS, get_keys},
    {"PUT", TAG_SETTINGS "/enable", put_enable},
    {"PUT", TAG_SETTINGS "/disable", put_disable},
    {"GET", CATEGORY_SETTINGS, get_keys},
    {"PUT", CATEGORY_SETTINGS "/enable", put_enable},
    {"PUT", CATEGORY_SETTINGS "/disable", put_disable},
    {NULL, NULL, NULL},
};
