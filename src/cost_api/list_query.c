#include "cost_api/list_query.h"

#include <string.h>

/* The NAME of "section[NAME]"; NULL when the parameter is none of the section. */
static const char *name_inside(Arena *arena, const char *parameter, const char *section)
{
    size_t length = strlen(section), all = strlen(parameter);
    if (all < length + 2 || strncmp(parameter, section, length) != 0 || parameter[length] != '[' ||
        parameter[all - 1] != ']') {
        return NULL;
    }
    return arena_strndup(arena, parameter + length + 1, all - length - 2);
}

static bool is_name(const char *const *names, const char *name)
{
    while (*names != NULL && strcmp(*names, name) != 0) {
        names++;
    }
    return *names != NULL;
}

static bool refuse(CostCall *call, const char *name)
{
    access_write_error(call->response, 400, name, "Unsupported parameter or invalid value");
    return false;
}

bool list_check_parameters(CostCall *call, const char *const *names)
{
    int count;
    HttpQueryItem *items = http_query_parse(call->arena, call->request->query, &count);
    for (int i = 0; i < count; i++) {
        const char *name = arena_strndup(call->arena, items[i].name, strcspn(items[i].name, "["));
        if (!is_name(names, name)) {
            return refuse(call, name);
        }
    }
    return true;
}

bool list_boolean(CostCall *call, const char *name, const char **sql)
{
    static const char *const YES[] = {"true", "True", "1", NULL};
    static const char *const NO[] = {"false", "False", "0", NULL};
    const char *text = call_parameter(call, arena_printf(call->arena, "filter[%s]", name));
    *sql = text == NULL ? NULL : is_name(YES, text) ? "true" : "false";
    return text == NULL || is_name(YES, text) || is_name(NO, text) || refuse(call, name);
}

bool list_check_filters(CostCall *call, const char *const *names)
{
    int count;
    HttpQueryItem *items = http_query_parse(call->arena, call->request->query, &count);
    for (int i = 0; i < count; i++) {
        const char *name = name_inside(call->arena, items[i].name, "filter");
        if (name != NULL && !is_name(names, name)) {
            return refuse(call, name);
        }
    }
    return true;
}

static const char *order_sql(CostCall *call, const ListOrder *orders, const char *choices,
                             const char *name, bool descending)
{
    for (const ListOrder *order = orders; order->name != NULL; order++) {
        if (strcmp(order->name, name) == 0) {
            return arena_printf(call->arena, "%s%s", order->sql, descending ? " DESC" : "");
        }
    }
    access_write_error(call->response, 400, NULL,
                       arena_printf(call->arena,
                                    "Cannot resolve keyword '%s' into field. Choices are: %s", name,
                                    choices));
    return NULL;
}

const char *list_order(CostCall *call, const ListOrder *orders, const char *choices)
{
    int count;
    HttpQueryItem *items = http_query_parse(call->arena, call->request->query, &count);
    for (int i = 0; i < count; i++) {
        const char *name = name_inside(call->arena, items[i].name, "order_by");
        const char *value = items[i].value;
        if (strcmp(items[i].name, "order_by") == 0) {
            return order_sql(call, orders, choices, value + (*value == '-'), *value == '-');
        }
        if (name != NULL && strcmp(value, "asc") != 0 && strcmp(value, "desc") != 0) {
            access_write_error(
                call->response, 400, NULL,
                arena_printf(call->arena, "Invalid order_by parameter: {'%s': '%s'}", name, value));
            return NULL;
        }
        if (name != NULL) {
            return order_sql(call, orders, choices, name, strcmp(value, "desc") == 0);
        }
    }
    return orders[0].sql;
}
