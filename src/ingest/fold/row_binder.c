#include "ingest/fold/row_binder.h"

#include <string.h>

#include "base/buffer.h"
#include "ingest/fold/cell_cache.h"
#include "ingest/fold/cells.h"
#include "ingest/fold/fold_internal.h"
#include "ingest/fold/keys.h"
#include "ingest/fold/members.h"

/* Rows of one batch have few distinct tags: their objects by the indices of the tags' texts. What
 * is in a place is overwritten by another that falls there. */
enum { RECENT_PLACES = 8192, RECENT_COLUMNS = 64 };

typedef struct RecentKeys {
    uint64_t batch[RECENT_PLACES]; /* 0: nothing */
    FoldText objects[RECENT_PLACES];
    int32_t *indices; /* as many a place as there are columns */
} RecentKeys;

/* A column of texts by indices that gives a dimension, as nearly all do: what is read of it. */
typedef struct TextView {
    const int32_t *indices; /* of the batch's rows */
    const int32_t *offsets;
    const char *bytes;
    const uint8_t *validity; /* NULL: nothing is null */
    int64_t offset;          /* of the validity's first bit */
    int dimension;
} TextView;

struct RowBinder {
    Arena *arena;
    Binding binding;
    Members **maps;
    Keys *keys[BOUND_KEY_SETS];         /* NULL: not read */
    CellCache *objects[BOUND_KEY_SETS]; /* of a row's key cells as one text: a FoldText */
    int *wanted;                        /* columns of the file, ascending */
    int wanted_count;
    TextView *texts;
    int text_count;
    int *others; /* in the binding's columns: those without such a view */
    int other_count;
    const ArrowColumn **cells; /* by the file's column; NULL: not wanted */
    RecentKeys *recent[BOUND_KEY_SETS];
    ParquetFile *file; /* of the row group */
    uint64_t batch;    /* a number that no other batch of any file has */
    bool stable;       /* a line's texts are all the batch's own */
    char (*numbers)[PARQUET_NUMBER_SIZE];
    Buffer *text; /* of key cells */
    CellDays days;
};

static FoldText text_of(ArrowText text)
{
    return (FoldText){text.bytes, text.length};
}

/* Puts the columns that anything is bound to in order. */
static void collect_wanted(RowBinder *binder)
{
    const Binding *binding = &binder->binding;
    bool *bound = arena_array(binder->arena, binding->column_count + 1, sizeof *bound);
    for (int i = 0; i < binding->count; i++) {
        bound[binding->columns[i].column] = true;
    }
    for (int i = 0; i < binding->map_count; i++) {
        bound[binding->maps[i].column] = true;
    }
    for (int set = 0; set < BOUND_KEY_SETS; set++) {
        for (int i = 0; i < binding->key_count[set]; i++) {
            bound[binding->keys[set][i].column] = true;
        }
    }
    binder->wanted = arena_array(binder->arena, binding->column_count + 1, sizeof *binder->wanted);
    for (uint32_t i = 0; i < binding->column_count; i++) {
        if (bound[i]) {
            binder->wanted[binder->wanted_count++] = (int)i;
        }
    }
}

static RecentKeys *recent_new(Arena *arena, int columns)
{
    RecentKeys *recent = arena_alloc(arena, sizeof *recent);
    recent->indices =
        arena_array(arena, (size_t)RECENT_PLACES * (size_t)columns + 1, sizeof *recent->indices);
    return recent;
}

