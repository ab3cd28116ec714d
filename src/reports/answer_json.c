#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "cost_api/pages.h"
#include "reports/answer.h"
#include "reports/answer_amounts.h"
#include "reports/rank.h"

/* A member's key, quoted and with its colon. */
typedef struct ReadyKey {
    const char *text;
    size_t length;
} ReadyKey;

/* The same of a key that is known: "\"date\":". */
#define WRITE_KEY(json, key) json_write_ready_key((json), "\"" key "\":", sizeof(key) + 2)

/* A row in the nest: rows of one value stand together, where the first of them stood. */
typedef struct Nested {
    const ReportRow *row;
    int value; /* which value of the level it has, counted from 0 */
} Nested;

typedef struct Answer {
    Arena *arena;
    const ReportRequest *request;
    ReportRows *rows;
    JsonWriter json;
    Page page;
    AmountForm *amounts;
    ReadyKey names[REPORT_GROUPS_MAX];   /* of the groups inside a row */
    ReadyKey aliases[REPORT_GROUPS_MAX]; /* of their readable names; NULL: none */
    ReadyKey lists[REPORT_GROUPS_MAX];   /* of the levels: "services" */
    ReadyKey levels[REPORT_GROUPS_MAX];  /* of their entries: "service" */
    char date[DATE_TEXT_SIZE];           /* of the bucket that is written */
    int *slots;                          /* what gather works with */
    Nested *gathered;
} Answer;

const ReportAlias *answer_group_alias(const ReportType *type, const ReportGroup *group)
{
    const ReportAlias *alias = type->aliases;
    while (alias != NULL && alias->field != NULL && strcmp(alias->field, group->name) != 0) {
        alias++;
    }
    return alias != NULL && alias->field != NULL ? alias : NULL;
}

/* Has a row a field of that name, whatever it is grouped by? */
static bool is_row_field(const ReportType *type, const char *name)
{
    static const char *const OWN[] = {
        "date",          "usage",         "source_uuid", "delta_value",
        "delta_percent", "account_alias", "values",      NULL};
    for (int i = 0; OWN[i] != NULL; i++) {
        if (strcmp(OWN[i], name) == 0) {
            return true;
        }
    }
    for (const ReportAmount *amount = type->amounts; amount->group != NULL; amount++) {
        if (strcmp(amount->group, name) == 0) {
            return true;
        }
    }
    const char *key;
    return report_field_find(type, name, IN_GROUP_BY, &key) != NULL;
}

const char *answer_group_name(Arena *arena, const ReportType *type, const ReportGroup *group)
{
    if (group->key == NULL) {
        return group->name;
    }
    return is_row_field(type, group->key)
               ? arena_printf(arena, "%s%s", group->field->name, group->key)
               : group->key;
}

const char *answer_entity_part(Arena *arena, const char *entity, int part)
{
    for (; part > 0 && entity != NULL; part--) {
        entity = strchr(entity, REPORT_ENTITY_SEPARATOR);
        entity = entity != NULL ? entity + 1 : NULL;
    }
    const char *end = entity != NULL ? strchr(entity, REPORT_ENTITY_SEPARATOR) : NULL;
    return entity == NULL ? ""
           : end == NULL  ? entity
                          : arena_strndup(arena, entity, (size_t)(end - entity));
}

/* What the entries of a level are called: the key of a tag, else the field. */
static const char *level_name(const ReportGroup *group)
{
    return group->key != NULL ? group->key : group->name;
}

static void write_value(JsonWriter *json, const char *name, Decimal value, const char *units)
{
    json_write_key(json, name);
    json_begin_object(json);
    json_write_key(json, "value");
    json_write_decimal(json, value);
    json_member_string(json, "units", units);
    json_end(json);
}

static void write_usage(Answer *answer, const Decimal *sums, const char *unit)
{
    const ReportType *type = answer->request->type;
    if (type->usage != 0) {
        write_value(&answer->json, "usage", rows_amount(sums, type->usage),
                    unit != NULL && unit[0] != '\0' ? unit : type->default_unit);
    }
}

/* The change and its percentage under the given names. */
static void write_delta(Answer *answer, const char *value_name, const char *percent_name,
                        const Decimal *sums, Decimal previous)
{
    Decimal current = rows_delta_amount(answer->request->type, sums);
    json_write_key(&answer->json, value_name);
    json_write_decimal(&answer->json, current - previous);
    const char *percent = rows_delta_percent(answer->arena, current, previous);
    json_member_raw(&answer->json, percent_name, percent != NULL ? percent : "null");
}

