/* Lists: the query string to one parameterised SELECT (sources-api.md §5). */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "sources/resource.h"

enum {
    PARAMETERS_MAX = 64,
    TOKENS_MAX = 4,
    LIMIT_DEFAULT = 100,
    SORTS_MAX = 16,
    SORTED_MAX = 2000, /* rows that are found before they are sorted */
};

typedef struct Operator {
    const char *name;
    const char *sql; /* %s: the column, then the parameter */
    bool text;       /* compares texts whatever the column is */
    bool bare;       /* takes no value */
} Operator;

static const Operator OPERATORS[] = {
    {"eq", "%s = %s", false, false},
    {"not_eq", "%s <> %s", false, false},
    {"gt", "%s > %s", false, false},
    {"gte", "%s >= %s", false, false},
    {"lt", "%s < %s", false, false},
    {"lte", "%s <= %s", false, false},
    {"nil", "%s IS NULL", false, true},
    {"not_nil", "%s IS NOT NULL", false, true},
    {"contains", "%s LIKE '%%' || %s || '%%'", true, false},
    {"starts_with", "%s LIKE %s || '%%'", true, false},
    {"ends_with", "%s LIKE '%%' || %s", true, false},
    {"eq_i", "lower(%s) = lower(%s)", true, false},
    {"not_eq_i", "lower(%s) <> lower(%s)", true, false},
    {"contains_i", "%s ILIKE '%%' || %s || '%%'", true, false},
    {"starts_with_i", "%s ILIKE %s || '%%'", true, false},
    {"ends_with_i", "%s ILIKE '%%' || %s", true, false},
};

static const char *const CASTS[] = {
    [FIELD_ID] = "bigint",    [FIELD_INT] = "integer",      [FIELD_BOOL] = "boolean",
    [FIELD_TEXT] = "varchar", [FIELD_TIME] = "timestamptz", [FIELD_FULL_TIME] = "timestamptz",
    [FIELD_JSON] = "jsonb"};

/* What a query string asks for. */
typedef struct ListQuery {
    Call *call;
    const Resource *resource;
    HttpQueryItem *items;
    int item_count;
    bool *done; /* items that belonged to an earlier filter of the same key */
    Buffer *where;
    Buffer *order;
    const char *parameters[PARAMETERS_MAX];
    int parameter_count;
    int64_t limit, offset;
    bool deep; /* more associations than a query string has */
} ListQuery;

/* The words of a key: "filter[name][eq]" has three. Returns their count. */
static int tokenise(Arena *arena, const char *key, const char *tokens[TOKENS_MAX])
{
    int count = 0;
    while (*key != '\0') {
        size_t length = 0;
        while (isalnum((unsigned char)key[length]) || key[length] == '_') {
            length++;
        }
        if (length > 0 && count < TOKENS_MAX) {
            tokens[count] = arena_strndup(arena, key, length);
        }
        count += length > 0;
        key += length + (key[length] != '\0');
    }
    return count;
}

static const ResourceField *find_field(const Resource *resource, const char *name)
{
    for (const ResourceField *field = resource->fields; field->name != NULL; field++) {
        if ((field->flags & FIELD_FILTER) != 0 && strcmp(field->name, name) == 0) {
            return field;
        }
    }
    return NULL;
}

static const Operator *find_operator(const char *name)
{
    for (size_t i = 0; i < sizeof OPERATORS / sizeof *OPERATORS; i++) {
        if (strcmp(OPERATORS[i].name, name) == 0) {
            return &OPERATORS[i];
        }
    }
    return NULL;
}

/* A value as the next parameter; NULL after answering when there are too many, or when the value
 * can't be one of the column. */
static const char *add_parameter(ListQuery *query, const ResourceField *field, bool as_text,
                                 const char *value)
{
    Call *call = query->call;
    if (query->parameter_count == PARAMETERS_MAX) {
        call_bad(call, "more than %d filter values", PARAMETERS_MAX);
        return NULL;
    }
    query->parameters[query->parameter_count++] = value;
    return arena_printf(call->arena, "$%d::%s", query->parameter_count,
                        as_text ? "varchar" : CASTS[field->kind]);
}

