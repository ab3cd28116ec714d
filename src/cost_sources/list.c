#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "cost_api/pages.h"
#include "cost_sources/cost_sources.h"
#include "cost_sources/item.h"

enum { PAGE_DEFAULT = 10, PAGE_MOST = 1000 };

/* Does `text` hold `part`, in any case? */
static bool holds(const char *text, const char *part)
{
    return text != NULL && strcasestr(text, part) != NULL;
}

static bool name_fits(const SourceItem *item, const char *value)
{
    return holds(item->row.name, value);
}

static bool type_fits(const SourceItem *item, const char *value)
{
    return holds(item->kind->name, value);
}

static bool type_id_fits(const SourceItem *item, const char *value)
{
    return strcmp(item->kind->id, value) == 0;
}

static bool ref_fits(const SourceItem *item, const char *value)
{
    return item->row.source_ref != NULL && strcmp(item->row.source_ref, value) == 0;
}

static bool active_fits(const SourceItem *item, const char *value)
{
    bool active = item->state != NULL && item->state->active;
    return active == (strcasecmp(value, "true") == 0 || strcmp(value, "1") == 0);
}

/* Filters by their names, plain or as filter[…]. Of several values all must fit, or any. */
static const struct {
    const char *name;
    bool (*fits)(const SourceItem *item, const char *value);
    bool any;
} FILTERS[] = {
    {"name", name_fits, false},       {"type", type_fits, true},
    {"source_type", type_fits, true}, {"source_type_id", type_id_fits, true},
    {"source_ref", ref_fits, true},   {"active", active_fits, true},
};

enum { FILTER_COUNT = sizeof FILTERS / sizeof *FILTERS };

/* The index of a parameter's filter; -1: it is none. */
static int filter_of(Arena *arena, const char *name)
{
    size_t length = strlen(name);
    if (strncmp(name, "filter[", 7) == 0 && length > 8 && name[length - 1] == ']') {
        name = arena_strndup(arena, name + 7, length - 8);
    }
    for (int i = 0; i < FILTER_COUNT; i++) {
        if (strcmp(FILTERS[i].name, name) == 0) {
            return i;
        }
    }
    return -1;
}

/* Does an item fit one parameter, a list with commas? */
static bool value_fits(CostCall *call, const SourceItem *item, int filter, const char *list)
{
    bool any = FILTERS[filter].any;
    while (*list != '\0') {
        size_t length = strcspn(list, ",");
        const char *value = arena_strndup(call->arena, list, length);
        if (length > 0 && FILTERS[filter].fits(item, value) == any) {
            return any;
        }
        list += length + (list[length] == ',');
    }
    return !any;
}

static int keep_fitting(CostCall *call, SourceItem *items, int count)
{
    int parsed, kept = 0;
    HttpQueryItem *parameters = http_query_parse(call->arena, call->request->query, &parsed);
    for (int i = 0; i < count; i++) {
        bool fits = true;
        for (int j = 0; j < parsed && fits; j++) {
            int filter = filter_of(call->arena, parameters[j].name);
            fits = filter < 0 || *parameters[j].value == '\0' ||
                   value_fits(call, &items[i], filter, parameters[j].value);
        }
        if (fits) {
            items[kept++] = items[i];
        }
    }
    return kept;
}

static int by_id(const SourceItem *left, const SourceItem *right)
{
    long long a = strtoll(left->row.id, NULL, 10), b = strtoll(right->row.id, NULL, 10);
    return (a > b) - (a < b);
}

static int by_name(const SourceItem *left, const SourceItem *right)
{
    return strcasecmp(left->row.name, right->row.name);
}

static int by_type(const SourceItem *left, const SourceItem *right)
{
    return strcmp(left->kind->name, right->kind->name);
}

static int by_update(const SourceItem *left, const SourceItem *right)
{
    return strcmp(left->row.updated, right->row.updated);
}

typedef int Compare(const SourceItem *left, const SourceItem *right);

static const struct {
    const char *name;
    Compare *compare;
} ORDERS[] = {
    {"id", by_id},
    {"name", by_name},
    {"type", by_type},
    {"source_type", by_type},
    {"updated_timestamp", by_update},
};

typedef struct Order {
    Compare *compare;
    int sign;
} Order;

static int compare_items(const void *left, const void *right, void *context)
{
    const Order *order = context;
    int result = order->compare(left, right) * order->sign;
    return result != 0 ? result : by_id(left, right);
}