RowBinder *row_binder_new(Arena *arena, const ParquetFile *file, const FoldOptions *options,
                          Error *error)
{
    uint32_t count = (uint32_t)parquet_column_count(file);
    FoldText *names = arena_array(arena, count + 1, sizeof *names);
    for (uint32_t i = 0; i < count; i++) {
        const char *name = parquet_column_name(file, (int)i);
        names[i] = (FoldText){name, (uint32_t)strlen(name)};
    }
    RowBinder *binder = arena_alloc(arena, sizeof *binder);
    binder->arena = arena;
    if (!binding_find(arena, names, count, options, &binder->binding, error)) {
        return NULL;
    }
    const Binding *binding = &binder->binding;
    binder->maps = arena_array(arena, (size_t)binding->map_count + 1, sizeof *binder->maps);
    for (int i = 0; i < binding->map_count; i++) {
        binder->maps[i] = members_new(arena, &binding->maps[i], fold_cache_limit(options));
    }
    binder->numbers = arena_array(arena, (size_t)binding->count + 1, sizeof *binder->numbers);
    binder->cells = arena_array(arena, count + 1, sizeof *binder->cells);
    binder->text = buffer_new(arena);
    binder->texts = arena_array(arena, (size_t)binding->count + 1, sizeof *binder->texts);
    binder->others = arena_array(arena, (size_t)binding->count + 1, sizeof *binder->others);
    collect_wanted(binder);
    for (int set = 0; set < BOUND_KEY_SETS; set++) {
        if (binding->keys_used[set]) {
            binder->keys[set] = keys_new(arena, binding, set, options);
            binder->objects[set] =
                cell_cache_new(arena, sizeof(FoldText), fold_cache_limit(options));
            binder->recent[set] = recent_new(arena, binding->key_count[set]);
        }
    }
    return binder;
}

const ReportFamily *row_binder_family(const RowBinder *binder)
{
    return binder->binding.family;
}

/* A number's digits are written to the same place for each row, and what is kept of JSON may be
 * forgotten. */
static bool are_texts_stable(const RowBinder *binder)
{
    const Binding *binding = &binder->binding;
    bool stable = true;
    for (int i = 0; i < binding->count; i++) {
        const BoundColumn *bound = &binding->columns[i];
        stable = stable &&
                 (bound->role != COLUMN_DIMENSION || arrow_is_text(binder->cells[bound->column]));
    }
    for (int i = 0; i < binding->map_count; i++) {
        stable = stable && binder->cells[binding->maps[i].column]->kind == ARROW_MAP;
    }
    return stable;
}

bool row_binder_begin(RowBinder *binder, ParquetFile *file, int row_group, Error *error)
{
    binder->file = file;
    if (!parquet_begin(file, row_group, binder->wanted, binder->wanted_count, error)) {
        return false;
    }
    for (int i = 0; i < binder->wanted_count; i++) {
        binder->cells[binder->wanted[i]] = parquet_column(file, i);
    }
    binder->stable = are_texts_stable(binder);
    return true;
}

static void set_views(RowBinder *binder)
{
    binder->text_count = binder->other_count = 0;
    for (int i = 0; i < binder->binding.count; i++) {
        const BoundColumn *bound = &binder->binding.columns[i];
        const ArrowColumn *column = binder->cells[bound->column];
        if (bound->role != COLUMN_DIMENSION || column->kind != ARROW_DICTIONARY ||
            column->width != 4 || column->inner->kind != ARROW_TEXT) {
            binder->others[binder->other_count++] = i;
            continue;
        }
        binder->texts[binder->text_count++] = (TextView){
            .indices = (const int32_t *)column->values + column->offset,
            .offsets = (const int32_t *)column->inner->values + column->inner->offset,
            .bytes = column->inner->bytes,
            .validity = column->validity,
            .offset = column->offset,
            .dimension = bound->index,
        };
    }
}

int64_t row_binder_next(RowBinder *binder, Error *error)
{
    int64_t rows = parquet_next(binder->file, error);
    binder->batch = fold_next_stable();
    if (rows > 0) {
        set_views(binder);
    }
    return rows;
}

static void read_texts(const RowBinder *binder, int64_t row, FoldLine *line)
{
    for (const TextView *view = binder->texts; view < binder->texts + binder->text_count; view++) {
        int64_t bit = view->offset + row;
        if (view->validity == NULL || (view->validity[bit / 8] >> (bit % 8) & 1) != 0) {
            const int32_t *ends = view->offsets + view->indices[row];
            line->dimensions[view->dimension] =
                (FoldText){view->bytes + ends[0], (uint32_t)(ends[1] - ends[0])};
        }
    }
}

/* A cell that is no text, by what it gives. */
static const char *read_value(const BoundColumn *bound, const ArrowColumn *column, int64_t row,
                              char *scratch, FoldLine *line)
{
    bool null = arrow_is_null(column, row);
    switch (bound->role) {
    case COLUMN_DAY:
        return arrow_day(column, row, &line->day) ? NULL : "is not a date";
    case COLUMN_AMOUNT:
        return null || arrow_decimal(column, row, &line->measures[bound->index])
                   ? NULL
                   : "is not a number";
    case COLUMN_MEASURE:
        if (!null) {
            arrow_decimal(column, row, &line->measures[bound->index]);
        }
        return NULL;
    case COLUMN_DIMENSION:
        line->dimensions[bound->index] = text_of(arrow_text(column, row, scratch));
        return NULL;
    case COLUMN_RESOURCE:
        line->resource = text_of(arrow_text(column, row, scratch));
        return NULL;
    }
    return NULL;
}