/* The column of a field, qualified so that associations can't be mistaken. */
static const char *column_of(ListQuery *query, const Resource *resource, const ResourceField *field,
                             bool as_text)
{
    bool expression = strchr(field->column, '(') != NULL;
    return arena_printf(query->call->arena, "%s%s%s%s", expression ? "" : resource->table,
                        expression ? "" : ".", field->column, as_text ? "::varchar" : "");
}

/* Do two keys have the same words? */
static bool same_key(Arena *arena, const char *left, const char *right)
{
    const char *a[TOKENS_MAX], *b[TOKENS_MAX];
    int count = tokenise(arena, left, a);
    bool same = count == tokenise(arena, right, b) && count <= TOKENS_MAX;
    for (int i = 0; same && i < count; i++) {
        same = strcmp(a[i], b[i]) == 0;
    }
    return same;
}

/* "key = a" with every value that the same key has: several are an IN. */
static bool add_equality(ListQuery *query, const Resource *resource, const ResourceField *field,
                         const char *key)
{
    Buffer *values = buffer_new(query->call->arena), *hashes = buffer_new(query->call->arena);
    for (int i = 0; i < query->item_count; i++) {
        if (!same_key(query->call->arena, query->items[i].name, key)) {
            continue;
        }
        const char *parameter = add_parameter(query, field, false, query->items[i].value);
        if (parameter == NULL) {
            return false;
        }
        query->done[i] = true;
        buffer_printf(values, "%s%s", values->length > 0 ? ", " : "", parameter);
        buffer_printf(hashes, "%smd5(%s)", hashes->length > 0 ? ", " : "", parameter);
    }
    const char *column = column_of(query, resource, field, false);
    if ((field->flags & FIELD_LONG) != 0) {
        buffer_printf(query->where, " AND md5(%s) IN (%s)", column, hashes->data);
    }
    buffer_printf(query->where, " AND %s IN (%s)", column, values->data);
    return true;
}

