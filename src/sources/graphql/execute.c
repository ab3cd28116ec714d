/* Runs a query: one statement a list and a relation, whatever the number of rows. */
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "sources/graphql/introspection.h"
#include "sources/graphql/query.h"

enum { ROWS_MAX = 500 }; /* of one parent, as the original has it for an application type */

/* Rows of a type with what is asked of them. Columns: parent's id, own id, then the scalars that
 * are asked for, in the order of `picked`. */
typedef struct Level {
    const GraphqlType *type;
    GraphqlPicked *picked;
    int picked_count;
    struct Level **below; /* per picked field; NULL for scalars */
    DbResult *rows;
} Level;

typedef struct Execution {
    Call *call;
    const GraphqlQuery *query;
    int64_t count; /* of the first list */
    bool counted;
    int introspected; /* fields */
} Execution;

static const char *columns_of(const Execution *run, const Level *level)
{
    Buffer *columns = buffer_new(run->call->arena);
    buffer_append_text(columns, "");
    for (int i = 0; i < level->picked_count; i++) {
        const GraphqlField *field = level->picked[i].field;
        if (field != NULL && field->column != NULL) {
            buffer_printf(columns, ", %s AS f%d", field->column, i);
        }
    }
    return columns->data;
}

static Level *level_of(const Execution *run, const GraphqlType *type, const GraphqlPicked *asked)
{
    Level *level = arena_alloc(run->call->arena, sizeof *level);
    *level = (Level){.type = type};
    level->picked =
        graphql_pick(run->query, type, asked->sets, asked->set_count, &level->picked_count);
    level->below =
        arena_array(run->call->arena, (size_t)level->picked_count + 1, sizeof *level->below);
    return level;
}

/* The ids of a level's rows as an array of PostgreSQL's. */
static const char *ids_of(const Execution *run, const Level *level)
{
    Buffer *ids = buffer_new(run->call->arena);
    buffer_append_char(ids, '{');
    for (int i = 0; i < db_row_count(level->rows); i++) {
        buffer_printf(ids, "%s%s", i > 0 ? "," : "", db_text(level->rows, i, 1));
    }
    buffer_append_char(ids, '}');
    return ids->data;
}

static bool fetch_below(Execution *run, Level *level);

/* The rows of a relation for all parents at once; the caller sees only its own. */
static bool fetch_relation(Execution *run, const Level *parents, const GraphqlField *field,
                           Level *level)
{
    Call *call = run->call;
    const char *parameters[3] = {ids_of(run, parents)};
    int count;
    const char *scope = resource_scope(call, field->type->resource, 2, parameters + 1, &count);
    const char *table = field->type->resource->table;
    level->rows = db_query(
        call->db, call->arena, &call->error,
        arena_printf(call->arena,
                     "SELECT parent, id%s"
                     "  FROM (SELECT %s AS parent, %s.*,"
                     "               row_number() OVER (PARTITION BY %s ORDER BY %s.id) AS nth"
                     "          FROM %s"
                     "         WHERE %s = ANY ($1::bigint[]) AND %s) AS %s"
                     " WHERE nth <= %d"
                     " ORDER BY parent, id",
                     columns_of(run, level), field->parent, table, field->parent, table,
                     field->from, field->parent, scope, table, ROWS_MAX),
        count + 1, parameters);
    return level->rows != NULL ? fetch_below(run, level) : call_database_failed(call, &call->error);
}

static bool fetch_below(Execution *run, Level *level)
{
    for (int i = 0; i < level->picked_count; i++) {
        const GraphqlField *field = level->picked[i].field;
        if (field != NULL && field->shape == SHAPE_ROWS) {
            level->below[i] = level_of(run, field->type, &level->picked[i]);
            if (!fetch_relation(run, level, field, level->below[i])) {
                return false;
            }
        }
    }
    return true;
}

/* "source_type.name" and an operation as the key that a query string would have. */
static const char *filter_key(Arena *arena, const char *name, const char *operation)
{
    const char *dot = strchr(name, '.');
    const char *field = dot != NULL
                            ? arena_printf(arena, "[%.*s][%s]", (int)(dot - name), name, dot + 1)
                            : arena_printf(arena, "[%s]", name);
    bool plain = operation == NULL || *operation == '\0' || strcmp(operation, "eq") == 0;
    return arena_printf(arena, "filter%s%s", field,
                        plain ? "" : arena_printf(arena, "[%s]", operation));
}

typedef struct Items {
    HttpQueryItem *all;
    int count, room;
} Items;

