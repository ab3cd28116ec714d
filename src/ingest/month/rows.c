#include "ingest/month/rows.h"

#include <stdlib.h>
#include <string.h>

#include "ingest/month/id_table.h"

const FoldDimension MONTH_DIMENSIONS[] = {
    FOLD_DAY,          FOLD_PAYER_ACCOUNT,  FOLD_USAGE_ACCOUNT,
    FOLD_PRODUCT_CODE, FOLD_PRODUCT_FAMILY, FOLD_AVAILABILITY_ZONE,
    FOLD_REGION,       FOLD_INSTANCE_TYPE,  FOLD_UNIT,
    FOLD_CURRENCY,     FOLD_TAGS,           FOLD_COST_CATEGORY,
    FOLD_CHARGE,
};
const int MONTH_DIMENSION_COUNT = sizeof MONTH_DIMENSIONS / sizeof *MONTH_DIMENSIONS;

enum { PAYER_WIDTH = 50 };

/* What a column holds of a row. */
typedef enum RowKind {
    ROW_UUID,
    ROW_DAY,
    ROW_TEXT, /* .index is a FoldDimension */
    ROW_OBJECT,
    ROW_RESOURCES,
    ROW_RESOURCE_COUNT,
    ROW_MEASURE, /* .index is a FoldMeasure */
    ROW_PROVIDER,
    ROW_BILL,
    ROW_ALIAS,
} RowKind;

typedef struct RowColumn {
    const char *name; /* of a ROW_TEXT NULL: SUMMARY_TEXTS has it */
    RowKind kind;
    int index;
} RowColumn;

/* All but costs and markups. */
static const RowColumn ROW_COLUMNS[] = {
    {"uuid", ROW_UUID, 0},
    {"usage_start", ROW_DAY, 0},
    {"usage_end", ROW_DAY, 0},
    {NULL, ROW_TEXT, FOLD_USAGE_ACCOUNT},
    {NULL, ROW_TEXT, FOLD_PRODUCT_CODE},
    {NULL, ROW_TEXT, FOLD_PRODUCT_FAMILY},
    {NULL, ROW_TEXT, FOLD_AVAILABILITY_ZONE},
    {NULL, ROW_TEXT, FOLD_REGION},
    {NULL, ROW_TEXT, FOLD_INSTANCE_TYPE},
    {NULL, ROW_TEXT, FOLD_UNIT},
    {NULL, ROW_TEXT, FOLD_CURRENCY},
    {NULL, ROW_TEXT, FOLD_CHARGE},
    {"tags", ROW_OBJECT, FOLD_TAGS},
    {"cost_category", ROW_OBJECT, FOLD_COST_CATEGORY},
    {"resource_ids", ROW_RESOURCES, 0},
    {"resource_count", ROW_RESOURCE_COUNT, 0},
    {"usage_amount", ROW_MEASURE, FOLD_USAGE_AMOUNT},
    {"normalization_factor", ROW_MEASURE, FOLD_NORMALIZATION_FACTOR},
    {"normalized_usage_amount", ROW_MEASURE, FOLD_NORMALIZED_USAGE_AMOUNT},
    {"unblended_rate", ROW_MEASURE, FOLD_UNBLENDED_RATE},
    {"blended_rate", ROW_MEASURE, FOLD_BLENDED_RATE},
    {"public_on_demand_cost", ROW_MEASURE, FOLD_PUBLIC_ON_DEMAND_COST},
    {"public_on_demand_rate", ROW_MEASURE, FOLD_PUBLIC_ON_DEMAND_RATE},
    {"source_uuid", ROW_PROVIDER, 0},
    {"cost_entry_bill_id", ROW_BILL, 0},
    {"account_alias_id", ROW_ALIAS, 0},
};

enum { ROW_COLUMN_COUNT = sizeof ROW_COLUMNS / sizeof *ROW_COLUMNS };

/* The first `width` characters. */
static FoldText cut(FoldText text, int width)
{
    if (width == 0 || text.length <= (uint32_t)width) {
        return text;
    }
    uint32_t at = 0;
    for (int seen = 0; at < text.length; at++) {
        bool begins = ((unsigned char)text.bytes[at] & 0xc0) != 0x80;
        if (begins && seen++ == width) {
            break;
        }
    }
    return (FoldText){text.bytes, at};
}

typedef struct Looking {
    MonthFacts *facts;
    FoldText payer;
    Buffer *payer_text; /* holds `payer`: a group's texts go with it */
} Looking;

