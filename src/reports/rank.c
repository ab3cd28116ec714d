#include "reports/rank.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "reports/ranking.h"

/* The buckets of the window, and which of them hold data. */
typedef struct Calendar {
    Day *buckets;
    bool *present;
    int count;
} Calendar;

static int calendar_index(const Calendar *calendar, Day bucket)
{
    int low = 0, high = calendar->count;
    while (low < high) {
        int middle = (low + high) / 2;
        if (calendar->buckets[middle] < bucket) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low < calendar->count && calendar->buckets[low] == bucket ? low : -1;
}

static Calendar calendar_new(Arena *arena, const ReportRequest *request, const ReportRows *rows)
{
    Calendar calendar;
    calendar.buckets = time_scope_buckets(arena, &request->time, &calendar.count);
    calendar.present = arena_array(arena, (size_t)calendar.count, sizeof *calendar.present);
    for (int i = 0; i < rows->count; i++) {
        int index = calendar_index(&calendar, rows->rows[i].bucket);
        if (index >= 0 && rows->rows[i].current) {
            calendar.present[index] = true;
        }
    }
    return calendar;
}

/* Days that have nothing yet are not compared with those of the window before. */
static void total_previous(const ReportRequest *request, const Calendar *calendar, ReportRows *rows)
{
    for (int i = 0; i < rows->count; i++) {
        int index = calendar_index(calendar, rows->rows[i].bucket);
        if (request->time.monthly || (index >= 0 && calendar->present[index])) {
            decimal_add(&rows->previous_total, rows->rows[i].previous);
        }
    }
}

static void name_folded(const ReportRequest *request, const ReportRows *rows, ReportRow *row)
{
    static const char ONE[] = "Other", SEVERAL[] = "Others";
    bool single = rows->ranked - request->rank_limit == 1;
    for (int i = 0; i < request->group_count; i++) {
        row->groups[i] = row->aliases[i] = single ? ONE : SEVERAL;
    }
}

/* A row without amounts for a group that has none in this bucket. */
static ReportRow blank_row(Arena *arena, const ReportRow *like, Day bucket, int sum_count)
{
    ReportRow row = *like;
    row.bucket = bucket;
    row.current = true;
    row.previous = 0;
    row.sums = arena_array(arena, (size_t)sum_count, sizeof *row.sums);
    return row;
}

/* Makes the rows of a ranked answer a full grid: kept groups (and "Others") × buckets with data.
 * Every row names all sources that its group has in the window. */
static void fill_grid(Arena *arena, const ReportRequest *request, const Calendar *calendar,
                      ReportRows *rows, int sum_count)
{
    int64_t left = rows->ranked - request->rank_offset;
    int64_t kept = left < 0 ? 0 : left < request->rank_limit ? left : request->rank_limit;
    size_t width = (size_t)kept + 1;
    size_t size = width * (size_t)calendar->count;
    ReportRow **grid = arena_array(arena, size, sizeof *grid);
    ReportRow **models = arena_array(arena, width, sizeof *models);
    ReportRow *wholes = arena_array(arena, width, sizeof *wholes); /* for their sources */
    for (int i = 0; i < rows->count; i++) {
        ReportRow *row = &rows->rows[i];
        int bucket = calendar_index(calendar, row->bucket);
        if (row->folded && (request->has_rank_offset || rows->ranked <= request->rank_limit)) {
            continue;
        }
        size_t column = row->folded ? (size_t)kept : (size_t)(row->rank - request->rank_offset - 1);
        if (row->folded) {
            name_folded(request, rows, row);
        }
        if (bucket >= 0) {
            grid[(size_t)bucket * width + column] = row;
        }
        if (models[column] == NULL || !models[column]->current) {
            models[column] = row;
        }
        rows_add_sources(arena, &wholes[column], row);
    }
    ReportRow *filled = arena_array(arena, size, sizeof *filled);
    int count = 0;
    for (size_t i = 0; i < size; i++) {
        if (calendar->present[i / width] && models[i % width] != NULL) {
            filled[count] = grid[i] != NULL ? *grid[i]
                                            : blank_row(arena, models[i % width],
                                                        calendar->buckets[i / width], sum_count);
            filled[count].sources = wholes[i % width].sources;
            filled[count].source_count = wholes[i % width].source_count;
            filled[count++].current = true;
        }
    }
    rows->rows = filled;
    rows->count = count;
}

const char *rank_group_name(Arena *arena, const ReportGroup *group, const ReportRow *row, int index)
{
    if (row->groups[index][0] != '\0') {
        return row->groups[index];
    }
    return arena_printf(arena, "No-%s", group->key != NULL ? group->key : group->name);
}

static int compare_groups(const ReportRequest *request, const ReportRow *a, const ReportRow *b)
{
    for (int i = 0; i < request->group_count; i++) {
        int compared = a->groups[i] == b->groups[i] ? 0 : strcmp(a->groups[i], b->groups[i]);
        if (compared != 0) {
            return compared;
        }
    }
    return 0;
}

static Decimal order_value(const ReportRequest *request, const ReportRow *row)
{
    switch (request->order.kind) {
    case ORDER_AMOUNT:
        return rows_amount(row->sums, request->order.amount->sums);
    default:
        return rows_amount(row->sums, request->type->usage);
    }
}

/* The text that a row is ordered by; "No-…" where it has none. */
static const char *order_text(const ReportRequest *request, const ReportRow *row)
{
    int group = request->order.group;
    if (request->order.kind == ORDER_DETAIL) {
        return row->details[group] != NULL ? row->details[group] : "No-";
    }
    if (request->order.kind == ORDER_ALIAS && row->aliases[group] != NULL) {
        return row->aliases[group];
    }
    return row->groups[group][0] != '\0' ? row->groups[group] : "No-";
}

/* Names that begin with "other" stand behind all others. */
static int compare_texts(const ReportRequest *request, const ReportRow *a, const ReportRow *b)
{
    const char *left = order_text(request, a), *right = order_text(request, b);
    int behind = (strncasecmp(left, "other", 5) == 0) - (strncasecmp(right, "other", 5) == 0);
    return behind != 0 ? behind : strcasecmp(left, right);
}

/* By the percentage of the change, those that have none behind all others; then by the change. */
static int compare_deltas(const ReportRequest *request, const ReportRow *a, const ReportRow *b)
{
    Decimal left = rows_delta_amount(request->type, a->sums) - a->previous;
    Decimal right = rows_delta_amount(request->type, b->sums) - b->previous;
    int compared = b->has_percent - a->has_percent;
    if (compared == 0) {
        compared = (a->percent > b->percent) - (a->percent < b->percent);
    }
    return compared != 0 ? compared : (left > right) - (left < right);
}

static int compare_by_order(const ReportRequest *request, const ReportRow *a, const ReportRow *b)
{
    int compared;
    switch (request->order.kind) {
    case ORDER_GROUP:
    case ORDER_ALIAS:
    case ORDER_DETAIL:
        compared = compare_texts(request, a, b);
        break;
    case ORDER_DELTA:
        compared = compare_deltas(request, a, b);
        break;
    default:
        compared = (a->order > b->order) - (a->order < b->order);
    }
    return request->order.descending ? -compared : compared;
}

/* Where no order was asked for, ranked rows stand in the order of their ranks. */
static int compare_in_bucket(const ReportRequest *request, const ReportRow *a, const ReportRow *b)
{
    int compared = request->rank_limit > 0 && !request->order.given
                       ? (a->rank > b->rank) - (a->rank < b->rank)
                       : compare_by_order(request, a, b);
    return compared != 0 ? compared : compare_groups(request, a, b);
}

static int compare_rows(const void *left, const void *right, void *context)
{
    const ReportRow *a = left, *b = right;
    if (a->bucket != b->bucket) {
        return a->bucket < b->bucket ? -1 : 1;
    }
    if (a->folded != b->folded) {
        return a->folded ? 1 : -1;
    }
    if (a->position != b->position) {
        return a->position < b->position ? -1 : 1;
    }
    return compare_in_bucket(context, a, b);
}

/* By groups; of one group the row of the day that sets the order comes first. */
static int compare_for_positions(const void *left, const void *right, void *context)
{
    const ReportRequest *request = context;
    const ReportRow *a = left, *b = right;
    int compared = compare_groups(request, a, b);
    bool a_sets = a->bucket == request->order.date, b_sets = b->bucket == request->order.date;
    return compared != 0 ? compared : b_sets - a_sets;
}

/* Gives every row the place that its group has on the day of order_by[date]; groups that are not
 * there come behind. */
static void set_positions(const ReportRequest *request, ReportRows *rows)
{
    size_t count = (size_t)rows->count;
    qsort_r(rows->rows, count, sizeof *rows->rows, compare_rows, (void *)request);
    int64_t place = 0;
    for (int i = 0; i < rows->count; i++) {
        bool sets = rows->rows[i].bucket == request->order.date;
        rows->rows[i].position = sets ? place++ : INT64_MAX;
    }
    qsort_r(rows->rows, count, sizeof *rows->rows, compare_for_positions, (void *)request);
    for (int i = 1; i < rows->count; i++) {
        if (compare_groups(request, &rows->rows[i - 1], &rows->rows[i]) == 0) {
            rows->rows[i].position = rows->rows[i - 1].position;
        }
    }
}

static void set_percents(Arena *arena, const ReportRequest *request, ReportRows *rows)
{
    for (int i = 0; i < rows->count; i++) {
        ReportRow *row = &rows->rows[i];
        const char *text =
            rows_delta_percent(arena, rows_delta_amount(request->type, row->sums), row->previous);
        row->has_percent = text != NULL && decimal_parse(text, strlen(text), &row->percent);
    }
}

void rank_arrange(Arena *arena, const ReportRequest *request, ReportRows *rows)
{
    int shown = 0;
    Calendar calendar = calendar_new(arena, request, rows);
    if (request->delta) {
        total_previous(request, &calendar, rows);
    }
    ranking_apply(arena, request, rows);
    if (rows->ranked > 0) {
        fill_grid(arena, request, &calendar, rows, (int)report_sum_count(request->type));
    }
    for (int i = 0; i < rows->count; i++) {
        if (rows->rows[i].current) {
            rows->rows[shown] = rows->rows[i];
            rows->rows[shown].order = order_value(request, &rows->rows[i]);
            shown++;
        }
    }
    rows->count = shown;
    if (request->order.kind == ORDER_DELTA) {
        set_percents(arena, request, rows);
    }
    if (request->order.has_date && request->group_count > 0) {
        set_positions(request, rows);
    }
    qsort_r(rows->rows, (size_t)rows->count, sizeof *rows->rows, compare_rows, (void *)request);
}