static void add_item(Arena *arena, Items *items, const char *name, const char *value)
{
    if (items->count == items->room) {
        int room = items->room > 0 ? items->room * 2 : 8;
        HttpQueryItem *larger = arena_array(arena, (size_t)room, sizeof *larger);
        if (items->count > 0) {
            memcpy(larger, items->all, (size_t)items->count * sizeof *larger);
        }
        items->all = larger;
        items->room = room;
    }
    items->all[items->count++] = (HttpQueryItem){name, value, true};
}

static void add_filter(Arena *arena, Items *items, const json_t *filter)
{
    const char *operation = json_get_string(filter, "operation");
    const char *key = filter_key(arena, json_get_string(filter, "name"), operation);
    json_t *value = json_object_get(filter, "value"), *item;
    size_t index;
    if (!json_is_array(value)) {
        add_item(arena, items, key, json_string_value(value));
        return;
    }
    if (json_array_size(value) == 0) {
        add_item(arena, items, key, NULL); /* the list refuses it */
    }
    json_array_foreach (value, index, item) {
        add_item(arena, items, key, json_string_value(item));
    }
}

static void add_sort(Arena *arena, Items *items, const json_t *sort)
{
    const char *direction = json_get_string(sort, "direction");
    add_item(arena, items, "sort_by",
             arena_printf(arena, "%s%s%s", json_get_string(sort, "name"),
                          direction != NULL ? " " : "", direction != NULL ? direction : ""));
}

/* One object, or a list of them. */
static void add_each(Arena *arena, Items *items, const json_t *value,
                     void (*add)(Arena *arena, Items *items, const json_t *object))
{
    size_t index;
    json_t *item;
    if (json_is_object(value)) {
        add(arena, items, value);
    }
    json_array_foreach ((json_t *)value, index, item) {
        if (json_is_object(item)) {
            add(arena, items, item);
        }
    }
}

/* A list's arguments as the query string that asks for the same. */
static Items items_of(const Execution *run, const GraphqlSelection *selection)
{
    Arena *arena = run->call->arena;
    Items items = {0};
    for (const GraphqlValue *a = selection->arguments; a != NULL; a = a->next) {
        const json_t *value = graphql_value(run->query, a);
        bool before = strcmp(a->name, "offset") == 0 && json_integer_value(value) < 0;
        if (before) {
            continue; /* before the first is from the first */
        }
        if (json_is_integer(value)) {
            add_item(arena, &items, a->name,
                     arena_printf(arena, "%lld", (long long)json_integer_value(value)));
        } else if (strcmp(a->name, "filter") == 0) {
            add_each(arena, &items, value, add_filter);
        } else if (strcmp(a->name, "sort_by") == 0) {
            add_each(arena, &items, value, add_sort);
        }
    }
    return items;
}

static bool fetch_list(Execution *run, const GraphqlPicked *asked, Level *level)
{
    Items items = items_of(run, asked->selection);
    int64_t count;
    level->rows =
        resource_rows(run->call, level->type->resource,
                      arena_printf(run->call->arena, "NULL, id%s", columns_of(run, level)),
                      items.all, items.count, &count);
    if (level->rows == NULL) {
        return false;
    }
    if (!run->counted) {
        run->count = count;
        run->counted = true;
    }
    return fetch_below(run, level);
}

static void write_level(const Execution *run, JsonWriter *json, const Level *level, int first,
                        int end);

