#include "reports/rows.h"

#include <stdlib.h>
#include <string.h>

#include "reports/row_index.h"
#include "reports/texts.h"

/* Rows as they come, added up. */
typedef struct Reading {
    Arena *arena;
    const ReportRequest *request;
    const ReportPlan *plan;
    ReportRows *rows;
    RowIndex *index;
    Texts *texts;
    Buffer *room; /* for the rows */
} Reading;

/* '{a,b}' of uuids, which are never quoted. */
static void split_sources(Reading *reading, const char *array, ReportRow *row)
{
    size_t most = 1;
    for (const char *at = array; *at != '\0'; at++) {
        most += *at == ',';
    }
    row->sources = arena_array(reading->arena, most, sizeof *row->sources);
    for (const char *at = array; (*at == '{' || *at == ',') && at[1] != '}';) {
        at++;
        size_t length = strcspn(at, ",}");
        row->sources[row->source_count++] = texts_keep(reading->texts, at, length);
        at += length;
    }
}

static const char *keep_text(Reading *reading, const DbResult *from, int column)
{
    size_t length;
    const char *bytes = column >= 0 ? db_bytes(from, 0, column, &length) : NULL;
    return bytes != NULL ? texts_keep(reading->texts, bytes, length) : NULL;
}

static bool read_decimal(const DbResult *from, int column, Decimal *value, Error *error)
{
    return db_binary_decimal(from, 0, column, value) ||
           error_set(error, ERROR_DATA, "a sum is beyond what a report can tell");
}

/* The bucket and the groups; what is in `row` points to memory of the caller's. */
static void read_key(Reading *reading, const DbResult *from, ReportRow *row)
{
    row->bucket = db_binary_day(from, 0, reading->plan->bucket);
    for (int i = 0; i < reading->request->group_count; i++) {
        const char *text = keep_text(reading, from, reading->plan->groups + i);
        row->groups[i] = text != NULL ? text : texts_keep(reading->texts, "", 0);
    }
}

static void read_sources(Reading *reading, const DbResult *from, ReportRow *row)
{
    const ReportPlan *plan = reading->plan;
    if (!row->current || db_is_null(from, 0, plan->source)) {
        return; /* those of the window before are none of this one's */
    }
    if (plan->parts) {
        char uuid[UUID_TEXT_SIZE];
        db_binary_uuid(from, 0, plan->source, uuid);
        row->sources[row->source_count++] = texts_keep(reading->texts, uuid, strlen(uuid));
    } else {
        split_sources(reading, db_text(from, 0, plan->source), row);
    }
}

static bool read_values(Reading *reading, const DbResult *from, ReportRow *row, Error *error)
{
    const ReportPlan *plan = reading->plan;
    row->current = plan->current < 0 || db_binary_bool(from, 0, plan->current);
    row->unit = keep_text(reading, from, plan->unit);
    read_sources(reading, from, row);
    for (int i = 0; i < reading->request->group_count; i++) {
        row->aliases[i] = keep_text(reading, from, plan->aliases[i]);
    }
    for (int i = 0; i < plan->sum_count; i++) {
        if (!read_decimal(from, plan->sums + i, &row->sums[i], error)) {
            return false;
        }
    }
    return plan->previous < 0 || read_decimal(from, plan->previous, &row->previous, error);
}

/* A row's own memory, with what is in `part`. */
static void settle(Reading *reading, const DbResult *from, const ReportRow *part, ReportRow *row)
{
    const ReportPlan *plan = reading->plan;
    size_t groups = (size_t)reading->request->group_count, sums = (size_t)plan->sum_count;
    size_t sources = (size_t)part->source_count;
    *row = *part;
    row->sums = arena_array(reading->arena, sums, sizeof *row->sums);
    memcpy(row->sums, part->sums, sums * sizeof *row->sums);
    row->groups = arena_array(reading->arena, 2 * groups + sources, sizeof *row->groups);
    row->aliases = row->groups + groups;
    row->sources = row->aliases + groups;
    memcpy(row->groups, part->groups, groups * sizeof *row->groups);
    memcpy(row->aliases, part->aliases, groups * sizeof *row->aliases);
    memcpy(row->sources, part->sources, sources * sizeof *row->sources);
    row->details = NULL;
    if (plan->detail_count > 0) {
        row->details =
            arena_array(reading->arena, (size_t)plan->detail_count, sizeof *row->details);
    }
    for (int i = 0; i < plan->detail_count; i++) {
        row->details[i] = arena_strdup(reading->arena, db_text(from, 0, plan->details + i));
    }
}