static bool read_columns(RowBinder *binder, int64_t row, FoldLine *line, const char **column,
                         const char **reason)
{
    read_texts(binder, row, line);
    for (int other = 0; other < binder->other_count; other++) {
        int i = binder->others[other];
        const BoundColumn *bound = &binder->binding.columns[i];
        const ArrowColumn *cells = binder->cells[bound->column];
        if (arrow_is_text(cells)) {
            FoldText text = text_of(arrow_text(cells, row, NULL));
            *reason = text.length == 0 && bound->role != COLUMN_DAY
                          ? NULL
                          : cell_read(&binder->days, bound, text, line);
        } else {
            *reason = read_value(bound, cells, row, binder->numbers[i], line);
        }
        if (*reason != NULL) {
            *column = bound->name;
            return false;
        }
    }
    return true;
}

/* The members that a map's cell has, one entry after the other. */
static void read_entries(const BoundMap *map, const ArrowColumn *column, int64_t row,
                         FoldLine *line)
{
    int64_t entry, end;
    for (arrow_entries(column, row, &entry, &end);
         entry < end && arrow_is_text(&column->inner[0]) && arrow_is_text(&column->inner[1]);
         entry++) {
        ArrowText key = arrow_text(&column->inner[0], entry, NULL);
        for (int i = 0; i < map->member_count; i++) {
            const BoundColumn *member = &map->members[i];
            if (strlen(member->name) == key.length &&
                memcmp(member->name, key.bytes, key.length) == 0) {
                line->dimensions[member->index] =
                    text_of(arrow_text(&column->inner[1], entry, NULL));
            }
        }
    }
}

static void read_members(RowBinder *binder, int number, int64_t row, FoldLine *line)
{
    const BoundMap *map = &binder->binding.maps[number];
    const ArrowColumn *column = binder->cells[map->column];
    if (column->kind == ARROW_MAP) {
        read_entries(map, column, row, line);
    } else if (arrow_is_text(column)) {
        const FoldText *values =
            members_of(binder->maps[number], text_of(arrow_text(column, row, NULL)));
        for (int i = 0; i < map->member_count; i++) {
            line->dimensions[map->members[i].index] = values[i];
        }
    }
}

static void append_cell(Buffer *cells, ArrowText text)
{
    buffer_append(cells, (const char *)&text.length, sizeof text.length);
    buffer_append(cells, text.bytes, text.length);
}

/* The cells of a row as one text, the same for the same cells only. */
static void collect_cells(RowBinder *binder, int set, int64_t row)
{
    Buffer *cells = binder->text;
    buffer_clear(cells);
    for (int i = 0; i < binder->binding.key_count[set]; i++) {
        char scratch[PARQUET_NUMBER_SIZE];
        const ArrowColumn *column = binder->cells[binder->binding.keys[set][i].column];
        if (column->kind != ARROW_MAP) {
            append_cell(cells, arrow_text(column, row, scratch));
            continue;
        }
        int64_t entry, end;
        arrow_entries(column, row, &entry, &end);
        uint32_t count = (uint32_t)(end - entry);
        buffer_append(cells, (const char *)&count, sizeof count);
        for (; entry < end; entry++) {
            append_cell(cells, arrow_text(&column->inner[0], entry, scratch));
            append_cell(cells, arrow_text(&column->inner[1], entry, scratch));
        }
    }
}

static void add_entries(Keys *keys, const BoundKey *bound, const ArrowColumn *column, int64_t row,
                        Arena *arena)
{
    int64_t entry, end;
    for (arrow_entries(column, row, &entry, &end); entry < end; entry++) {
        char key[PARQUET_NUMBER_SIZE], *value = arena_alloc(arena, PARQUET_NUMBER_SIZE);
        keys_add_entry(keys, bound->name, text_of(arrow_text(&column->inner[0], entry, key)),
                       text_of(arrow_text(&column->inner[1], entry, value)));
    }
}