/* False when the answer is written already: the order is none of these. */
static bool sort_items(CostCall *call, SourceItem *items, int count)
{
    const char *asked = call_parameter(call, "ordering");
    Order order = {by_id, 1};
    if (asked == NULL || *asked == '\0') {
        return true;
    }
    order.sign = *asked == '-' ? -1 : 1;
    const char *name = asked + (*asked == '-');
    for (size_t i = 0; i < sizeof ORDERS / sizeof *ORDERS; i++) {
        if (strcmp(ORDERS[i].name, name) == 0) {
            order.compare = ORDERS[i].compare;
            qsort_r(items, (size_t)count, sizeof *items, compare_items, &order);
            return true;
        }
    }
    call_refuse(call, "ordering",
                arena_printf(call->arena, "\"%s\" is not a valid choice.", asked));
    return false;
}

static void answer_list(CostCall *call)
{
    SourceItem *items;
    int count;
    if (!items_read(call, NULL, &items, &count)) {
        return;
    }
    count = keep_fitting(call, items, count);
    if (!sort_items(call, items, count)) {
        return;
    }
    Page page = page_of_query(call->arena, call->request->query, PAGE_DEFAULT, PAGE_MOST);
    page.count = count;
    int64_t first, last;
    JsonWriter json = call_begin_list(call, &page, &first, &last);
    for (int64_t i = first; i < last; i++) {
        item_write(call, &json, &items[i]);
    }
    json_end(&json);
    json_end(&json);
}

static void answer_one(CostCall *call)
{
    const SourceItem *item = item_of_path(call);
    if (item != NULL) {
        JsonWriter json = json_writer(call->response->body);
        item_write(call, &json, item);
    }
}

/* The manifests of one month, whose first is in row *row; *row is then behind its last. */
static void write_month(CostCall *call, JsonWriter *json, const DbResult *rows, int *row)
{
    static const char *const TIMES[] = {"process_start_date", "process_complete_date",
                                        "manifest_complete_date", "export_datetime"};
    const char *month = db_text(rows, *row, 0);
    json_write_key(json, month);
    json_begin_object(json);
    json_write_key(json, "manifests");
    json_begin_array(json);
    for (; *row < db_row_count(rows) && strcmp(db_text(rows, *row, 0), month) == 0; (*row)++) {
        json_begin_object(json);
        json_member_string(json, "assembly_id", db_text(rows, *row, 1));
        json_member_string(json, "billing_period_start", db_text(rows, *row, 2));
        json_member_string(
            json, "files_processed",
            arena_printf(call->arena, "%s/%s", db_text(rows, *row, 3), db_text(rows, *row, 4)));
        for (int i = 0; i < (int)(sizeof TIMES / sizeof *TIMES); i++) {
            json_member_string(json, TIMES[i], db_text(rows, *row, 5 + i));
        }
        json_end(json);
    }
    json_end(json);
    json_end(json);
}

static void answer_stats(CostCall *call)
{
    Error error = {0};
    const SourceItem *item = item_of_path(call);
    if (item == NULL) {
        return;
    }
    DbResult *rows = provider_manifests(call->db, call->arena, item->row.uid, &error);
    if (rows == NULL) {
        access_write_failure(call->response, &error);
        return;
    }
    JsonWriter json = json_writer(call->response->body);
    json_begin_object(&json);
    json_member_bool(&json, "provider_linked", item->state != NULL);
    json_member_string(&json, "data_updated_date",
                       item->state != NULL ? item->state->data_updated : NULL);
    json_member_string(&json, "ocp_on_cloud_data_updated_date", NULL);
    for (int row = 0; row < db_row_count(rows);) {
        write_month(call, &json, rows, &row);
    }
    json_end(&json);
}

CALL_HANDLER(get_list, answer_list)
CALL_HANDLER(get_one, answer_one)
CALL_HANDLER(get_stats, answer_stats)

const HttpRoute SOURCE_LIST_ROUTES[] = {
    {"GET", COST_MANAGEMENT_API "/sources", get_list},
    {"GET", COST_MANAGEMENT_API "/sources/{source_id}", get_one},
    {"GET", COST_MANAGEMENT_API "/sources/{source_id}/stats", get_stats},
    {NULL, NULL, NULL},
};
