#include "ingest/fold/binder.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/json.h"
#include "ingest/fold/dictionary.h"

enum { DATE_LENGTH = 10, DAYS_KEPT = 64, NAME_MAX_LENGTH = 256, TAG_COLUMNS_MAX = 4096 };

/* A column that is read: where it stands and what it gives. */
typedef struct Bound {
    uint32_t column;
    ColumnRole role;
    int index;
    const char *name; /* as the header has it, for messages */
} Bound;

/* A day as it is written at the start of a cell. */
typedef struct KnownDay {
    char text[DATE_LENGTH];
    Day day;
} KnownDay;

/* Columns that stand side by side. */
typedef struct Run {
    uint32_t first, last;
} Run;

/* Tag or category columns: their cells become one canonical JSON object. Many lines have the same
 * cells, byte for byte, so an object is written once for each such text of cells. */
typedef struct KeySet {
    int count;
    uint32_t *columns;
    const char **keys; /* sorted; the columns go by the same order */
    Run *runs;         /* the columns again, as they stand in the file */
    int run_count;
    Dictionary *cells; /* of a line: its runs, a comma behind each */
    FoldText *objects; /* by the number of the cells */
    uint32_t object_capacity;
} KeySet;

struct Binder {
    Arena *arena;
    const ReportFamily *family;
    uint32_t column_count;
    Bound *bound;
    int bound_count;
    KeySet tags, categories;
    Buffer *sound; /* a tag's value */
    char *scratch; /* room for unquoted cells of one record */
    size_t scratch_size;
    KnownDay days[DAYS_KEPT]; /* by the last two characters: a report has few days */
};

static void normalise(CsvField field, char name[NAME_MAX_LENGTH])
{
    size_t length = 0;
    for (uint32_t i = 0; i < field.length && length + 1 < NAME_MAX_LENGTH; i++) {
        if (isalnum((unsigned char)field.bytes[i])) {
            name[length++] = (char)tolower((unsigned char)field.bytes[i]);
        }
    }
    name[length] = '\0';
}

static CsvField header_field(Arena *arena, const CsvScanner *scanner, uint32_t column)
{
    CsvField field = csv_field(scanner, column);
    return csv_value(field, arena_alloc(arena, field.length + 1));
}

static bool lists(const FoldDimension *dimensions, int count, int dimension)
{
    for (int i = 0; i < count; i++) {
        if ((int)dimensions[i] == dimension) {
            return true;
        }
    }
    return false;
}

static bool grouped_by(const FoldOptions *options, int dimension)
{
    return lists(options->dimensions, options->dimension_count, dimension) ||
           lists(options->instance_dimensions, options->instance_dimension_count, dimension);
}

/* A currency is kept of every group, grouped by or not. */
static bool is_read(const ReportFamily *family, const FamilyColumn *column,
                    const FoldOptions *options)
{
    return column->role != COLUMN_DIMENSION || column->index == FOLD_CURRENCY ||
           (family->rule_dimensions >> column->index & 1) != 0 ||
           grouped_by(options, column->index);
}

static const FamilyColumn *find_column(const ReportFamily *family, const char *name)
{
    for (const FamilyColumn *column = family->columns; column->name != NULL; column++) {
        if (strcmp(column->name, name) == 0) {
            return column;
        }
    }
    return NULL;
}

/* Binds the family's columns; the first required one that is missing, or NULL. */
static const FamilyColumn *bind_columns(Binder *binder, const CsvScanner *scanner,
                                        const ReportFamily *family, const FoldOptions *options)
{
    bool seen[64] = {false};
    binder->family = family;
    binder->bound_count = 0;
    for (uint32_t i = 0; i < binder->column_count; i++) {
        char name[NAME_MAX_LENGTH];
        CsvField field = header_field(binder->arena, scanner, i);
        normalise(field, name);
        const FamilyColumn *column = find_column(family, name);
        /* A name that comes twice is read where it first stands. */
        if (column == NULL || seen[column - family->columns]) {
            continue;
        }
        seen[column - family->columns] = true;
        if (is_read(family, column, options)) {
            binder->bound[binder->bound_count++] =
                (Bound){i, column->role, column->index,
                        arena_strndup(binder->arena, field.bytes, field.length)};
        }
    }
    for (const FamilyColumn *column = family->columns; column->name != NULL; column++) {
        if (column->required && !seen[column - family->columns]) {
            return column;
        }
    }
    return NULL;
}

