#include "ingest/fold/binder.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "ingest/fold/cell_cache.h"
#include "ingest/fold/cells.h"
#include "ingest/fold/fold_internal.h"
#include "ingest/fold/keys.h"
#include "ingest/fold/members.h"

/* Columns that stand side by side. */
typedef struct Run {
    uint32_t first, last;
} Run;

/* Tag or category columns: their cells become one canonical JSON object. Many lines have the same
 * cells, byte for byte, so an object is written once for each such text of cells. */
typedef struct KeyCells {
    Keys *keys; /* NULL: not read */
    Run *runs;  /* the columns as they stand in the file */
    int run_count;
    /* Of a line's cells, its runs, the byte behind each too: the FoldText of the object. */
    CellCache *objects;
} KeyCells;

/* A column that gives a text, and where in a FoldLine that goes. */
typedef struct TextColumn {
    uint32_t column;
    uint32_t place;
} TextColumn;

struct Binder {
    Arena *arena;
    Binding binding;
    TextColumn *texts; /* columns of the binding, */
    int text_count;
    int *others; /* and the rest of them, by their numbers there */
    int other_count;
    Members **maps; /* of each map of the binding */
    KeyCells keys[BOUND_KEY_SETS];
    uint64_t stable;  /* FoldLine.stable: for as long as no objects are forgotten */
    uint64_t emptied; /* of the objects */
    char *scratch;    /* room for unquoted cells of one record */
    size_t scratch_size;
    CellDays days;
};

static FoldText text_of(CsvField field)
{
    return (FoldText){field.bytes, field.length};
}

static void add_to_runs(KeyCells *cells, uint32_t column)
{
    if (cells->run_count > 0 && cells->runs[cells->run_count - 1].last + 1 == column) {
        cells->runs[cells->run_count - 1].last = column;
    } else {
        cells->runs[cells->run_count++] = (Run){column, column};
    }
}

/* Texts are told apart from what may break a line. */
static void bind_texts(Binder *binder)
{
    const Binding *binding = &binder->binding;
    binder->texts = arena_array(binder->arena, (size_t)binding->count + 1, sizeof(TextColumn));
    binder->others = arena_array(binder->arena, (size_t)binding->count + 1, sizeof(int));
    for (int i = 0; i < binding->count; i++) {
        const BoundColumn *bound = &binding->columns[i];
        size_t place = bound->role == COLUMN_RESOURCE ? offsetof(FoldLine, resource)
                                                      : offsetof(FoldLine, dimensions) +
                                                            (size_t)bound->index * sizeof(FoldText);
        if (bound->role == COLUMN_DIMENSION || bound->role == COLUMN_RESOURCE) {
            binder->texts[binder->text_count++] = (TextColumn){bound->column, (uint32_t)place};
        } else {
            binder->others[binder->other_count++] = i;
        }
    }
}

static void bind_cells(Binder *binder, int set, const FoldOptions *options)
{
    const Binding *binding = &binder->binding;
    KeyCells *cells = &binder->keys[set];
    if (!binding->keys_used[set]) {
        return;
    }
    cells->keys = keys_new(binder->arena, binding, set, options);
    cells->runs = arena_array(binder->arena, (size_t)binding->key_count[set] + 1, sizeof(Run));
    for (int i = 0; i < binding->key_count[set]; i++) {
        add_to_runs(cells, binding->keys[set][i].column);
    }
    cells->objects = cell_cache_new(binder->arena, sizeof(FoldText), fold_cache_limit(options));
}

Binder *binder_new(Arena *arena, const CsvScanner *scanner, const FoldOptions *options,
                   Error *error)
{
    Binder *binder = arena_alloc(arena, sizeof *binder);
    binder->arena = arena;
    uint32_t count = csv_field_count(scanner);
    FoldText *names = arena_array(arena, count, sizeof *names);
    for (uint32_t i = 0; i < count; i++) {
        CsvField field = csv_field(scanner, i);
        names[i] = text_of(csv_value(field, arena_alloc(arena, field.length + 1)));
    }
    Binding *binding = &binder->binding;
    if (!binding_find(arena, names, count, options, binding, error)) {
        return NULL;
    }
    bind_texts(binder);
    binder->maps = arena_array(arena, (size_t)binding->map_count + 1, sizeof *binder->maps);
    for (int i = 0; i < binding->map_count; i++) {
        binder->maps[i] = members_new(arena, &binding->maps[i], fold_cache_limit(options));
    }
    for (int set = 0; set < BOUND_KEY_SETS; set++) {
        bind_cells(binder, set, options);
    }
    binder->stable = fold_next_stable();
    return binder;
}

const ReportFamily *binder_family(const Binder *binder)
{
    return binder->binding.family;
}

uint32_t binder_column_count(const Binder *binder)
{
    return binder->binding.column_count;
}

/* The object of the cells of a record. */
static FoldText write_object(const Binder *binder, int set, const CsvRecord *record, char *scratch)
{
    Keys *keys = binder->keys[set].keys;
    keys_begin(keys);
    for (int i = 0; i < binder->binding.key_count[set]; i++) {
        const BoundKey *bound = &binder->binding.keys[set][i];
        CsvField field = csv_record_field(record, bound->column);
        FoldText value = text_of(csv_value(field, scratch));
        scratch += value.bytes == scratch ? value.length : 0;
        if (bound->key != NULL) {
            keys_add(keys, bound->key, value);
        } else {
            keys_add_json(keys, bound->name, value);
        }
    }
    return keys_end(keys, cell_cache_arena(binder->keys[set].objects));
}

