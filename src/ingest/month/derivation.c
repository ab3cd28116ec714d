#include "ingest/month/derivation.h"

#include <stdlib.h>
#include <string.h>

#include "ingest/month/id_table.h"
#include "ingest/month/key_values.h"

enum {
    TABLES_MAX = 16,
    VALUES_MAX = 4,
    SUMS = SUMMARY_AMOUNTS + 1, /* the usage stands last */
};

/* Day, then currency, then the keys of the table. */
enum { KEY_DAY, KEY_CURRENCY, KEY_FIRST, KEY_WIDTH = KEY_FIRST + SUMMARY_KEYS_MAX };

/* A machine in a row. */
typedef struct Member {
    uint32_t row, resource;
} Member;

typedef struct Sums {
    Decimal sums[SUMS];
    uint32_t unit; /* the greatest */
} Sums;

/* A table that is filled. */
typedef struct Target {
    const SummaryTable *what;
    int key_count;
    IdTable keys;
    Sums *rows; /* one a key */
    uint32_t row_capacity;
    Member *members;
    size_t member_count, member_capacity;
} Target;

struct Derivation {
    Target targets[TABLES_MAX];
    int target_count;
    KeyValues *values[VALUES_MAX];
    int values_count;
    Dictionary *texts[FOLD_DIMENSION_COUNT]; /* of dimensions that are keys, or units */
    Dictionary *resources;
};

/* The numbers of a row's texts. */
typedef struct RowIds {
    uint32_t ids[FOLD_DIMENSION_COUNT];
} RowIds;

Derivation *derivation_new(const SummaryTable *tables, const SummaryValues *values)
{
    Derivation *derivation = id_table_grown(NULL, 1, sizeof *derivation);
    *derivation = (Derivation){.resources = dictionary_new()};
    for (int i = 0; i < FOLD_DIMENSION_COUNT; i++) {
        bool used = SUMMARY_TEXTS[i].column != NULL && i != FOLD_USAGE_ACCOUNT;
        derivation->texts[i] = used ? dictionary_new() : NULL;
    }
    for (; tables->name != NULL && derivation->target_count < TABLES_MAX; tables++) {
        Target *target = &derivation->targets[derivation->target_count++];
        target->what = tables;
        while (tables->keys[target->key_count] != FOLD_DAY) {
            target->key_count++;
        }
        id_table_init(&target->keys, (uint32_t)(KEY_FIRST + target->key_count));
    }
    for (; values->name != NULL && derivation->values_count < VALUES_MAX; values++) {
        derivation->values[derivation->values_count++] = key_values_new(values);
    }
    return derivation;
}

void derivation_free(Derivation *derivation)
{
    if (derivation == NULL) {
        return;
    }
    for (int i = 0; i < derivation->target_count; i++) {
        id_table_free(&derivation->targets[i].keys);
        free(derivation->targets[i].rows);
        free(derivation->targets[i].members);
    }
    for (int i = 0; i < derivation->values_count; i++) {
        key_values_free(derivation->values[i]);
    }
    for (int i = 0; i < FOLD_DIMENSION_COUNT; i++) {
        dictionary_free(derivation->texts[i]);
    }
    dictionary_free(derivation->resources);
    free(derivation);
}

static bool holds(const SummaryCondition *condition, const MonthRow *row)
{
    FoldText text = row->texts[condition->dimension];
    if (condition->kind == SUMMARY_GIVEN || text.length == 0) {
        return text.length > 0;
    }
    if (condition->kind == SUMMARY_CONTAINS) {
        const char *part = condition->texts[0];
        return memmem(text.bytes, text.length, part, strlen(part)) != NULL;
    }
    for (const char *const *one = condition->texts; *one != NULL; one++) {
        if (bytes_equal(text.bytes, text.length, *one, strlen(*one))) {
            return true;
        }
    }
    return false;
}

static bool belongs(const SummaryTable *table, const MonthRow *row)
{
    for (const SummaryCondition *condition = table->conditions; condition->dimension != FOLD_DAY;
         condition++) {
        if (!holds(condition, row)) {
            return false;
        }
    }
    return true;
}

static Sums *find_row(Target *target, const MonthRow *row, const RowIds *ids, uint32_t *number)
{
    uint32_t key[KEY_WIDTH] = {
        [KEY_DAY] = (uint32_t)row->group->usage_start, [KEY_CURRENCY] = ids->ids[FOLD_CURRENCY]};
    for (int i = 0; i < target->key_count; i++) {
        key[KEY_FIRST + i] = ids->ids[target->what->keys[i]];
    }
    bool fresh;
    *number = id_table_add(&target->keys, key, &fresh);
    if (fresh) {
        if (*number == target->row_capacity) {
            target->row_capacity = target->row_capacity == 0 ? 64 : target->row_capacity * 2;
            target->rows = id_table_grown(target->rows, target->row_capacity, sizeof *target->rows);
        }
        target->rows[*number] = (Sums){0};
    }
    return &target->rows[*number];
}