static const char *later_text(const char *a, const char *b)
{
    return a == NULL || (a != b && b != NULL && strcmp(b, a) > 0) ? b : a;
}

void rows_add_sources(Arena *arena, ReportRow *row, const ReportRow *other)
{
    for (int i = 0; i < other->source_count; i++) {
        int at = 0;
        while (at < row->source_count && row->sources[at] != other->sources[i] &&
               strcmp(row->sources[at], other->sources[i]) < 0) {
            at++;
        }
        if (at < row->source_count && row->sources[at] == other->sources[i]) {
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

bool rows_add(Arena *arena, ReportRow *row, const ReportRow *part, int sum_count)
{
    for (int i = 0; i < sum_count; i++) {
        if (!decimal_add(&row->sums[i], part->sums[i])) {
            return false;
        }
    }
    row->unit = later_text(row->unit, part->unit);
    row->current |= part->current;
    rows_add_sources(arena, row, part);
    return decimal_add(&row->previous, part->previous);
}

static bool add_up(ReportRows *rows, const ReportRow *row, int sum_count, Error *error)
{
    for (int i = 0; i < sum_count; i++) {
        if (!decimal_add(&rows->total[i], row->sums[i])) {
            return error_set(error, ERROR_DATA, "the total is beyond what a report can tell");
        }
    }
    rows->unit = later_text(rows->unit, row->unit);
    return true;
}

/* A row of the database to the one that it is a part of. */
static bool take_row(void *context, const DbResult *from, Error *error)
{
    Reading *reading = context;
    ReportRows *rows = reading->rows;
    const char *groups[REPORT_GROUPS_MAX], *aliases[REPORT_GROUPS_MAX], *source[1];
    Decimal sums[REPORT_SUMS_MAX];
    ReportRow part = {.groups = groups, .aliases = aliases, .sources = source, .sums = sums};
    read_key(reading, from, &part);
    if (!read_values(reading, from, &part, error) ||
        !add_up(rows, &part, reading->plan->sum_count, error)) {
        return false;
    }
    int at = row_index_find(reading->index, rows->rows, &part);
    if (at == rows->count) {
        buffer_reserve(reading->room, sizeof part);
        buffer_grew(reading->room, sizeof part);
        rows->rows = (void *)reading->room->data;
        rows->count++;
        settle(reading, from, &part, &rows->rows[at]);
        return true;
    }
    for (int i = 0; i < reading->request->group_count; i++) {
        rows->rows[at].aliases[i] = later_text(rows->rows[at].aliases[i], aliases[i]);
    }
    return rows_add(reading->arena, &rows->rows[at], &part, reading->plan->sum_count) ||
           error_set(error, ERROR_DATA, "a sum is beyond what a report can tell");
}

bool rows_read(Db *db, Arena *arena, const ReportRequest *request, const ReportPlan *plan,
               ReportRows *rows, Error *error)
{
    *rows = (ReportRows){.total = arena_array(arena, (size_t)plan->sum_count, sizeof *rows->total)};
    Reading reading = {.arena = arena,
                       .request = request,
                       .plan = plan,
                       .rows = rows,
                       .index = row_index_new(arena, request->group_count, true),
                       .texts = texts_new(arena),
                       .room = buffer_new(arena)};
    rows->rows = (void *)reading.room->data; /* none yet, but somewhere */
    return db_stream(db, error, plan->sql, plan->parameter_count, plan->parameters, take_row,
                     &reading);
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