static bool add_filter(ListQuery *query, const Resource *resource, const char *key,
                       const char *name, const char *operator_name, const char *value)
{
    Call *call = query->call;
    const ResourceField *field = find_field(resource, name);
    if (field == NULL) {
        return call_bad(call, "invalid filter parameter");
    }
    if (operator_name == NULL || strcmp(operator_name, "eq") == 0) {
        return add_equality(query, resource, field, key);
    }
    const Operator *operator= find_operator(operator_name);
    if (operator== NULL) {
        return call_bad(call, "unsupported operation %s", operator_name);
    }
    /* Only the first value of a key counts here. */
    for (int i = 0; i < query->item_count; i++) {
        query->done[i] = query->done[i] || same_key(call->arena, query->items[i].name, key);
    }
    const char *column = column_of(query, resource, field, operator->text);
    const char *parameter = "";
    if (!operator->bare) {
        parameter = add_parameter(query, field, operator->text, value);
        if (parameter == NULL) {
            return false;
        }
    }
    buffer_append_text(query->where, " AND ");
    /* The operators' texts are constants of this file. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
    buffer_printf(query->where, operator->sql, column, parameter);
#pragma GCC diagnostic pop
    return true;
}

/* What hangs on a source and can be filtered by, where lists are deep. */
static bool filters_applications(const ListQuery *query, const char *word)
{
    return query->deep && query->resource == &SOURCES && strcmp(word, "applications") == 0;
}

static bool is_association(const char *word)
{
    return strcmp(word, "source_type") == 0 || strcmp(word, "application_type") == 0;
}

/* One "filter[…]" or bare "column=value". */
static bool read_filter(ListQuery *query, int index)
{
    Call *call = query->call;
    HttpQueryItem *item = &query->items[index];
    const char *tokens[TOKENS_MAX + 1] = {NULL};
    int count = tokenise(call->arena, item->name, tokens);
    int first = count > 0 && strcmp(tokens[0], "filter") == 0 ? 1 : 0;
    if (count == 1 && first == 1) {
        return call_bad(call, "filter");
    }
    if (count == first || count - first > 3 || count > TOKENS_MAX) {
        return call_bad(call, "invalid filter parameter");
    }
    if (first == 0 && strlen(tokens[0]) != strlen(item->name)) {
        return call_bad(call, "invalid filter parameter");
    }
    const Resource *resource = query->resource;
    if (first == 1 && count > 2 && filters_applications(query, tokens[1])) {
        buffer_append_text(query->where, " AND sources.id IN (SELECT source_id FROM applications"
                                         " WHERE TRUE");
        bool added = add_filter(query, &APPLICATIONS, item->name, tokens[2],
                                count > 3 ? tokens[3] : NULL, item->value);
        buffer_append_char(query->where, ')');
        return added;
    }
    if (first == 1 && is_association(tokens[1]) && find_field(resource, tokens[1]) == NULL) {
        if (resource->association == NULL || strcmp(resource->association, tokens[1]) != 0) {
            return call_bad(call, "cannot filter based on %s subresource for table \"%s\"",
                            tokens[1], resource->table);
        }
        if (count < 3) {
            return call_bad(call, "filter[%s] needs a field: filter[%s][name]", tokens[1],
                            tokens[1]);
        }
        const Resource *other = resource->association_resource;
        buffer_printf(query->where, " AND %s.%s IN (SELECT id FROM %s WHERE TRUE", resource->table,
                      resource->association_key, other->table);
        bool added = add_filter(query, other, item->name, tokens[2], count > 3 ? tokens[3] : NULL,
                                item->value);
        buffer_append_char(query->where, ')');
        return added;
    }
    return add_filter(query, resource, item->name, tokens[first],
                      count > first + 1 ? tokens[first + 1] : NULL, item->value);
}

/* By a field of the association: "source_type.name". */
static bool read_deep_sort(ListQuery *query, const char *name, const char *way)
{
    const Resource *resource = query->resource, *other = resource->association_resource;
    const char *dot = strchr(name, '.');
    const ResourceField *field =
        other != NULL && strncmp(name, resource->association, (size_t)(dot - name)) == 0 &&
                resource->association[dot - name] == '\0'
            ? find_field(other, dot + 1)
            : NULL;
    if (field == NULL) {
        return call_bad(query->call, "invalid sort_by parameter");
    }
    buffer_printf(query->order, "%s(SELECT %s FROM %s WHERE %s.id = %s.%s) %s",
                  query->order->length > 0 ? ", " : "", field->column, other->table, other->table,
                  resource->table, resource->association_key, way);
    return true;
}

static bool read_sort(ListQuery *query, const char *value)
{
    Call *call = query->call;
    size_t length = strcspn(value, " ");
    const char *direction = value[length] == ' ' ? value + length + 1 : "asc";
    const char *name = arena_strndup(call->arena, value, length);
    const ResourceField *field = find_field(query->resource, name);
    bool descending = strcasecmp(direction, "desc") == 0;
    if (query->deep && strchr(name, '.') != NULL) {
        return read_deep_sort(query, name, descending ? "DESC" : "ASC");
    }
    if (field == NULL || (!descending && strcasecmp(direction, "asc") != 0)) {
        return call_bad(call, "invalid sort_by parameter");
    }
    const char *column = column_of(query, query->resource, field, false);
    const char *comma = query->order->length > 0 ? ", " : "", *way = descending ? "DESC" : "ASC";
    if ((field->flags & FIELD_LONG) != 0) {
        /* The index's own order first, then what it leaves open. */
        buffer_printf(query->order, "%sleft(%s, 200) %s, ", comma, column, way);
        comma = "";
    }
    buffer_printf(query->order, "%s%s %s", comma, column, way);
    return true;
}

/* Named twice, the first counts. */
static bool is_first(const ListQuery *query, int index)
{
    int i = 0;
    while (strcmp(query->items[i].name, query->items[index].name) != 0) {
        i++;
    }
    return i == index;
}

static bool read_number(Call *call, const char *name, const char *value, int64_t least,
                        int64_t *number)
{
    char *end;
    if (*value == '\0') {
        return true;
    }
    errno = 0;
    long long parsed = strtoll(value, &end, 10);
    if (errno != 0 || *end != '\0' || isspace((unsigned char)*value)) {
        return call_bad(call, "error parsing %s", name);
    }
    if (parsed < least) {
        return call_bad(call, "%s is less than %lld", name, (long long)least);
    }
    *number = parsed;
    return true;
}

static bool read_item(ListQuery *query, int index)
{
    HttpQueryItem *item = &query->items[index];
    if (query->done[index]) {
        return true;
    }
    if (strcmp(item->name, "limit") == 0) {
        return !is_first(query, index) ||
               read_number(query->call, "limit", item->value, 1, &query->limit);
    }
    if (strcmp(item->name, "offset") == 0) {
        return !is_first(query, index) ||
               read_number(query->call, "offset", item->value, 0, &query->offset);
    }
    if (strcmp(item->name, "sort_by") == 0) {
        return read_sort(query, item->value);
    }
    return read_filter(query, index);
}

static int compare_items(const void *left, const void *right)
{
    const HttpQueryItem *const *a = left, *const *b = right;
    int order = strcmp((*a)->name, (*b)->name);
    return order != 0 ? order : (*a > *b) - (*a < *b);
}

/* A link: the request's own query, keys sorted, with limit and offset set. The original's "first"
 * is the page that was asked for, its "last" the one behind it. */
static const char *link_to(const ListQuery *query, int64_t offset)
{
    Arena *arena = query->call->arena;
    HttpQueryItem page[] = {{"limit", arena_printf(arena, "%lld", (long long)query->limit), true},
                            {"offset", arena_printf(arena, "%lld", (long long)offset), true}};
    const HttpQueryItem **all = arena_array(arena, (size_t)query->item_count + 2, sizeof *all);
    int count = 0;
    for (int i = 0; i < query->item_count; i++) {
        const HttpQueryItem *item = &query->items[i];
        if (strcmp(item->name, "limit") != 0 && strcmp(item->name, "offset") != 0) {
            all[count++] = item;
        }
    }
    all[count++] = &page[0];
    all[count++] = &page[1];
    qsort(all, (size_t)count, sizeof *all, compare_items);
    Buffer *link = buffer_new(arena);
    size_t length = strlen(query->call->request->path);
    while (length > 1 && query->call->request->path[length - 1] == '/') {
        length--;
    }
    buffer_append(link, query->call->request->path, length);
    for (int i = 0; i < count; i++) {
        buffer_printf(link, "%s%s=", i == 0 ? "?" : "&", all[i]->name);
        for (const char *at = all[i]->value; *at != '\0'; at++) {
            buffer_append_char(link, *at == ' ' ? '+' : *at);
        }
    }
    return link->data;
}

static void write_list(ListQuery *query, const DbResult *rows, int64_t count)
{
    int64_t last; /* not beyond what an offset can be */
    if (__builtin_add_overflow(query->offset, query->limit, &last)) {
        last = INT64_MAX;
    }
    JsonWriter json = json_writer(query->call->response->body);
    json_begin_object(&json);
    json_write_key(&json, "data");
    json_begin_array(&json);
    for (int i = 0; i < db_row_count(rows); i++) {
        resource_write(&json, query->resource, rows, i);
    }
    json_end(&json);
    json_write_key(&json, "meta");
    json_begin_object(&json);
    json_member_int(&json, "count", count);
    json_member_int(&json, "limit", query->limit);
    json_member_int(&json, "offset", query->offset);
    json_end(&json);
    json_write_key(&json, "links");
    json_begin_object(&json);
    json_member_string(&json, "first", link_to(query, query->offset));
    json_member_string(&json, "last", link_to(query, last));
    json_end(&json);
    json_end(&json);
}

static bool read_query(ListQuery *query)
{
    for (int i = 0; i < query->item_count; i++) {
        if (!read_item(query, i)) {
            return false;
        }
    }
    buffer_printf(query->order, "%s%s.id ASC", query->order->length > 0 ? ", " : "",
                  query->resource->table);
    return true;
}

/* FROM and WHERE, shared by the count and the page. */
static const char *tail_of(const ListQuery *query, const char *condition)
{
    return arena_printf(query->call->arena, " FROM %s WHERE %s%s", query->resource->table,
                        condition, query->where->data);
}

/* The same for the page. The planner does not know how few rows a filter leaves; where it guesses
 * too many, it walks the index of the order through all of the tenant's rows to find them. So few
 * are found first (OFFSET 0 keeps the subquery apart), then sorted. */
static const char *page_tail(const ListQuery *query, const char *tail, int64_t count)
{
    return query->where->length > 0 && count <= SORTED_MAX
               ? arena_printf(query->call->arena, " FROM (SELECT *%s OFFSET 0) AS %s", tail,
                              query->resource->table)
               : tail;
}

/* The page's rows, and in *count how many there are in all; NULL when the answer is given. */
static DbResult *read_rows(ListQuery *query, const char *condition, const char *columns,
                           int64_t *count)
{
    Call *call = query->call;
    const char *tail = tail_of(query, condition);
    DbResult *total = db_query(call->db, call->arena, &call->error,
                               arena_printf(call->arena, "SELECT count(*)%s", tail),
                               query->parameter_count, query->parameters);
    DbResult *rows = NULL;
    if (total != NULL) {
        *count = db_int(total, 0, 0);
        rows = db_query(call->db, call->arena, &call->error,
                        arena_printf(call->arena, "SELECT %s%s ORDER BY %s LIMIT %lld OFFSET %lld",
                                     columns, page_tail(query, tail, *count), query->order->data,
                                     (long long)query->limit, (long long)query->offset),
                        query->parameter_count, query->parameters);
    }
    if (rows == NULL && call->error.code == ERROR_INVALID) {
        call_bad(call, "a filter's value does not fit its column");
    } else if (rows == NULL) {
        call_database_failed(call, &call->error);
    }
    return rows;
}

/* A query for the rows that the caller may see and for which `condition` holds; what its items ask
 * for besides is read. False when the answer is given. */
static bool prepare(ListQuery *query, Call *call, const Resource *resource, HttpQueryItem *items,
                    int item_count, const char *condition, const char *parameter, bool deep,
                    Buffer *base)
{
    *query = (ListQuery){.call = call,
                         .resource = resource,
                         .items = items,
                         .item_count = item_count,
                         .where = buffer_new(call->arena),
                         .order = buffer_new(call->arena),
                         .limit = LIMIT_DEFAULT,
                         .deep = deep};
    query->done = arena_array(call->arena, (size_t)item_count + 1, sizeof *query->done);
    buffer_append_text(base, "TRUE");
    if (condition != NULL) {
        query->parameters[query->parameter_count++] = parameter;
        buffer_printf(base, " AND %s", condition);
    }
    int added;
    const char *scope = resource_scope(call, resource, query->parameter_count + 1,
                                       query->parameters + query->parameter_count, &added);
    query->parameter_count += added;
    buffer_printf(base, " AND %s", scope);
    return read_query(query);
}

void resource_list(Call *call, const Resource *resource, const char *condition,
                   const char *parameter)
{
    ListQuery query;
    int item_count;
    int64_t count;
    HttpQueryItem *items = http_query_parse(call->arena, call->request->query, &item_count);
    Buffer *base = buffer_new(call->arena);
    DbResult *rows =
        prepare(&query, call, resource, items, item_count, condition, parameter, false, base)
            ? read_rows(&query, base->data, resource_columns(resource), &count)
            : NULL;
    if (rows != NULL) {
        write_list(&query, rows, count);
    }
}

DbResult *resource_rows(Call *call, const Resource *resource, const char *columns,
                        HttpQueryItem *items, int item_count, int64_t *count)
{
    ListQuery query;
    Buffer *base = buffer_new(call->arena);
    return prepare(&query, call, resource, items, item_count, NULL, NULL, true, base)
               ? read_rows(&query, base->data, columns, count)
               : NULL;
}
