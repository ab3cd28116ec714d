#include <stdlib.h>
#include <string.h>

#include "base/csv_text.h"
#include "reports/answer.h"
#include "reports/rank.h"

/* What a column shows of a row. */
typedef enum ColumnKind {
    COLUMN_TEXT, /* the same in all rows */
    COLUMN_BASE_CURRENCY,
    COLUMN_EXCHANGE_RATE,
    COLUMN_DATE,
    COLUMN_GROUP,
    COLUMN_ENTITY, /* what a unit is divided into */
    COLUMN_RANK,
    COLUMN_ALIAS,
    COLUMN_SOURCE,
    COLUMN_DETAIL,
    COLUMN_AMOUNT,
    COLUMN_UNIT,
    COLUMN_DELTA_VALUE,
    COLUMN_DELTA_PERCENT,
} ColumnKind;

typedef struct Column {
    const char *name;
    ColumnKind kind;
    const char *text; /* COLUMN_TEXT */
    int index;        /* of the group, source or detail */
    int part;         /* COLUMN_ENTITY: of its kind, id and name */
    unsigned sums;    /* COLUMN_AMOUNT */
} Column;

typedef struct Table {
    Arena *arena;
    const ReportRequest *request;
    Column *columns;
    int count;
    Buffer *body;
} Table;

static void add(Table *table, Column column)
{
    table->columns[table->count++] = column;
}

static int compare_columns(const void *left, const void *right)
{
    return strcmp(((const Column *)left)->name, ((const Column *)right)->name);
}

static void add_groups(Table *table)
{
    const ReportRequest *request = table->request;
    for (int i = 0; i < request->group_count; i++) {
        const ReportGroup *group = &request->groups[i];
        const ReportAlias *alias = answer_group_alias(request->type, group);
        if (group->units != NULL) {
            add(table, (Column){.name = "type", .kind = COLUMN_ENTITY, .index = i, .part = 0});
            add(table, (Column){.name = "id", .kind = COLUMN_ENTITY, .index = i, .part = 1});
            add(table, (Column){.name = "alias", .kind = COLUMN_ENTITY, .index = i, .part = 2});
            continue;
        }
        const char *name = group->field->csv_name != NULL
                               ? group->field->csv_name
                               : answer_group_name(table->arena, request->type, group);
        add(table, (Column){.name = name, .kind = COLUMN_GROUP, .index = i});
        if (alias != NULL) {
            add(table, (Column){.name = alias->csv_name != NULL ? alias->csv_name : alias->name,
                                .kind = COLUMN_ALIAS,
                                .index = i});
        }
    }
}

static void add_columns(Table *table, int source_count)
{
    const ReportType *type = table->request->type;
    const char *currency = table->request->currency;
    add(table, (Column){.name = "base_currency", .kind = COLUMN_BASE_CURRENCY});
    add(table, (Column){.name = "cost_units", .text = currency});
    add(table, (Column){.name = "exchange_rate", .kind = COLUMN_EXCHANGE_RATE});
    add(table, (Column){.name = "date", .kind = COLUMN_DATE});
    add_groups(table);
    if (table->request->rank_limit > 0 && table->request->group_count > 0) {
        add(table, (Column){.name = "rank", .kind = COLUMN_RANK});
    }
    for (int i = 0; i < source_count; i++) {
        add(table, (Column){.name = arena_printf(table->arena, "source_uuid.%d", i),
                            .kind = COLUMN_SOURCE,
                            .index = i});
    }
    for (int i = 0; type->details != NULL && type->details[i].name != NULL; i++) {
        if (type->details[i].csv_name != NULL) {
            add(table,
                (Column){.name = type->details[i].csv_name, .kind = COLUMN_DETAIL, .index = i});
        }
    }
    for (const ReportAmount *amount = type->amounts; amount->group != NULL; amount++) {
        add(table, (Column){.name = amount->csv_name, .kind = COLUMN_AMOUNT, .sums = amount->sums});
    }
    if (type->usage != 0) {
        add(table, (Column){.name = "usage", .kind = COLUMN_AMOUNT, .sums = type->usage});
        add(table, (Column){.name = "usage_units", .kind = COLUMN_UNIT});
    }
    if (table->request->delta) {
        add(table, (Column){.name = "delta_value", .kind = COLUMN_DELTA_VALUE});
        add(table, (Column){.name = "delta_percent", .kind = COLUMN_DELTA_PERCENT});
    }
    qsort(table->columns, (size_t)table->count, sizeof *table->columns, compare_columns);
}

static void write_decimal(Buffer *body, Decimal value)
{
    char text[DECIMAL_TEXT_SIZE];
    buffer_append(body, text, decimal_format(value, text));
}