/* With the byte behind the last, which can be read: a text is never empty. */
static FoldText run_text(const CsvRecord *record, Run run)
{
    CsvField first = csv_record_field(record, run.first);
    CsvField last = csv_record_field(record, run.last);
    return (FoldText){first.bytes, (uint32_t)(last.bytes + last.length + 1 - first.bytes)};
}

/* The cells as they stand: one run where it is, several as copies in `scratch`. */
static FoldText text_of_cells(const KeyCells *cells, const CsvRecord *record, char *scratch)
{
    if (cells->run_count == 1) {
        return run_text(record, cells->runs[0]);
    }
    char *to = scratch;
    for (const Run *run = cells->runs; run < cells->runs + cells->run_count; run++) {
        FoldText text = run_text(record, *run);
        memcpy(to, text.bytes, text.length);
        to += text.length;
    }
    return (FoldText){scratch, (uint32_t)(to - scratch)};
}

/* The canonical object of this record's cells. `scratch` is overwritten. */
static FoldText read_keys(Binder *binder, int set, const CsvRecord *record, char *scratch)
{
    KeyCells *cells = &binder->keys[set];
    if (cells->run_count == 0) {
        return (FoldText){"{}", 2};
    }
    FoldText text = text_of_cells(cells, record, scratch);
    bool fresh;
    FoldText *object = cell_cache_find(cells->objects, text.bytes, text.length, &fresh);
    if (fresh) {
        *object = write_object(binder, set, record, scratch);
    }
    return *object;
}

/* Objects are where they were for as long as none are forgotten. */
static void read_key_sets(Binder *binder, const CsvRecord *record, char *scratch, FoldLine *line)
{
    uint64_t emptied = 0;
    for (int set = 0; set < BOUND_KEY_SETS; set++) {
        if (binder->binding.keys_used[set]) {
            FoldDimension which = bound_dimension(set);
            line->dimensions[which] = read_keys(binder, set, record, scratch);
            line->stable_dimensions |= 1u << which;
            emptied += cell_cache_emptied(binder->keys[set].objects);
        }
    }
    if (emptied != binder->emptied) {
        binder->emptied = emptied;
        binder->stable = fold_next_stable();
    }
    line->stable = binder->stable;
}

/* Room for all cells that must be unquoted, so that they stay until the line is folded, and then
 * for the runs of a key set: no cell is in two of them. */
static char *room_for_record(Binder *binder, const CsvRecord *record)
{
    size_t needed = record->last_end - record->first + 1;
    if (needed > binder->scratch_size) {
        binder->scratch_size = needed * 2;
        binder->scratch = arena_alloc(binder->arena, binder->scratch_size);
    }
    return binder->scratch;
}

/* The cells of map columns of which single keys are read. Returns behind what it put to scratch. */
static char *read_maps(Binder *binder, const CsvRecord *record, char *scratch, FoldLine *line)
{
    for (int i = 0; i < binder->binding.map_count; i++) {
        const BoundMap *map = &binder->binding.maps[i];
        CsvField value = csv_value(csv_record_field(record, map->column), scratch);
        scratch += value.bytes == scratch ? value.length : 0;
        const FoldText *members = members_of(binder->maps[i], text_of(value));
        for (int j = 0; j < map->member_count; j++) {
            line->dimensions[map->members[j].index] = members[j];
        }
    }
    return scratch;
}

/* Empty or not, so that nothing is to be foretold. Returns behind what it put to scratch. */
static char *read_texts(const Binder *binder, const CsvRecord *record, char *scratch,
                        FoldLine *line)
{
    for (int i = 0; i < binder->text_count; i++) {
        const TextColumn *text = &binder->texts[i];
        CsvField value = csv_value(csv_record_field(record, text->column), scratch);
        scratch += value.bytes == scratch ? value.length : 0;
        *(FoldText *)((char *)line + text->place) = text_of(value);
    }
    return scratch;
}

/* Days and numbers. The first column that breaks the line, or NULL. */
static const BoundColumn *read_others(Binder *binder, const CsvRecord *record, char *scratch,
                                      FoldLine *line, const char **reason)
{
    for (int i = 0; i < binder->other_count; i++) {
        const BoundColumn *bound = &binder->binding.columns[binder->others[i]];
        CsvField field = csv_record_field(record, bound->column);
        if (field.length == 0 && bound->role != COLUMN_DAY) {
            continue;
        }
        *reason = cell_read(&binder->days, bound, text_of(csv_value(field, scratch)), line);
        if (*reason != NULL) {
            return bound;
        }
    }
    return NULL;
}

static void clear(FoldLine *line)
{
    size_t size = sizeof *line;
    __asm__("" : "+r"(size)); /* or the compiler writes "rep stos": slower */
    memset(line, 0, size);
}

bool binder_read(Binder *binder, const CsvScanner *scanner, FoldLine *line, const char **column,
                 const char **reason)
{
    *column = "";
    const CsvRecord *record = csv_record(scanner);
    const Binding *binding = &binder->binding;
    if (record->field_count != binding->column_count) {
        *reason = record->field_count < binding->column_count
                      ? "the line has fewer fields than the header"
                      : "the line has more fields than the header";
        return false;
    }
    clear(line);
    char *scratch = read_texts(binder, record, room_for_record(binder, record), line);
    const BoundColumn *broken = read_others(binder, record, scratch, line, reason);
    if (broken != NULL) {
        *column = broken->name;
        return false;
    }
    scratch = read_maps(binder, record, scratch, line);
    read_key_sets(binder, record, scratch, line);
    line->dimensions[FOLD_RESOURCE] = line->resource;
    binding->family->apply_rules(line);
    return true;
}