static const char *key_of(CsvField field, const char *const *prefixes, uint32_t *length)
{
    for (; prefixes != NULL && *prefixes != NULL; prefixes++) {
        size_t prefix = strlen(*prefixes);
        if (field.length > prefix && memcmp(field.bytes, *prefixes, prefix) == 0) {
            *length = field.length - (uint32_t)prefix;
            return field.bytes + prefix;
        }
    }
    return NULL;
}

static void insert_key(KeySet *set, const char *key, uint32_t column)
{
    int at = set->count;
    while (at > 0 && strcmp(set->keys[at - 1], key) > 0) {
        set->keys[at] = set->keys[at - 1];
        set->columns[at] = set->columns[at - 1];
        at--;
    }
    set->keys[at] = key;
    set->columns[at] = column;
    set->count++;
}

static void free_dictionary(void *dictionary)
{
    dictionary_free(dictionary);
}

static void free_object_table(void *set)
{
    free(((KeySet *)set)->objects);
}

static void add_to_runs(KeySet *set, uint32_t column)
{
    if (set->run_count > 0 && set->runs[set->run_count - 1].last + 1 == column) {
        set->runs[set->run_count - 1].last = column;
    } else {
        set->runs[set->run_count++] = (Run){column, column};
    }
}

static void bind_keys(Binder *binder, KeySet *set, FoldDimension dimension,
                      const char *const *prefixes, const CsvScanner *scanner,
                      const FoldOptions *options)
{
    Arena *arena = binder->arena;
    *set = (KeySet){0};
    if (!grouped_by(options, dimension)) {
        return;
    }
    set->columns = arena_array(arena, binder->column_count, sizeof *set->columns);
    set->keys = arena_array(arena, binder->column_count, sizeof *set->keys);
    set->runs = arena_array(arena, binder->column_count, sizeof *set->runs);
    for (uint32_t i = 0; i < binder->column_count && set->count < TAG_COLUMNS_MAX; i++) {
        uint32_t length = 0;
        const char *start = key_of(header_field(arena, scanner, i), prefixes, &length);
        if (start != NULL) {
            const char *key = arena_strndup(arena, start, length);
            if (options->key_enabled == NULL ||
                options->key_enabled(options->context, dimension, key)) {
                insert_key(set, key, i);
                add_to_runs(set, i);
            }
        }
    }
    set->cells = dictionary_new();
    arena_on_free(arena, free_dictionary, set->cells);
    arena_on_free(arena, free_object_table, set);
}

Binder *binder_new(Arena *arena, const CsvScanner *scanner, const FoldOptions *options,
                   Error *error)
{
    Binder *binder = arena_alloc(arena, sizeof *binder);
    binder->arena = arena;
    binder->sound = buffer_new(arena);
    binder->column_count = csv_field_count(scanner);
    binder->bound = arena_array(arena, binder->column_count + 1, sizeof *binder->bound);
    const FamilyColumn *missing = NULL;
    const ReportFamily *const *family = REPORT_FAMILIES;
    for (; *family != NULL; family++) {
        missing = bind_columns(binder, scanner, *family, options);
        if (missing == NULL) {
            break;
        }
    }
    if (*family == NULL) {
        error_set(error, ERROR_DATA,
                  "the first line is not the header of a report that is known: a column such as "
                  "%s is missing",
                  missing != NULL ? missing->name : "");
        return NULL;
    }
    bind_keys(binder, &binder->tags, FOLD_TAGS, binder->family->tag_prefixes, scanner, options);
    bind_keys(binder, &binder->categories, FOLD_COST_CATEGORY, binder->family->category_prefixes,
              scanner, options);
    return binder;
}

const ReportFamily *binder_family(const Binder *binder)
{
    return binder->family;
}

uint32_t binder_column_count(const Binder *binder)
{
    return binder->column_count;
}

static FoldText write_object(Binder *binder, const KeySet *set, const CsvRecord *record,
                             char *scratch)
{
    Buffer *text = buffer_new(binder->arena);
    JsonWriter json = json_writer(text);
    json_begin_object(&json);
    for (int i = 0; i < set->count; i++) {
        CsvField value = csv_value(csv_record_field(record, set->columns[i]), scratch);
        if (value.length > 0) {
            buffer_clear(binder->sound);
            append_sound(binder->sound, value.bytes, value.length);
            json_write_key(&json, set->keys[i]);
            json_write_string_length(&json, binder->sound->data, binder->sound->length);
        }
    }
    json_end(&json);
    return (FoldText){text->data, (uint32_t)text->length};
}