/* The currency that the row's costs were in, and its rate; empty when there were several. */
static void write_exchange(const Table *table, const Column *column, const ReportRow *row)
{
    const ReportRequest *request = table->request;
    const ExchangeMonth plain = {.currency = request->currency, .rate = "1"};
    const ExchangeMonth *month =
        request->rate != NULL
            ? exchange_of_month(&request->exchange, day_month_start(row->bucket, 0))
            : &plain;
    if (month != NULL) {
        csv_write_text(table->body,
                       column->kind == COLUMN_BASE_CURRENCY ? month->currency : month->rate);
    }
}

static void write_cell(const Table *table, const Column *column, const ReportRow *row)
{
    const ReportRequest *request = table->request;
    Buffer *body = table->body;
    char date[DATE_TEXT_SIZE];
    Decimal current;
    switch (column->kind) {
    case COLUMN_TEXT:
        csv_write_text(body, column->text);
        break;
    case COLUMN_BASE_CURRENCY:
    case COLUMN_EXCHANGE_RATE:
        write_exchange(table, column, row);
        break;
    case COLUMN_DATE:
        csv_write_text(body, time_scope_format(&request->time, row->bucket, date));
        break;
    case COLUMN_GROUP:
        csv_write_text(body, row->groups[column->index]);
        break;
    case COLUMN_ENTITY:
        csv_write_text(body,
                       answer_entity_part(table->arena, row->groups[column->index], column->part));
        break;
    case COLUMN_RANK:
        buffer_printf(body, "%lld", (long long)(row->folded ? request->rank_limit + 1 : row->rank));
        break;
    case COLUMN_ALIAS:
        csv_write_text(body, row->aliases[column->index] != NULL ? row->aliases[column->index]
                                                                 : row->groups[column->index]);
        break;
    case COLUMN_SOURCE:
        csv_write_text(body,
                       column->index < row->source_count ? row->sources[column->index] : NULL);
        break;
    case COLUMN_DETAIL:
        csv_write_text(body, row->details[column->index]);
        break;
    case COLUMN_AMOUNT:
        write_decimal(body, rows_amount(row->sums, column->sums));
        break;
    case COLUMN_UNIT:
        csv_write_text(body, row->unit != NULL ? row->unit : request->type->default_unit);
        break;
    case COLUMN_DELTA_VALUE:
        write_decimal(body, rows_delta_amount(request->type, row->sums) - row->previous);
        break;
    case COLUMN_DELTA_PERCENT:
        current = rows_delta_amount(request->type, row->sums);
        csv_write_text(body, rows_delta_percent(table->arena, current, row->previous));
        break;
    }
}

static void write_row(const Table *table, const ReportRow *row)
{
    for (int i = 0; i < table->count; i++) {
        if (i > 0) {
            buffer_append_char(table->body, ',');
        }
        write_cell(table, &table->columns[i], row);
    }
    buffer_append_text(table->body, "\r\n");
}

/* Rows are in ascending order of their bucket: the same with buckets descending. */
static const ReportRow **newest_first(Arena *arena, const ReportRows *rows)
{
    const ReportRow **ordered = arena_array(arena, (size_t)rows->count, sizeof *ordered);
    int to = 0;
    for (int end = rows->count; end > 0;) {
        int start = end - 1;
        while (start > 0 && rows->rows[start - 1].bucket == rows->rows[end - 1].bucket) {
            start--;
        }
        for (int i = start; i < end; i++) {
            ordered[to++] = &rows->rows[i];
        }
        end = start;
    }
    return ordered;
}

void answer_csv(Arena *arena, const ReportRequest *request, ReportRows *rows, Buffer *body)
{
    int64_t limit = request->page_limit < 0 ? REPORT_PAGE_DEFAULT : request->page_limit;
    int64_t first = request->page_offset < rows->count ? request->page_offset : rows->count;
    int64_t last = limit > 0 && limit < rows->count - first ? first + limit : rows->count;
    const ReportRow **ordered = newest_first(arena, rows);
    int source_count = 0;
    for (int64_t i = first; i < last; i++) {
        source_count =
            ordered[i]->source_count > source_count ? ordered[i]->source_count : source_count;
    }
    if (first == last) {
        return;
    }
    Table table = {.arena = arena, .request = request, .body = body};
    table.columns = arena_array(arena, (size_t)source_count + 64, sizeof *table.columns);
    add_columns(&table, source_count);
    for (int i = 0; i < table.count; i++) {
        buffer_append_text(body, i > 0 ? "," : "");
        csv_write_text(body, table.columns[i].name);
    }
    buffer_append_text(body, "\r\n");
    for (int64_t i = first; i < last; i++) {
        write_row(&table, ordered[i]);
    }
}
