#include "reports/rows.h"

#include <stdlib.h>
#include <string.h>

/* '{a,b}' of uuids, which are never quoted. */
static const char **split_array(Arena *arena, const char *array, int *count)
{
    *count = 0;
    if (array == NULL || array[0] != '{' || array[1] == '}') {
        return NULL;
    }
    size_t most = 1;
    for (const char *at = array; *at != '\0'; at++) {
        most += *at == ',';
    }
    const char **items = arena_array(arena, most, sizeof *items);
    const char *at = array;
    while (*at == '{' || *at == ',') {
        at++;
        size_t length = strcspn(at, ",}");
        items[(*count)++] = arena_strndup(arena, at, length);
        at += length;
    }
    return items;
}

static void read_sources(Arena *arena, const ReportPlan *plan, const char *text, ReportRow *row)
{
    if (!row->current) {
        return; /* those of the window before are none of this one's */
    }
    if (!plan->parts) {
        row->sources = split_array(arena, text, &row->source_count);
    } else if (text != NULL) {
        row->sources = arena_array(arena, 1, sizeof *row->sources);
        row->sources[0] = text;
        row->source_count = 1;
    }
}

static bool read_decimal(const char *text, Decimal *value, Error *error)
{
    if (text == NULL || !decimal_parse(text, strlen(text), value)) {
        return error_set(error, ERROR_DATA, "the sum %s is beyond what a report can tell",
                         text != NULL ? text : "NULL");
    }
    return true;
}

static bool read_row(Arena *arena, const ReportRequest *request, const ReportPlan *plan,
                     const DbResult *result, int at, ReportRow *row, Error *error)
{
    const char *bucket = db_text(result, at, PLAN_BUCKET);
    size_t groups = (size_t)request->group_count;
    day_parse(bucket, strlen(bucket), &row->bucket);
    row->rank = db_int(result, at, PLAN_RANK);
    row->folded = db_int(result, at, PLAN_RANKED) > 0 && row->rank == 0;
    row->current = db_bool(result, at, PLAN_CURRENT);
    row->unit = db_text(result, at, PLAN_UNIT);
    read_sources(arena, plan, db_text(result, at, PLAN_SOURCES), row);
    row->groups = arena_array(arena, groups, sizeof *row->groups);
    row->aliases = arena_array(arena, groups, sizeof *row->aliases);
    for (int i = 0; i < request->group_count; i++) {
        const char *group = db_text(result, at, PLAN_GROUPS + i);
        row->groups[i] = group != NULL ? group : "";
        row->aliases[i] = db_text(result, at, PLAN_GROUPS + request->group_count + i);
    }
    row->details = arena_array(arena, (size_t)plan->detail_count, sizeof *row->details);
    for (int i = 0; i < plan->detail_count; i++) {
        row->details[i] =
            db_text(result, at, PLAN_GROUPS + 2 * request->group_count + plan->sum_count + i);
    }
    row->sums = arena_array(arena, (size_t)plan->sum_count, sizeof *row->sums);
    for (int i = 0; i < plan->sum_count; i++) {
        const char *text = db_text(result, at, PLAN_GROUPS + 2 * request->group_count + i);
        if (!read_decimal(text, &row->sums[i], error)) {
            return false;
        }
    }
    return read_decimal(db_text(result, at, PLAN_PREVIOUS), &row->previous, error);
}

static bool add_up(const ReportPlan *plan, ReportRows *rows, const ReportRow *row, Error *error)
{
    for (int i = 0; i < plan->sum_count; i++) {
        if (!decimal_add(&rows->total[i], row->sums[i])) {
            return error_set(error, ERROR_DATA, "the total is beyond what a report can tell");
        }
    }
    if (row->unit != NULL && (rows->unit == NULL || strcmp(row->unit, rows->unit) > 0)) {
        rows->unit = row->unit;
    }
    return true;
}

/* By bucket and groups; parts of one row by source. */
static int compare_parts(const void *left, const void *right, void *context)
{
    const ReportRow *a = left, *b = right;
    const ReportRequest *request = context;
    int compared = (a->bucket > b->bucket) - (a->bucket < b->bucket);
    for (int i = 0; compared == 0 && i < request->group_count; i++) {
        compared = strcmp(a->groups[i], b->groups[i]);
    }
    return compared;
}

void rows_add_sources(Arena *arena, ReportRow *row, const ReportRow *other)
{
    for (int i = 0; i < other->source_count; i++) {
        int at = 0;
        while (at < row->source_count && strcmp(row->sources[at], other->sources[i]) < 0) {
            at++;
        }
        if (at < row->source_count && strcmp(row->sources[at], other->sources[i]) == 0) {
            continue;
        }
        size_t count = (size_t)row->source_count, before = (size_t)at;
        const char **grown = arena_array(arena, count + 1, sizeof *grown);
        if (count > 0) {
            memcpy(grown, row->sources, before * sizeof *grown);
            memcpy(grown + before + 1, row->sources + before, (count - before) * sizeof *grown);
        }
        grown[before] = other->sources[i];
        row->sources = grown;
        row->source_count++;
    }
}

static const char *later_text(const char *a, const char *b)
{
    return a == NULL || (b != NULL && strcmp(b, a) > 0) ? b : a;
}