/* The rows of a parent: they stand together, in the order of parents' ids. */
static void write_children(const Execution *run, JsonWriter *json, const Level *level,
                           int64_t parent)
{
    int low = 0, high = db_row_count(level->rows);
    while (low < high) {
        int middle = low + (high - low) / 2;
        if (db_int(level->rows, middle, 0) < parent) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    int end = low;
    while (end < db_row_count(level->rows) && db_int(level->rows, end, 0) == parent) {
        end++;
    }
    write_level(run, json, level, low, end);
}

static void write_scalar(JsonWriter *json, GraphqlShape shape, const char *text)
{
    if (text == NULL) {
        json_write_null(json);
    } else if (shape == SHAPE_RAW) {
        json_write_raw(json, text);
    } else if (shape == SHAPE_BOOLEAN) {
        json_write_bool(json, *text == 't');
    } else {
        json_write_string(json, text);
    }
}

/* Rows `first` to `end` as an array of objects. */
static void write_level(const Execution *run, JsonWriter *json, const Level *level, int first,
                        int end)
{
    json_begin_array(json);
    for (int row = first; row < end; row++) {
        int column = 2;
        json_begin_object(json);
        for (int i = 0; i < level->picked_count; i++) {
            const GraphqlField *field = level->picked[i].field;
            json_write_key(json, level->picked[i].selection->alias);
            if (field == NULL) {
                json_write_string(json, level->type->name);
            } else if (field->shape == SHAPE_ROWS) {
                write_children(run, json, level->below[i], db_int(level->rows, row, 1));
            } else {
                write_scalar(json, field->shape, db_text(level->rows, row, column++));
            }
        }
        json_end(json);
    }
    json_end(json);
}

static void write_meta(const Execution *run, JsonWriter *json, const GraphqlPicked *asked)
{
    int count;
    GraphqlPicked *picked =
        graphql_pick(run->query, asked->field->type, asked->sets, asked->set_count, &count);
    json_begin_object(json);
    for (int i = 0; i < count; i++) {
        json_write_key(json, picked[i].selection->alias);
        if (picked[i].field == NULL) {
            json_write_string(json, asked->field->type->name);
        } else {
            json_write_int(json, run->count);
        }
    }
    json_end(json);
}

/* What a field of the query itself is answered with. */
typedef struct Answer {
    Level *level;      /* of a list */
    const char *told;  /* of introspection */
    const char *fault; /* why there is no answer */
} Answer;

/* The errors of the fields that have no answer. */
static void write_faults(JsonWriter *json, const GraphqlPicked *picked, const Answer *answers,
                         int count)
{
    bool any = false;
    for (int i = 0; i < count; i++) {
        if (answers[i].fault == NULL) {
            continue;
        }
        if (!any) {
            json_write_key(json, "errors");
            json_begin_array(json);
        }
        any = true;
        json_begin_object(json);
        json_member_string(json, "message", answers[i].fault);
        json_write_key(json, "path");
        json_begin_array(json);
        json_write_string(json, picked[i].selection->alias);
        json_end(json);
        json_end(json);
    }
    if (any) {
        json_end(json);
    }
}

/* A list said no in its own words: they become the answer's error. */
static const char *take_refusal(Call *call)
{
    Error error = {0};
    Buffer *body = call->response->body;
    json_t *told = json_parse(call->arena, body->data, body->length, &error);
    buffer_clear(body);
    call->response->status = 200;
    return arena_strdup(
        call->arena, json_get_string(json_array_get(json_object_get(told, "errors"), 0), "detail"));
}

/* False, with the response written, when the database did not answer. */
static bool find_answer(Execution *run, const GraphqlPicked *asked, Answer *answer)
{
    const GraphqlField *field = asked->field;
    if (field != NULL && field->shape == SHAPE_LIST) {
        answer->level = level_of(run, field->type, asked);
        if (!fetch_list(run, asked, answer->level)) {
            if (run->call->response->status != 400) {
                return false;
            }
            answer->fault = take_refusal(run->call);
        }
    } else if (field != NULL && field->shape == SHAPE_INTROSPECTION) {
        answer->told = graphql_introspect(run->query, asked, &run->introspected);
        if (answer->told == NULL) {
            answer->fault = "the query asks for too much at once";
        }
    }
    return true;
}

/* A field that can't be null and has no answer leaves none to the others. */
static bool ends_all(const GraphqlField *field, const Answer *answer)
{
    return answer->fault != NULL && (field->shape == SHAPE_INTROSPECTION ||
                                     field->type_text[strlen(field->type_text) - 1] == '!');
}

static void write_answer(const Execution *run, JsonWriter *json, const GraphqlPicked *picked,
                         const Answer *answer)
{
    json_write_key(json, picked->selection->alias);
    if (answer->fault != NULL) {
        json_write_null(json);
    } else if (picked->field == NULL) {
        json_write_string(json, GRAPHQL_QUERY.name);
    } else if (answer->told != NULL) {
        json_write_raw(json, answer->told);
    } else if (answer->level != NULL) {
        write_level(run, json, answer->level, 0, db_row_count(answer->level->rows));
    } else {
        write_meta(run, json, picked);
    }
}

void graphql_execute(Call *call, const GraphqlQuery *query)
{
    Execution run = {.call = call, .query = query};
    const GraphqlSelection *sets[] = {query->operation->selections};
    int count;
    GraphqlPicked *picked = graphql_pick(query, &GRAPHQL_QUERY, sets, 1, &count);
    Answer *answers = arena_array(call->arena, (size_t)count + 1, sizeof *answers);
    bool answered = true;
    for (int i = 0; i < count && answered; i++) {
        if (!find_answer(&run, &picked[i], &answers[i])) {
            return;
        }
        answered = !ends_all(picked[i].field, &answers[i]);
    }
    JsonWriter json = json_writer(call->response->body);
    json_begin_object(&json);
    write_faults(&json, picked, answers, count);
    json_write_key(&json, "data");
    if (answered) {
        json_begin_object(&json);
        for (int i = 0; i < count; i++) {
            write_answer(&run, &json, &picked[i], &answers[i]);
        }
        json_end(&json);
    } else {
        json_write_null(&json);
    }
    json_end(&json);
}