static void add_members(Derivation *derivation, Target *target, const FoldGroup *group,
                        uint32_t row)
{
    if (target->member_count + group->resource_count > target->member_capacity) {
        target->member_capacity = (target->member_count + group->resource_count) * 2 + 64;
        target->members =
            id_table_grown(target->members, target->member_capacity, sizeof *target->members);
    }
    for (uint32_t i = 0; i < group->resource_count; i++) {
        target->members[target->member_count++] =
            (Member){row, dictionary_add(derivation->resources, group->resources[i].bytes,
                                         group->resources[i].length)};
    }
}

static bool add_to(Derivation *derivation, Target *target, const MonthRow *row, const RowIds *ids)
{
    uint32_t number;
    Sums *sums = find_row(target, row, ids, &number);
    bool fits = true;
    for (int i = 0; i < SUMMARY_AMOUNTS; i++) {
        fits = decimal_add(&sums->sums[i], row->amounts[i]) && fits;
    }
    if (target->what->usage) {
        const Dictionary *units = derivation->texts[FOLD_UNIT];
        uint32_t unit = ids->ids[FOLD_UNIT];
        fits = decimal_add(&sums->sums[SUMS - 1], row->group->measures[FOLD_USAGE_AMOUNT]) && fits;
        if (unit != sums->unit && fold_text_compare(dictionary_text(units, unit),
                                                    dictionary_text(units, sums->unit)) > 0) {
            sums->unit = unit;
        }
    }
    if (target->what->machines) {
        add_members(derivation, target, row->group, number);
    }
    return fits;
}

bool derivation_add(Derivation *derivation, const MonthRow *row, Error *error)
{
    RowIds ids = {.ids = {[FOLD_USAGE_ACCOUNT] = row->account}};
    for (int i = 0; i < FOLD_DIMENSION_COUNT; i++) {
        if (derivation->texts[i] != NULL) {
            ids.ids[i] =
                dictionary_add(derivation->texts[i], row->texts[i].bytes, row->texts[i].length);
        }
    }
    bool fits = true;
    for (int i = 0; i < derivation->target_count; i++) {
        Target *target = &derivation->targets[i];
        fits = (!belongs(target->what, row) || add_to(derivation, target, row, &ids)) && fits;
    }
    return fits || error_set(error, ERROR_DATA,
                             "a sum of this month is larger than any bill: 10^23 and more");
}

void derivation_add_values(Derivation *derivation, const MonthRow *row)
{
    for (int i = 0; i < derivation->values_count; i++) {
        key_values_add(derivation->values[i], row);
    }
}

size_t derivation_memory(const Derivation *derivation)
{
    size_t memory = dictionary_memory(derivation->resources);
    for (int i = 0; i < derivation->target_count; i++) {
        const Target *target = &derivation->targets[i];
        memory += id_table_memory(&target->keys) + target->row_capacity * sizeof *target->rows +
                  target->member_capacity * sizeof *target->members;
    }
    for (int i = 0; i < derivation->values_count; i++) {
        memory += key_values_memory(derivation->values[i]);
    }
    return memory;
}

/* A table that is copied. */
typedef struct Copying {
    const Derivation *derivation;
    const Target *target;
    const MonthContext *context;
    DbCopy *copy;
    Arena *scratch;
    int columns;
    size_t next_member; /* of those sorted by row */
} Copying;

static int compare_members(const void *left, const void *right)
{
    const Member *a = left, *b = right;
    int order = (a->row > b->row) - (a->row < b->row);
    return order != 0 ? order : (a->resource > b->resource) - (a->resource < b->resource);
}

static int compare_texts(const void *left, const void *right)
{
    return fold_text_compare(*(const FoldText *)left, *(const FoldText *)right);
}

/* Sorted by row, each once. */
static void tidy_members(Target *target)
{
    size_t kept = 0;
    if (target->member_count == 0) {
        return;
    }
    qsort(target->members, target->member_count, sizeof *target->members, compare_members);
    for (size_t i = 1; i < target->member_count; i++) {
        if (compare_members(&target->members[i], &target->members[kept]) != 0) {
            target->members[++kept] = target->members[i];
        }
    }
    target->member_count = kept + 1;
}

/* The machines of a row, of which the members are next. */
static void copy_members(Copying *copying, uint32_t row)
{
    const Target *target = copying->target;
    const Member *members = target->members + copying->next_member;
    size_t left = target->member_count - copying->next_member;
    uint32_t count = 0;
    while (count < left && members[count].row == row) {
        count++;
    }
    copying->next_member += count;
    if (count == 0) {
        db_copy_null(copying->copy);
        db_copy_int(copying->copy, 0);
        return;
    }
    FoldText *texts = arena_array(copying->scratch, count, sizeof *texts);
    for (uint32_t i = 0; i < count; i++) {
        texts[i] = dictionary_text(copying->derivation->resources, members[i].resource);
    }
    qsort(texts, count, sizeof *texts, compare_texts);
    copy_texts_field(copying->copy, texts, count, copying->scratch);
    db_copy_int(copying->copy, (int32_t)count);
}