/* The object of a row's cells. */
static FoldText write_object(RowBinder *binder, int set, int64_t row)
{
    Keys *keys = binder->keys[set];
    Arena *scratch = arena_new();
    keys_begin(keys);
    for (int i = 0; i < binder->binding.key_count[set]; i++) {
        const BoundKey *bound = &binder->binding.keys[set][i];
        const ArrowColumn *column = binder->cells[bound->column];
        char *number = arena_alloc(scratch, PARQUET_NUMBER_SIZE);
        if (column->kind == ARROW_MAP && bound->key == NULL) {
            add_entries(keys, bound, column, row, scratch);
        } else if (bound->key != NULL) {
            keys_add(keys, bound->key, text_of(arrow_text(column, row, number)));
        } else {
            keys_add_json(keys, bound->name, text_of(arrow_text(column, row, number)));
        }
    }
    FoldText object = keys_end(keys, cell_cache_arena(binder->objects[set]));
    arena_free(scratch);
    return object;
}

/* The object by the cells' texts. Where others were forgotten for it, the recent ones are no more
 * either. */
static FoldText find_object(RowBinder *binder, int set, int64_t row)
{
    CellCache *objects = binder->objects[set];
    uint64_t emptied = cell_cache_emptied(objects);
    bool fresh;
    collect_cells(binder, set, row);
    FoldText *object =
        cell_cache_find(objects, binder->text->data, (uint32_t)binder->text->length, &fresh);
    if (cell_cache_emptied(objects) != emptied) {
        binder->batch = fold_next_stable();
    }
    if (fresh) {
        *object = write_object(binder, set, row);
    }
    return *object;
}

/* The indices of a row's key cells, null being -1, and where they fall; -1 when not all of them are
 * texts of a dictionary. */
static int recent_place(const RowBinder *binder, int set, int64_t row,
                        int32_t indices[RECENT_COLUMNS])
{
    const Binding *binding = &binder->binding;
    uint64_t hash = 0;
    if (binding->key_count[set] > RECENT_COLUMNS) {
        return -1;
    }
    for (int i = 0; i < binding->key_count[set]; i++) {
        const ArrowColumn *column = binder->cells[binding->keys[set][i].column];
        if (column->kind != ARROW_DICTIONARY || column->width != 4) {
            return -1;
        }
        indices[i] = arrow_is_null(column, row)
                         ? -1
                         : ((const int32_t *)column->values)[column->offset + row];
        hash = (hash ^ (uint32_t)indices[i]) * 0x9e3779b97f4a7c15ULL;
        hash ^= hash >> 32;
    }
    return (int)(hash % RECENT_PLACES);
}

static FoldText read_keys(RowBinder *binder, int set, int64_t row)
{
    RecentKeys *recent = binder->recent[set];
    int32_t indices[RECENT_COLUMNS];
    size_t count = (size_t)binder->binding.key_count[set];
    if (count == 0) {
        return (FoldText){"{}", 2};
    }
    int place = recent_place(binder, set, row, indices);
    if (place < 0) {
        return find_object(binder, set, row);
    }
    int32_t *known = recent->indices + (size_t)place * count;
    if (recent->batch[place] != binder->batch ||
        memcmp(known, indices, count * sizeof *known) != 0) {
        recent->objects[place] = find_object(binder, set, row);
        recent->batch[place] = binder->batch;
        memcpy(known, indices, count * sizeof *known);
    }
    return recent->objects[place];
}

bool row_binder_read(RowBinder *binder, int64_t row, FoldLine *line, const char **column,
                     const char **reason)
{
    const Binding *binding = &binder->binding;
    *column = "";
    memset(line, 0, sizeof *line);
    if (!read_columns(binder, row, line, column, reason)) {
        return false;
    }
    for (int i = 0; i < binding->map_count; i++) {
        read_members(binder, i, row, line);
    }
    for (int set = 0; set < BOUND_KEY_SETS; set++) {
        if (binding->keys_used[set]) {
            line->dimensions[bound_dimension(set)] = read_keys(binder, set, row);
        }
    }
    line->stable = binder->stable ? binder->batch : 0;
    line->stable_dimensions = ~0u;
    line->dimensions[FOLD_RESOURCE] = line->resource;
    binding->family->apply_rules(line);
    return true;
}
