/* A list's query string as conditions and an order in SQL (sources-api.md §5). */
#include "sources/list_query.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { TOKENS_MAX = 4, LIMIT_DEFAULT = 100 };

typedef struct Operator {
    const char *name;
    const char *sql; /* %s: the column, then the parameter */
    bool text;       /* for texts only */
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

static const char SORT_BY[] = "sort_by";

/* What rows can be asked by besides their own fields. */
static const char SOURCE_TYPE[] = "source_type", APPLICATION_TYPE[] = "application_type";

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
static const char *add_parameter(ListQuery *query, const ResourceField *field, const char *value)
{
    Call *call = query->call;
    if (query->parameter_count == LIST_PARAMETERS_MAX) {
        call_bad(call, "more than %d filter values", LIST_PARAMETERS_MAX);
        return NULL;
    }
    query->parameters[query->parameter_count++] = value;
    return arena_printf(call->arena, "$%d::%s", query->parameter_count, CASTS[field->kind]);
}

/* The column of a field, qualified so that associations can't be mistaken. */
static const char *column_of(ListQuery *query, const Resource *resource, const ResourceField *field)
{
    return strchr(field->column, '(') != NULL
               ? field->column
               : arena_printf(query->call->arena, "%s.%s", resource->table, field->column);
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
        const char *parameter = add_parameter(query, field, query->items[i].value);
        if (parameter == NULL) {
            return false;
        }
        query->done[i] = true;
        buffer_printf(values, "%s%s", values->length > 0 ? ", " : "", parameter);
        buffer_printf(hashes, "%smd5(%s)", hashes->length > 0 ? ", " : "", parameter);
    }
    const char *column = column_of(query, resource, field);
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
    if (value == NULL) {
        return call_bad(call, "bad filter, no value");
    }
    if (operator_name == NULL || strcmp(operator_name, "eq") == 0) {
        return add_equality(query, resource, field, key);
    }
    const Operator *operator= find_operator(operator_name);
    if (operator== NULL) {
        return call_bad(call, "unsupported operation %s", operator_name);
    }
    if (operator->text && field->kind != FIELD_TEXT && query->unfit == NULL) {
        query->unfit = field->name;
        query->unfit_operation = operator->name;
    }
    /* Only the first value of a key counts here. */
    for (int i = 0; i < query->item_count; i++) {
        query->done[i] = query->done[i] || same_key(call->arena, query->items[i].name, key);
    }
    const char *column = column_of(query, resource, field);
    const char *parameter = "";
    if (!operator->bare) {
        parameter = add_parameter(query, field, value);
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

static bool is_bracketed(const char *key)
{
    static const char FILTER[] = "filter";
    return strncmp(key, FILTER, sizeof FILTER - 1) == 0;
}

static bool is_page(const char *key)
{
    return strcmp(key, "limit") == 0 || strcmp(key, "offset") == 0;
}

static bool is_column(const char *key)
{
    bool first = isalpha((unsigned char)*key) || *key == '_';
    while (first && (isalnum((unsigned char)*key) || *key == '_')) {
        key++;
    }
    return first && *key == '\0';
}

/* Is the key a filter of some field, or the name of a column? */
static bool check_key(Call *call, const char *key)
{
    const char *tokens[TOKENS_MAX];
    if (is_page(key) || strcmp(key, SORT_BY) == 0) {
        return true;
    }
    if (is_bracketed(key)) {
        return tokenise(call->arena, key, tokens) > 1 || call_bad(call, "filter");
    }
    return is_column(key) || call_bad(call, "invalid filter parameter");
}

static bool is_association(const char *word)
{
    return strcmp(word, SOURCE_TYPE) == 0 || strcmp(word, APPLICATION_TYPE) == 0;
}

/* By a field of the association, or of the applications. */
static bool filter_by_other(ListQuery *query, const char *in, const Resource *other,
                            const HttpQueryItem *item, const char *name, const char *operator)
{
    buffer_printf(query->where, " AND %s WHERE TRUE", in);
    bool added = add_filter(query, other, item->name, name, operator, item->value);
    buffer_append_char(query->where, ')');
    return added;
}

static bool filter_by_association(ListQuery *query, const HttpQueryItem *item,
                                  const char *const tokens[TOKENS_MAX], int count)
{
    const Resource *resource = query->resource;
    const Resource *other =
        strcmp(tokens[1], SOURCE_TYPE) == 0 ? &SOURCE_TYPES : &APPLICATION_TYPES;
    if (count < 3) {
        return call_bad(query->call, "filter[%s] needs a field: filter[%s][name]", tokens[1],
                        tokens[1]);
    }
    if (find_field(other, tokens[2]) == NULL) {
        return call_bad(query->call, "invalid filter parameter");
    }
    if (resource->association_resource != other) {
        return call_bad(query->call, "cannot filter based on %s subresource for table \"%s\"",
                        tokens[1], resource->table);
    }
    return filter_by_other(query,
                           arena_printf(query->call->arena, "%s.%s IN (SELECT id FROM %s",
                                        resource->table, resource->association_key, other->table),
                           other, item, tokens[2], count == 4 ? tokens[3] : NULL);
}

/* One "filter[…]" or bare "column=value", whose form is known to be good. Words behind the
 * operation make the original forget it. */
static bool read_filter(ListQuery *query, int index)
{
    const HttpQueryItem *item = &query->items[index];
    const char *tokens[TOKENS_MAX] = {NULL};
    int count = tokenise(query->call->arena, item->name, tokens);
    const Resource *resource = query->resource;
    if (!is_bracketed(item->name)) {
        return add_filter(query, resource, item->name, item->name, NULL, item->value);
    }
    if (count > 2 && query->deep && strcmp(tokens[1], "applications") == 0) {
        if (resource != &SOURCES && find_field(&APPLICATIONS, tokens[2]) != NULL) {
            return call_bad(query->call,
                            "cannot filter based on applications subresource for table \"%s\"",
                            resource->table);
        }
        return filter_by_other(query, "sources.id IN (SELECT source_id FROM applications",
                               &APPLICATIONS, item, tokens[2], count == 4 ? tokens[3] : NULL);
    }
    bool whole = !query->deep || (count > 2 && strcmp(tokens[1], SOURCE_TYPE) == 0);
    if (whole && is_association(tokens[1])) {
        return filter_by_association(query, item, tokens, count);
    }
    return add_filter(query, resource, item->name, tokens[1], count == 3 ? tokens[2] : NULL,
                      item->value);
}

/* By a field of the association: "source_type.name". */
static bool read_deep_sort(ListQuery *query, const char *name, const char *way)
{
    const Resource *resource = query->resource, *other = resource->association_resource;
    bool by_type = strncmp(name, SOURCE_TYPE, sizeof SOURCE_TYPE - 1) == 0 &&
                   name[sizeof SOURCE_TYPE - 1] == '.';
    if (by_type && other != &SOURCE_TYPES) {
        return call_bad(query->call, "cannot sort by source_type subresource for table \"%s\"",
                        resource->table);
    }
    const ResourceField *field = by_type ? find_field(other, name + sizeof SOURCE_TYPE) : NULL;
    if (field == NULL) {
        return call_bad(query->call, "invalid sort_by parameter");
    }
    buffer_printf(query->order, "%s(SELECT %s FROM %s WHERE %s.id = %s.%s) %s",
                  query->order->length > 0 ? ", " : "", field->column, other->table, other->table,
                  resource->table, resource->association_key, way);
    return true;
}

/* "name", "name desc", with any blanks around. */
static bool read_sort(ListQuery *query, const char *value)
{
    static const char BLANKS[] = " \t\n\v\f\r";
    Call *call = query->call;
    char *rest = NULL;
    const char *name = strtok_r(arena_strdup(call->arena, value), BLANKS, &rest);
    const char *direction = strtok_r(NULL, BLANKS, &rest);
    bool whole = name != NULL && strtok_r(NULL, BLANKS, &rest) == NULL;
    const ResourceField *field = whole ? find_field(query->resource, name) : NULL;
    bool descending = direction != NULL && strcasecmp(direction, "desc") == 0;
    if (whole && query->deep && strchr(name, '.') != NULL) {
        return read_deep_sort(query, name, descending ? "DESC" : "ASC");
    }
    if (field == NULL || (direction != NULL && !descending && strcasecmp(direction, "asc") != 0)) {
        return call_bad(call, "invalid sort_by parameter");
    }
    const char *column = column_of(query, query->resource, field);
    const char *comma = query->order->length > 0 ? ", " : "", *way = descending ? "DESC" : "ASC";
    if ((field->flags & FIELD_LONG) != 0) {
        /* The index's own order first, then what it leaves open. */
        buffer_printf(query->order, "%sleft(%s, 200) %s, ", comma, column, way);
        comma = "";
    }
    buffer_printf(query->order, "%s%s %s", comma, column, way);
    return true;
}

/* A number of the page; named twice, the first counts. */
static bool read_number(Call *call, const HttpQueryItem *items, int count, const char *name,
                        int64_t *number)
{
    int i = 0;
    while (i < count && strcmp(items[i].name, name) != 0) {
        i++;
    }
    if (i == count || *items[i].value == '\0') {
        return true;
    }
    char *end;
    errno = 0;
    long long parsed = strtoll(items[i].value, &end, 10);
    if (errno != 0 || *end != '\0' || isspace((unsigned char)*items[i].value)) {
        return call_bad(call, "error parsing %s", name);
    }
    *number = parsed;
    return true;
}

/* What the original looks at before anything else: the form of the keys, then the page, of which
 * `least` may be the fewest rows. */
static bool check_items(Call *call, const HttpQueryItem *items, int count, int64_t least,
                        int64_t *limit, int64_t *offset)
{
    for (int i = 0; i < count; i++) {
        if (!check_key(call, items[i].name)) {
            return false;
        }
    }
    *limit = LIMIT_DEFAULT;
    *offset = 0;
    return read_number(call, items, count, "limit", limit) &&
           read_number(call, items, count, "offset", offset) &&
           (*limit >= least || call_bad(call, "limit is less than %lld", (long long)least)) &&
           (*offset >= 0 || call_bad(call, "offset is less than 0"));
}

bool resource_check_query(Call *call)
{
    int count;
    int64_t limit, offset;
    HttpQueryItem *items = http_query_parse(call->arena, call->request->query, &count);
    return check_items(call, items, count, 1, &limit, &offset);
}

static bool read_filters(ListQuery *query)
{
    for (int i = 0; i < query->item_count; i++) {
        const char *name = query->items[i].name;
        if (!query->done[i] && !is_page(name) && strcmp(name, SORT_BY) != 0 &&
            !read_filter(query, i)) {
            return false;
        }
    }
    return true;
}

static bool read_sorts(ListQuery *query)
{
    for (int i = 0; i < query->item_count; i++) {
        if (strcmp(query->items[i].name, SORT_BY) == 0 &&
            !read_sort(query, query->items[i].value)) {
            return false;
        }
    }
    return true;
}

static bool read_query(ListQuery *query)
{
    bool read = query->deep ? read_sorts(query) && read_filters(query)
                            : read_filters(query) && read_sorts(query);
    if (!read) {
        return false;
    }
    buffer_printf(query->order, "%s%s.id ASC", query->order->length > 0 ? ", " : "",
                  query->resource->table);
    return query->unfit == NULL ||
           call_bad(query->call, "the operation %s is for texts, which %s is not",
                    query->unfit_operation, query->unfit);
}

bool list_query_read(ListQuery *query, Call *call, const Resource *resource, HttpQueryItem *items,
                     int item_count, const char *condition, const char *parameter, bool deep,
                     Buffer *base)
{
    *query = (ListQuery){.call = call,
                         .resource = resource,
                         .items = items,
                         .item_count = item_count,
                         .where = buffer_new(call->arena),
                         .order = buffer_new(call->arena),
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
    return check_items(call, items, item_count, deep ? 0 : 1, &query->limit, &query->offset) &&
           read_query(query);
}