static void write_entity(Answer *answer, const ReportRow *row, int index)
{
    json_member_string(&answer->json, "id",
                       answer_entity_part(answer->arena, row->groups[index], 1));
    json_member_string(&answer->json, "alias",
                       answer_entity_part(answer->arena, row->groups[index], 2));
}

static void write_group(Answer *answer, const ReportRow *row, int index)
{
    const ReportGroup *group = &answer->request->groups[index];
    json_write_ready_key(&answer->json, answer->names[index].text, answer->names[index].length);
    json_write_string(&answer->json, rank_group_name(answer->arena, group, row, index));
}

static void write_details(Answer *answer, const ReportRow *row)
{
    const ReportDetail *details = answer->request->type->details;
    for (int i = 0; details != NULL && details[i].name != NULL; i++) {
        const char *text = row->details[i];
        if (details[i].form == DETAIL_TEXT || text == NULL) {
            json_member_string(&answer->json, details[i].name, text);
        } else {
            json_member_raw(&answer->json, details[i].name, text);
        }
    }
}

/* Tags, and what units are divided into, come last in a row. */
static void write_row(Answer *answer, const ReportRow *row)
{
    const ReportRequest *request = answer->request;
    JsonWriter *json = &answer->json;
    json_begin_object(json);
    WRITE_KEY(json, "date");
    json_write_string(json, answer->date);
    for (int i = 0; i < request->group_count; i++) {
        if (request->groups[i].key == NULL && request->groups[i].units == NULL) {
            write_group(answer, row, i);
        }
    }
    write_usage(answer, row->sums, row->unit);
    WRITE_KEY(json, "source_uuid");
    json_begin_array(json);
    for (int i = 0; i < row->source_count; i++) {
        json_write_string(json, row->sources[i]);
    }
    json_end(json);
    for (int i = 0; i < request->group_count; i++) {
        if (answer->aliases[i].text != NULL) {
            json_write_ready_key(json, answer->aliases[i].text, answer->aliases[i].length);
            json_write_string(json, row->aliases[i] != NULL ? row->aliases[i] : row->groups[i]);
        }
    }
    write_details(answer, row);
    if (request->delta) {
        write_delta(answer, "delta_value", "delta_percent", row->sums, row->previous);
    }
    amount_form_write(answer->amounts, json, row->sums);
    for (int i = 0; i < request->group_count; i++) {
        if (request->groups[i].units != NULL) {
            write_entity(answer, row, i);
        } else if (request->groups[i].key != NULL) {
            write_group(answer, row, i);
        }
    }
    json_end(json);
}

/* Gives each row the number of its value at a level; returns how many values there are, and in
 * starts[i] how many rows have value i. */
static int number_values(Answer *answer, Nested *rows, int count, int level, int *starts)
{
    size_t slots = 4;
    while (slots < (size_t)count * 2) {
        slots *= 2;
    }
    memset(answer->slots, 0, slots * sizeof *answer->slots);
    int values = 0;
    for (int i = 0; i < count; i++) {
        const char *group = rows[i].row->groups[level];
        size_t slot = ((uintptr_t)group * 0x9e3779b97f4a7c15u >> 32) & (slots - 1);
        int first;
        while ((first = answer->slots[slot]) != 0 && rows[first - 1].row->groups[level] != group) {
            slot = (slot + 1) & (slots - 1);
        }
        if (first == 0) {
            answer->slots[slot] = i + 1;
            starts[values] = 0;
            rows[i].value = values++;
        } else {
            rows[i].value = rows[first - 1].value;
        }
        starts[rows[i].value]++;
    }
    return values;
}

/* Brings rows with the same value of a level together. */
static void gather(Answer *answer, Nested *rows, int count, int level)
{
    int *starts = answer->slots + 4 * (size_t)count + 4;
    int values = number_values(answer, rows, count, level, starts);
    if (values == count) {
        return;
    }
    for (int i = 0, place = 0; i < values; i++) {
        int size = starts[i];
        starts[i] = place;
        place += size;
    }
    for (int i = 0; i < count; i++) {
        answer->gathered[starts[rows[i].value]++] = rows[i];
    }
    memcpy(rows, answer->gathered, (size_t)count * sizeof *rows);
}

static bool is_on_unit_page(const ReportRequest *request, int64_t place)
{
    return place >= request->unit_offset && place - request->unit_offset < request->unit_limit;
}