static void note_month(MonthFacts *facts, Day day)
{
    for (int i = 0; i < facts->month_count; i++) {
        if (day >= facts->months[i] && day < day_month_start(facts->months[i], 1)) {
            return;
        }
    }
    facts->months = id_table_grown(facts->months, (size_t)facts->month_count + 1, sizeof(Day));
    facts->months[facts->month_count++] = day_month_start(day, 0);
}

static bool look_at(void *context, const FoldGroup *group, Error *error)
{
    Looking *looking = context;
    FoldText account =
        cut(group->dimensions[FOLD_USAGE_ACCOUNT], SUMMARY_TEXTS[FOLD_USAGE_ACCOUNT].width);
    FoldText payer = group->dimensions[FOLD_PAYER_ACCOUNT];
    (void)error;
    dictionary_add(looking->facts->accounts, account.bytes, account.length);
    looking->facts->nameless |= account.length == 0;
    note_month(looking->facts, group->usage_start);
    if (fold_text_compare(payer, looking->payer) > 0) {
        buffer_clear(looking->payer_text);
        buffer_append(looking->payer_text, payer.bytes, payer.length);
        looking->payer = (FoldText){looking->payer_text->data, payer.length};
    }
    return true;
}

static void free_facts(void *object)
{
    MonthFacts *facts = object;
    dictionary_free(facts->accounts);
    free(facts->months);
}

bool month_facts(Fold *fold, Arena *arena, MonthFacts *facts, Error *error)
{
    *facts = (MonthFacts){.accounts = dictionary_new()};
    arena_on_free(arena, free_facts, facts);
    Looking looking = {.facts = facts, .payer_text = buffer_new(arena)};
    if (!fold_each(fold, look_at, &looking, error)) {
        return false;
    }
    FoldText payer = cut(looking.payer, PAYER_WIDTH);
    facts->payer = payer.length > 0 ? arena_strndup(arena, payer.bytes, payer.length) : NULL;
    return true;
}

bool month_row_make(const MonthContext *context, const FoldGroup *group, MonthRow *row,
                    Error *error)
{
    row->group = group;
    for (int i = 0; i < FOLD_DIMENSION_COUNT; i++) {
        row->texts[i] = cut(group->dimensions[i], SUMMARY_TEXTS[i].width);
    }
    row->texts[FOLD_TAGS] = tag_map_apply(context->tag_map, group->dimensions[FOLD_TAGS]);
    FoldText account = row->texts[FOLD_USAGE_ACCOUNT];
    row->account = dictionary_add(context->facts->accounts, account.bytes, account.length);
    for (int i = 0; i < SUMMARY_COSTS; i++) {
        row->amounts[i] = group->measures[SUMMARY_COST_COLUMNS[i].measure];
        row->amounts[SUMMARY_COSTS + i] = 0;
        if (context->markup != 0 &&
            !decimal_multiply(row->amounts[i], context->markup, &row->amounts[SUMMARY_COSTS + i])) {
            return error_set(error, ERROR_DATA,
                             "a markup of this report is larger than any bill: 10^23 and more");
        }
    }
    return true;
}

void copy_text_field(DbCopy *copy, FoldText text, bool required)
{
    if (text.length == 0 && !required) {
        db_copy_null(copy);
    } else {
        db_copy_text_length(copy, text.bytes, text.length);
    }
}

void copy_object_field(DbCopy *copy, FoldText text)
{
    if (text.length == 0) {
        db_copy_jsonb(copy, "{}", 2);
    } else {
        db_copy_jsonb(copy, text.bytes, text.length);
    }
}

void copy_texts_field(DbCopy *copy, const FoldText *texts, uint32_t count, Arena *scratch)
{
    const char **bytes = arena_array(scratch, count + 1, sizeof *bytes);
    size_t *lengths = arena_array(scratch, count + 1, sizeof *lengths);
    for (uint32_t i = 0; i < count; i++) {
        bytes[i] = texts[i].bytes;
        lengths[i] = texts[i].length;
    }
    db_copy_text_array(copy, bytes, lengths, (int)count);
    arena_reset(scratch);
}

