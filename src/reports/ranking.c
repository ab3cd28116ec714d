#include "reports/ranking.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "reports/row_index.h"

/* What groups are ranked by: an amount; a text only where pages are asked for. */
typedef struct RankOrder {
    const ReportRequest *request;
    bool by_text;
    unsigned sums;
    bool descending;
} RankOrder;

static RankOrder rank_order(const ReportRequest *request)
{
    const ReportType *type = request->type;
    const ReportOrder *order = &request->order;
    RankOrder rank = {.request = request, .descending = order->descending};
    rank.by_text = (order->kind == ORDER_GROUP || order->kind == ORDER_ALIAS) && order->given &&
                   request->has_rank_offset;
    const ReportAmount *amount = order->amount;
    if (!rank.by_text && order->kind != ORDER_AMOUNT && order->kind != ORDER_USAGE) {
        amount = report_amount_find(type, type->default_order);
        rank.descending = order->kind != ORDER_DELTA || order->descending;
    }
    rank.sums = amount != NULL ? amount->sums : type->usage;
    return rank;
}

static const char *rank_text(const RankOrder *order, const ReportRow *row)
{
    int group = order->request->order.group;
    if (order->request->order.kind == ORDER_ALIAS && row->aliases[group] != NULL) {
        return row->aliases[group];
    }
    return row->groups[group][0] != '\0' ? row->groups[group] : "No-";
}

static int compare_ranks(const void *left, const void *right, void *context)
{
    const ReportRow *a = *(ReportRow *const *)left, *b = *(ReportRow *const *)right;
    const RankOrder *order = context;
    int compared = order->by_text ? strcasecmp(rank_text(order, a), rank_text(order, b))
                                  : (a->order > b->order) - (a->order < b->order);
    compared = order->descending ? -compared : compared;
    for (int i = 0; i < order->request->group_count && compared == 0; i++) {
        compared = strcmp(a->groups[i], b->groups[i]);
    }
    return compared;
}

/* Adds the rows of each group up, whatever their bucket; numbers[i] is the group of row i. The
 * groups' sums are their own, all else is that of their first row. */
static ReportRow *add_groups_up(Arena *arena, const ReportRequest *request, const ReportRows *rows,
                                int *numbers, int *count)
{
    size_t sum_count = report_sum_count(request->type);
    RowIndex *index = row_index_new(arena, request->group_count, false);
    Buffer *room = buffer_new(arena);
    for (int i = 0; i < rows->count; i++) {
        const ReportRow *row = &rows->rows[i];
        numbers[i] = row_index_find(index, (const ReportRow *)(void *)room->data, row);
        if (row_index_count(index) > *count) {
            ReportRow group = *row;
            group.sums = arena_array(arena, sum_count, sizeof *group.sums);
            buffer_append(room, (const char *)&group, sizeof group);
            *count = row_index_count(index);
        }
        ReportRow *group = (ReportRow *)(void *)room->data + numbers[i];
        group->current |= row->current;
        for (size_t sum = 0; sum < sum_count; sum++) {
            decimal_add(&group->sums[sum], row->sums[sum]);
        }
    }
    return (ReportRow *)(void *)room->data;
}

/* Gives each group its rank; returns how many there are to rank. */
static int rank_groups(Arena *arena, const RankOrder *order, ReportRow *groups, int count)
{
    ReportRow **ranked = arena_array(arena, (size_t)count, sizeof *ranked);
    int ranks = 0;
    for (int i = 0; i < count; i++) {
        groups[i].order = rows_amount(groups[i].sums, order->sums);
        if (groups[i].current) {
            ranked[ranks++] = &groups[i];
        }
    }
    qsort_r(ranked, (size_t)ranks, sizeof *ranked, compare_ranks, (void *)order);
    for (int i = 0; i < ranks; i++) {
        ranked[i]->rank = i + 1;
    }
    return ranks;
}

void ranking_apply(Arena *arena, const ReportRequest *request, ReportRows *rows)
{
    if (request->rank_limit == 0 || request->group_count == 0 || rows->count == 0) {
        return;
    }
    RankOrder order = rank_order(request);
    int *numbers = arena_array(arena, (size_t)rows->count, sizeof *numbers);
    int group_count = 0, sum_count = (int)report_sum_count(request->type), kept = 0;
    ReportRow *groups = add_groups_up(arena, request, rows, numbers, &group_count);
    rows->ranked = rank_groups(arena, &order, groups, group_count);
    ReportRow *folded = arena_array(arena, (size_t)rows->count, sizeof *folded);
    RowIndex *buckets = row_index_new(arena, 0, true);
    for (int i = 0, count = 0; i < rows->count && rows->ranked > 0;
         i++, count = row_index_count(buckets)) {
        ReportRow *row = &rows->rows[i];
        int64_t rank = groups[numbers[i]].rank - request->rank_offset;
        if (rank > 0 && rank <= request->rank_limit) {
            row->rank = groups[numbers[i]].rank;
            rows->rows[kept++] = *row;
            continue;
        }
        row->folded = true;
        int at = row_index_find(buckets, folded, row);
        if (at == count) {
            folded[at] = *row;
        } else {
            rows_add(arena, &folded[at], row, sum_count);
        }
    }
    int folds = row_index_count(buckets);
    memcpy(rows->rows + kept, folded, (size_t)folds * sizeof *folded);
    rows->count = rows->ranked > 0 ? kept + folds : rows->count;
}