/* "services": [{"service": …, …}], down to "values": [row]. */
static void write_level(Answer *answer, Nested *rows, int count, int level)
{
    const ReportRequest *request = answer->request;
    JsonWriter *json = &answer->json;
    if (level == request->group_count) {
        WRITE_KEY(json, "values");
        json_begin_array(json);
        for (int i = 0; i < count; i++) {
            write_row(answer, rows[i].row);
        }
        json_end(json);
        return;
    }
    const ReportGroup *group = &request->groups[level];
    bool units = group->units != NULL;
    json_write_ready_key(json, answer->lists[level].text, answer->lists[level].length);
    json_begin_array(json);
    gather(answer, rows, count, level);
    int64_t place = 0;
    for (int i = 0; i < count;) {
        int end = i + 1;
        while (end < count && rows[end].value == rows[i].value) {
            end++;
        }
        if (units && !is_on_unit_page(request, place++)) {
            i = end;
            continue;
        }
        json_begin_object(json);
        if (units) {
            const char *entity = rows[i].row->groups[level];
            json_member_string(json, "id", answer_entity_part(answer->arena, entity, 1));
            json_member_string(json, "type", answer_entity_part(answer->arena, entity, 0));
        } else {
            json_write_ready_key(json, answer->levels[level].text, answer->levels[level].length);
            json_write_string(json, rank_group_name(answer->arena, group, rows[i].row, level));
        }
        write_level(answer, rows + i, end - i, level + 1);
        json_end(json);
        i = end;
    }
    json_end(json);
}

/* The rows that are on the page, where pages are of groups: each row is one. */
static void cut_to_page(const Answer *answer, int *start, int *count)
{
    if (answer->request->type->pages_of_groups) {
        int64_t first, last;
        Page page = answer->page;
        page.count = *count;
        page_range(&page, &first, &last);
        *start += (int)first;
        *count = (int)(last - first);
    }
}

/* One entry of data; *at goes over the rows of the bucket. */
static void write_bucket(Answer *answer, Day bucket, int *at, bool shown)
{
    const ReportRows *rows = answer->rows;
    int start = *at;
    while (*at < rows->count && rows->rows[*at].bucket == bucket) {
        (*at)++;
    }
    if (!shown) {
        return;
    }
    int count = *at - start;
    cut_to_page(answer, &start, &count);
    if (count == 0 && answer->request->type->pages_of_groups) {
        return;
    }
    Nested *nested = arena_array(answer->arena, (size_t)count, sizeof *nested);
    for (int i = 0; i < count; i++) {
        nested[i] = (Nested){.row = &rows->rows[start + i]};
    }
    time_scope_format(&answer->request->time, bucket, answer->date);
    json_begin_object(&answer->json);
    json_member_string(&answer->json, "date", answer->date);
    write_level(answer, nested, count, 0);
    json_end(&answer->json);
}

static void write_total(Answer *answer)
{
    json_write_key(&answer->json, "total");
    json_begin_object(&answer->json);
    if (answer->request->empty && answer->request->type->usage != 0) {
        json_member_int(&answer->json, "usage", 0);
    } else {
        write_usage(answer, answer->rows->total, answer->rows->unit);
    }
    amount_form_write(answer->amounts, &answer->json, answer->rows->total);
    json_end(&answer->json);
}

/* The change of the total; where nothing was looked at there is none. */
static void write_total_delta(Answer *answer)
{
    if (answer->request->empty) {
        json_member_raw(&answer->json, "delta", "{\"value\":null,\"percent\":null}");
        return;
    }
    json_write_key(&answer->json, "delta");
    json_begin_object(&answer->json);
    write_delta(answer, "value", "percent", answer->rows->total, answer->rows->previous_total);
    json_end(&answer->json);
}

/* The parameters as they were understood; delta's place takes what it is. */
static void write_echo(Answer *answer)
{
    const ReportRequest *request = answer->request;
    const char *name;
    json_t *value;
    json_object_foreach (request->echo, name, value) {
        if (strcmp(name, "delta") == 0) {
            write_total_delta(answer);
        } else if (strcmp(name, "limit") != 0 && strcmp(name, "offset") != 0) {
            json_member_raw(&answer->json, name, json_text(answer->arena, value));
        }
    }
}

/* The number under `name` of the echo, else `otherwise`. */
static int64_t echoed(const ReportRequest *request, const char *name, int64_t otherwise)
{
    const json_t *value = json_object_get(request->echo, name);
    return value != NULL ? json_integer_value(value) : otherwise;
}

static void write_meta(Answer *answer)
{
    const Page *page = &answer->page;
    const ReportRequest *request = answer->request;
    JsonWriter *json = &answer->json;
    json_write_key(json, "meta");
    json_begin_object(json);
    json_member_int(json, "count", page->count);
    json_member_int(json, "limit", echoed(request, "limit", page->limit));
    json_member_int(json, "offset", echoed(request, "offset", page->offset));
    if (request->rank_limit > 0 && answer->rows->ranked > 0) {
        int64_t others = answer->rows->ranked - request->rank_limit;
        json_member_int(json, "others", others > 0 ? others : 0);
    }
    write_echo(answer);
    write_total(answer);
    json_end(json);
}