/* The columns of a table, in the order in which copy_row fills them; how many there are. */
static int append_columns(Buffer *sql, const SummaryTable *table, bool marked)
{
    int count = 6;
    buffer_append_text(
        sql, "id, usage_start, usage_end, currency_code, source_uuid, cost_entry_bill_id");
    for (const FoldDimension *key = table->keys; *key != FOLD_DAY; key++, count++) {
        buffer_printf(sql, ", %s", SUMMARY_TEXTS[*key].column);
        if (*key == FOLD_USAGE_ACCOUNT) {
            buffer_append_text(sql, ", account_alias_id");
            count++;
        }
    }
    for (int i = 0; i < (marked ? SUMMARY_AMOUNTS : SUMMARY_COSTS); i++, count++) {
        const SummaryCost *cost = &SUMMARY_COST_COLUMNS[i % SUMMARY_COSTS];
        buffer_printf(sql, ", %s", i < SUMMARY_COSTS ? cost->name : cost->markup);
    }
    if (table->usage) {
        buffer_append_text(sql, ", usage_amount, unit");
        count += 2;
    }
    if (table->machines) {
        buffer_append_text(sql, ", resource_ids, resource_count");
        count += 2;
    }
    return count;
}

static void copy_keys(const Copying *copying, const uint32_t *key)
{
    const FoldDimension *keys = copying->target->what->keys;
    for (int i = 0; keys[i] != FOLD_DAY; i++) {
        bool account = keys[i] == FOLD_USAGE_ACCOUNT;
        const Dictionary *texts =
            account ? copying->context->facts->accounts : copying->derivation->texts[keys[i]];
        copy_text_field(copying->copy, dictionary_text(texts, key[KEY_FIRST + i]),
                        SUMMARY_TEXTS[keys[i]].required);
        if (account) {
            db_copy_int(copying->copy, copying->context->aliases[key[KEY_FIRST + i]]);
        }
    }
}

static void copy_row(Copying *copying, uint32_t number)
{
    const Derivation *derivation = copying->derivation;
    const MonthContext *context = copying->context;
    const SummaryTable *table = copying->target->what;
    const uint32_t *key = id_table_key(&copying->target->keys, number);
    const Sums *sums = &copying->target->rows[number];
    DbCopy *copy = copying->copy;
    db_copy_row(copy, copying->columns);
    db_copy_new_uuid(copy);
    db_copy_date(copy, (Day)key[KEY_DAY]);
    db_copy_date(copy, (Day)key[KEY_DAY]);
    copy_text_field(copy, dictionary_text(derivation->texts[FOLD_CURRENCY], key[KEY_CURRENCY]),
                    true);
    db_copy_uuid(copy, context->provider_uuid);
    db_copy_bigint(copy, context->bill);
    copy_keys(copying, key);
    for (int i = 0; i < (context->markup != 0 ? SUMMARY_AMOUNTS : SUMMARY_COSTS); i++) {
        db_copy_decimal(copy, sums->sums[i]);
    }
    if (table->usage) {
        db_copy_decimal(copy, sums->sums[SUMS - 1]);
        copy_text_field(copy, dictionary_text(derivation->texts[FOLD_UNIT], sums->unit), false);
    }
    if (table->machines) {
        copy_members(copying, number);
    }
}

static bool copy_table(Copying *copying, JobRun *run, Error *error)
{
    const Target *target = copying->target;
    Buffer *sql = buffer_new(run->arena);
    buffer_printf(sql, "COPY %s (", target->what->name);
    copying->columns = append_columns(sql, target->what, copying->context->markup != 0);
    buffer_append_text(sql, ") FROM STDIN (FORMAT binary)");
    copying->copy = db_copy_begin(run->db, run->arena, sql->data, error);
    if (copying->copy == NULL) {
        return false;
    }
    for (uint32_t i = 0; i < target->keys.count; i++) {
        copy_row(copying, i);
    }
    return db_copy_end(copying->copy, false, error) ||
           error_wrap(error, "table %s", target->what->name);
}

bool derivation_copy(Derivation *derivation, JobRun *run, const MonthContext *context, Error *error)
{
    bool done = true;
    Arena *scratch = arena_new();
    for (int i = 0; done && i < derivation->target_count; i++) {
        Target *target = &derivation->targets[i];
        Copying copying = {
            .derivation = derivation, .target = target, .context = context, .scratch = scratch};
        tidy_members(target);
        done = !job_run_cancelled(run, error) &&
               (target->keys.count == 0 || copy_table(&copying, run, error));
    }
    for (int i = 0; done && i < derivation->values_count; i++) {
        done = key_values_copy(derivation->values[i], run, context, error);
    }
    arena_free(scratch);
    return done;
}