/* The cells as they stand, copied to `to`. Returns behind the last. */
static char *copy_cells(const KeySet *set, const CsvRecord *record, char *to)
{
    for (const Run *run = set->runs; run < set->runs + set->run_count; run++) {
        CsvField first = csv_record_field(record, run->first);
        CsvField last = csv_record_field(record, run->last);
        size_t length = (size_t)(last.bytes + last.length - first.bytes);
        memcpy(to, first.bytes, length);
        to += length;
        *to++ = ',';
    }
    return to;
}

/* The canonical object of this record's cells. `scratch` is overwritten. */
static FoldText read_keys(Binder *binder, KeySet *set, const CsvRecord *record, char *scratch)
{
    if (set->count == 0) {
        return (FoldText){"{}", 2};
    }
    uint32_t length = (uint32_t)(copy_cells(set, record, scratch) - scratch);
    uint32_t known = dictionary_count(set->cells);
    uint32_t cells = dictionary_add_raw(set->cells, scratch, length);
    if (cells == known) {
        if (cells >= set->object_capacity) {
            set->object_capacity = cells * 2 + 64;
            set->objects = realloc(set->objects, set->object_capacity * sizeof *set->objects);
            if (set->objects == NULL) {
                abort();
            }
        }
        set->objects[cells] = write_object(binder, set, record, scratch);
    }
    return set->objects[cells];
}

static bool read_day(Binder *binder, CsvField value, Day *day)
{
    if (value.length < DATE_LENGTH) {
        return day_parse(value.bytes, value.length, day);
    }
    unsigned slot = (unsigned)value.bytes[8] * 10 + (unsigned)value.bytes[9];
    KnownDay *known = &binder->days[slot % DAYS_KEPT];
    if (memcmp(known->text, value.bytes, DATE_LENGTH) != 0) {
        if (!day_parse(value.bytes, value.length, day)) {
            return false;
        }
        memcpy(known->text, value.bytes, DATE_LENGTH);
        known->day = *day;
    }
    *day = known->day;
    return true;
}

/* Real files write nothing, or the word None, where a number is not given. */
static bool read_amount(CsvField value, Decimal *amount)
{
    if (value.length == 0 || (value.length == 4 && memcmp(value.bytes, "None", 4) == 0)) {
        return true;
    }
    return decimal_parse(value.bytes, value.length, amount);
}

/* One bound cell into the line; the reason when it breaks it. */
static const char *read_cell(Binder *binder, const Bound *bound, CsvField value, FoldLine *line)
{
    switch (bound->role) {
    case COLUMN_DIMENSION:
        line->dimensions[bound->index] = (FoldText){value.bytes, value.length};
        return NULL;
    case COLUMN_MEASURE:
        decimal_parse(value.bytes, value.length, &line->measures[bound->index]);
        return NULL;
    case COLUMN_AMOUNT:
        return read_amount(value, &line->measures[bound->index]) ? NULL : "is not a number";
    case COLUMN_DAY:
        return read_day(binder, value, &line->day) ? NULL : "is not a date";
    case COLUMN_RESOURCE:
        line->resource = (FoldText){value.bytes, value.length};
        return NULL;
    }
    return NULL;
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

bool binder_read(Binder *binder, const CsvScanner *scanner, FoldLine *line, const char **column,
                 const char **reason)
{
    *column = "";
    const CsvRecord *record = csv_record(scanner);
    if (record->field_count != binder->column_count) {
        *reason = record->field_count < binder->column_count
                      ? "the line has fewer fields than the header"
                      : "the line has more fields than the header";
        return false;
    }
    char *scratch = room_for_record(binder, record);
    memset(line, 0, sizeof *line);
    for (int i = 0; i < binder->bound_count; i++) {
        const Bound *bound = &binder->bound[i];
        CsvField field = csv_record_field(record, bound->column);
        if (field.length == 0 && bound->role != COLUMN_DAY) {
            continue;
        }
        CsvField value = csv_value(field, scratch);
        scratch += value.bytes == scratch ? value.length : 0;
        *reason = read_cell(binder, bound, value, line);
        if (*reason != NULL) {
            *column = bound->name;
            return false;
        }
    }
    if (binder->tags.columns != NULL) {
        line->dimensions[FOLD_TAGS] = read_keys(binder, &binder->tags, record, scratch);
    }
    if (binder->categories.columns != NULL) {
        line->dimensions[FOLD_COST_CATEGORY] =
            read_keys(binder, &binder->categories, record, scratch);
    }
    line->dimensions[FOLD_RESOURCE] = line->resource;
    binder->family->apply_rules(line);
    return true;
}