static int compare_entities(const void *left, const void *right)
{
    return strcmp(*(const char *const *)left, *(const char *const *)right);
}

/* How many entities units are divided into, over all dates. */
static int64_t count_entities(Arena *arena, const ReportRequest *request, const ReportRows *rows)
{
    const char **entities = arena_array(arena, (size_t)rows->count, sizeof *entities);
    int group = 0;
    while (request->groups[group].units == NULL) {
        group++;
    }
    for (int i = 0; i < rows->count; i++) {
        entities[i] = rows->rows[i].groups[group];
    }
    qsort(entities, (size_t)rows->count, sizeof *entities, compare_entities);
    int64_t count = 0;
    for (int i = 0; i < rows->count; i++) {
        count += i == 0 || strcmp(entities[i], entities[i - 1]) != 0;
    }
    return count;
}

/* Pages are of buckets; with filter[offset] they are of ranked groups, and data is whole; where
 * units are divided they are of entities, on each date. */
static Page choose_page(Arena *arena, const ReportRequest *request, const ReportRows *rows,
                        int bucket_count)
{
    if (request->unit_limit > 0) {
        return (Page){"filter[limit]", "filter[offset]", count_entities(arena, request, rows),
                      request->unit_limit, request->unit_offset};
    }
    if (request->has_rank_offset && request->rank_limit > 0) {
        return (Page){"filter[limit]", "filter[offset]", rows->ranked, request->rank_limit,
                      request->rank_offset};
    }
    int64_t limit = request->page_limit;
    limit = limit < 0 ? REPORT_PAGE_DEFAULT : limit > REPORT_PAGE_MOST ? REPORT_PAGE_MOST : limit;
    int64_t count = request->type->pages_of_groups ? rows->count : bucket_count;
    return (Page){"limit", "offset", count, limit, request->page_offset};
}

static ReadyKey ready_key(Arena *arena, const char *name)
{
    JsonWriter json = json_writer(buffer_new(arena));
    json_write_key(&json, name);
    return (ReadyKey){json.out->data, json.out->length};
}

/* What is the same in all rows. */
static void prepare(Answer *answer)
{
    Arena *arena = answer->arena;
    const ReportRequest *request = answer->request;
    for (int i = 0; i < request->group_count; i++) {
        const ReportGroup *group = &request->groups[i];
        const ReportAlias *alias = answer_group_alias(request->type, group);
        answer->names[i] = ready_key(arena, answer_group_name(arena, request->type, group));
        answer->levels[i] = ready_key(arena, level_name(group));
        answer->lists[i] =
            ready_key(arena, group->units != NULL ? "org_entities"
                                                  : arena_printf(arena, "%ss", level_name(group)));
        if (alias != NULL) {
            answer->aliases[i] = ready_key(arena, alias->name);
        }
    }
    answer->amounts = amount_form_new(arena, request);
}

/* The memory that gather needs for the largest bucket. */
static void make_room(Answer *answer)
{
    const ReportRows *rows = answer->rows;
    size_t most = 0, count = 0;
    for (int i = 0; i < rows->count; i++) {
        count = i > 0 && rows->rows[i].bucket == rows->rows[i - 1].bucket ? count + 1 : 1;
        most = count > most ? count : most;
    }
    answer->slots = arena_array(answer->arena, 5 * most + 4, sizeof *answer->slots);
    answer->gathered = arena_array(answer->arena, most, sizeof *answer->gathered);
}

void answer_json(Arena *arena, const ReportRequest *request, ReportRows *rows, const char *path,
                 const char *query, Buffer *body)
{
    Answer answer = {.arena = arena, .request = request, .rows = rows, .json = json_writer(body)};
    prepare(&answer);
    make_room(&answer);
    int bucket_count, at = 0;
    Day *buckets = time_scope_buckets(arena, &request->time, &bucket_count);
    bucket_count = request->empty ? 0 : bucket_count;
    answer.page = choose_page(arena, request, rows, bucket_count);
    int64_t first = 0, last = bucket_count;
    if (!request->has_rank_offset && !request->type->pages_of_groups && request->unit_limit == 0) {
        page_range(&answer.page, &first, &last);
    }
    json_begin_object(&answer.json);
    write_meta(&answer);
    page_write_links(&answer.json, arena, &answer.page, path, query);
    json_write_key(&answer.json, "data");
    json_begin_array(&answer.json);
    for (int i = 0; i < bucket_count; i++) {
        write_bucket(&answer, buckets[i], &at, i >= first && i < last);
    }
    json_end(&answer.json);
    json_end(&answer.json);
}