/* Adds a part to the row that stands for all of them. False when the sum leaves the range. */
static bool add_part(const ReportRequest *request, const ReportPlan *plan, ReportRow *row,
                     const ReportRow *part)
{
    for (int i = 0; i < plan->sum_count; i++) {
        if (!decimal_add(&row->sums[i], part->sums[i])) {
            return false;
        }
    }
    for (int i = 0; i < request->group_count; i++) {
        row->aliases[i] = later_text(row->aliases[i], part->aliases[i]);
    }
    row->unit = later_text(row->unit, part->unit);
    row->current |= part->current;
    return decimal_add(&row->previous, part->previous);
}

/* Are all parts of one source? Then each is a row already. */
static bool have_one_source(const ReportRows *rows)
{
    for (int i = 0; i < rows->count; i++) {
        if (rows->rows[i].source_count != 1 ||
            strcmp(rows->rows[i].sources[0], rows->rows[0].sources[0]) != 0) {
            return false;
        }
    }
    return true;
}

/* Gives equal texts of groups one address, so that they can be compared by it. */
static void intern_groups(Arena *arena, const ReportRequest *request, ReportRows *rows)
{
    size_t slots = 64;
    while (slots < (size_t)rows->count * (size_t)request->group_count * 2) {
        slots *= 2;
    }
    const char **table = arena_array(arena, slots, sizeof *table);
    for (int i = 0; i < rows->count * request->group_count; i++) {
        const char **text = &rows->rows[i / request->group_count].groups[i % request->group_count];
        size_t slot = 5381;
        for (const char *at = *text; *at != '\0'; at++) {
            slot = slot * 33 + (unsigned char)*at;
        }
        slot &= slots - 1;
        while (table[slot] != NULL && strcmp(table[slot], *text) != 0) {
            slot = (slot + 1) & (slots - 1);
        }
        table[slot] = table[slot] != NULL ? table[slot] : *text;
        *text = table[slot];
    }
}

/* Makes one row of the parts that differ in nothing but their source. */
static bool join_parts(Arena *arena, const ReportRequest *request, const ReportPlan *plan,
                       ReportRows *rows, Error *error)
{
    qsort_r(rows->rows, (size_t)rows->count, sizeof *rows->rows, compare_parts, (void *)request);
    int joined = 0;
    for (int first = 0, end; first < rows->count; first = end) {
        ReportRow row = rows->rows[first];
        for (end = first + 1;
             end < rows->count && compare_parts(&row, &rows->rows[end], (void *)request) == 0;
             end++) {
            if (!add_part(request, plan, &row, &rows->rows[end])) {
                return error_set(error, ERROR_DATA, "a sum is beyond what a report can tell");
            }
            rows_add_sources(arena, &row, &rows->rows[end]);
        }
        rows->rows[joined++] = row;
    }
    rows->count = joined;
    return true;
}

bool rows_read(Arena *arena, const ReportRequest *request, const ReportPlan *plan,
               const DbResult *result, ReportRows *rows, Error *error)
{
    *rows = (ReportRows){.count = db_row_count(result)};
    rows->rows = arena_array(arena, (size_t)rows->count, sizeof *rows->rows);
    rows->total = arena_array(arena, (size_t)plan->sum_count, sizeof *rows->total);
    for (int i = 0; i < rows->count; i++) {
        if (!read_row(arena, request, plan, result, i, &rows->rows[i], error) ||
            !add_up(plan, rows, &rows->rows[i], error)) {
            return false;
        }
        rows->ranked = db_int(result, i, PLAN_RANKED);
    }
    if (plan->parts && !have_one_source(rows) && !join_parts(arena, request, plan, rows, error)) {
        return false;
    }
    if (request->group_count > 0) {
        intern_groups(arena, request, rows);
    }
    return true;
}

Decimal rows_amount(const Decimal *sums, unsigned mask)
{
    Decimal amount = 0;
    for (int i = 0; mask >> i != 0; i++) {
        if ((mask >> i & 1) != 0 && !decimal_add(&amount, sums[i])) {
            return 0;
        }
    }
    return amount;
}

Decimal rows_delta_amount(const ReportType *type, const Decimal *sums)
{
    const ReportAmount *amount = report_amount_find(type, type->delta_amount);
    return rows_amount(sums, amount != NULL ? amount->sums : type->usage);
}

const char *rows_delta_percent(Arena *arena, Decimal current, Decimal previous)
{
    const Decimal half_a_cent = (Decimal)5 * 1000000000000;
    const unsigned __int128 most = (unsigned __int128)1 << 70; /* 10^17 times it fits a Decimal */
    Decimal change = current, magnitude = previous < 0 ? -previous : previous;
    if (magnitude < half_a_cent || !decimal_add(&change, -previous)) {
        return NULL;
    }
    bool negative = (change < 0) != (previous < 0);
    unsigned __int128 divisor = (unsigned __int128)magnitude;
    unsigned __int128 dividend = (unsigned __int128)(change < 0 ? -change : change);
    unsigned __int128 quotient = dividend / divisor, rest = dividend % divisor;
    if (quotient > most || divisor > (unsigned __int128)-1 / 10) {
        return NULL;
    }
    /* Long division: 15 places of the percentage are 17 of the ratio. */
    for (int digit = 0; digit < DECIMAL_PLACES + 2; digit++) {
        quotient = quotient * 10 + rest * 10 / divisor;
        rest = rest * 10 % divisor;
    }
    Decimal percent = (Decimal)(quotient + (rest * 2 >= divisor));
    char text[DECIMAL_TEXT_SIZE];
    decimal_format(negative ? -percent : percent, text);
    return arena_strdup(arena, text);
}