const char *month_rows_copy_sql(Arena *arena, const char *table, bool marked)
{
    Buffer *sql = buffer_new(arena);
    buffer_printf(sql, "COPY %s (", table);
    for (int i = 0; i < ROW_COLUMN_COUNT; i++) {
        const RowColumn *column = &ROW_COLUMNS[i];
        buffer_printf(sql, "%s, ",
                      column->name != NULL ? column->name : SUMMARY_TEXTS[column->index].column);
    }
    for (int i = 0; i < (marked ? SUMMARY_AMOUNTS : SUMMARY_COSTS); i++) {
        const SummaryCost *cost = &SUMMARY_COST_COLUMNS[i % SUMMARY_COSTS];
        buffer_printf(sql, "%s%s", i > 0 ? ", " : "",
                      i < SUMMARY_COSTS ? cost->name : cost->markup);
    }
    buffer_append_text(sql, ") FROM STDIN (FORMAT binary)");
    return sql->data;
}

static void copy_cell(const MonthContext *context, const RowColumn *column, const MonthRow *row,
                      DbCopy *copy, Arena *scratch)
{
    switch (column->kind) {
    case ROW_UUID:
        db_copy_new_uuid(copy);
        break;
    case ROW_DAY:
        db_copy_date(copy, row->group->usage_start);
        break;
    case ROW_TEXT:
        copy_text_field(copy, row->texts[column->index], SUMMARY_TEXTS[column->index].required);
        break;
    case ROW_OBJECT:
        copy_object_field(copy, row->texts[column->index]);
        break;
    case ROW_RESOURCES:
        copy_texts_field(copy, row->group->resources, row->group->resource_count, scratch);
        break;
    case ROW_RESOURCE_COUNT:
        db_copy_int(copy, (int32_t)row->group->resource_count);
        break;
    case ROW_MEASURE:
        db_copy_decimal(copy, row->group->measures[column->index]);
        break;
    case ROW_PROVIDER:
        db_copy_uuid(copy, context->provider_uuid);
        break;
    case ROW_BILL:
        db_copy_bigint(copy, context->bill);
        break;
    case ROW_ALIAS:
        db_copy_int(copy, context->aliases[row->account]);
        break;
    }
}

void month_row_copy(const MonthContext *context, const MonthRow *row, DbCopy *copy, Arena *scratch)
{
    int amounts = context->markup != 0 ? SUMMARY_AMOUNTS : SUMMARY_COSTS;
    db_copy_row(copy, ROW_COLUMN_COUNT + amounts);
    for (int i = 0; i < ROW_COLUMN_COUNT; i++) {
        copy_cell(context, &ROW_COLUMNS[i], row, copy, scratch);
    }
    for (int i = 0; i < amounts; i++) {
        db_copy_decimal(copy, row->amounts[i]);
    }
}

static void digest_text(Buffer *bytes, FoldText text)
{
    buffer_append(bytes, (const char *)&text.length, sizeof text.length);
    buffer_append(bytes, text.bytes, text.length);
}

static void digest_cell(const MonthContext *context, const RowColumn *column, const MonthRow *row,
                        Buffer *bytes)
{
    const FoldGroup *group = row->group;
    switch (column->kind) {
    case ROW_DAY:
        buffer_append(bytes, (const char *)&group->usage_start, sizeof group->usage_start);
        break;
    case ROW_TEXT:
    case ROW_OBJECT:
        digest_text(bytes, row->texts[column->index]);
        break;
    case ROW_RESOURCES:
        for (uint32_t i = 0; i < group->resource_count; i++) {
            digest_text(bytes, group->resources[i]);
        }
        break;
    case ROW_RESOURCE_COUNT:
        buffer_append(bytes, (const char *)&group->resource_count, sizeof group->resource_count);
        break;
    case ROW_MEASURE:
        buffer_append(bytes, (const char *)&group->measures[column->index], sizeof(Decimal));
        break;
    case ROW_ALIAS:
        buffer_append(bytes, (const char *)&context->aliases[row->account], sizeof(int32_t));
        break;
    case ROW_UUID:
    case ROW_PROVIDER: /* of all rows of a bill the same */
    case ROW_BILL:
        break;
    }
}

RowDigest month_row_digest(const MonthContext *context, const MonthRow *row, Buffer *scratch)
{
    uint64_t salt = 1;
    buffer_clear(scratch);
    buffer_append(scratch, (const char *)&salt, sizeof salt);
    for (int i = 0; i < ROW_COLUMN_COUNT; i++) {
        digest_cell(context, &ROW_COLUMNS[i], row, scratch);
    }
    buffer_append(scratch, (const char *)row->amounts, sizeof row->amounts);
    RowDigest digest = {.low = hash_bytes(scratch->data, scratch->length), .rows = 1};
    salt = digest.low;
    memcpy(scratch->data, &salt, sizeof salt);
    digest.high = hash_bytes(scratch->data, scratch->length);
    return digest;
}
