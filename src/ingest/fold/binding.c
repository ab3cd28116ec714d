#include "ingest/fold/binding.h"

#include <ctype.h>
#include <string.h>

enum { NAME_SIZE = 256, ROWS_MAX = 96, TAG_COLUMNS_MAX = 4096 };

/* A header, its names normalised too. */
typedef struct Header {
    const FoldText *names;
    const char **normalised;
    uint32_t count;
} Header;

/* Lower case, letters and digits only. */
static void normalise(const char *text, size_t length, char name[NAME_SIZE])
{
    size_t kept = 0;
    for (size_t i = 0; i < length && kept + 1 < NAME_SIZE; i++) {
        if (isalnum((unsigned char)text[i])) {
            name[kept++] = (char)tolower((unsigned char)text[i]);
        }
    }
    name[kept] = '\0';
}

static bool same_name(const char *normalised, const char *name)
{
    char other[NAME_SIZE];
    normalise(name, strlen(name), other);
    return strcmp(normalised, other) == 0;
}

/* Where a column of the header stands; one that comes twice is read where it first stands. */
static bool find_column(const Header *header, const char *name, uint32_t *column)
{
    char wanted[NAME_SIZE];
    normalise(name, strlen(name), wanted);
    for (uint32_t i = 0; i < header->count; i++) {
        if (strcmp(header->normalised[i], wanted) == 0) {
            *column = i;
            return true;
        }
    }
    return false;
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

static bool is_measure(ColumnRole role)
{
    return role == COLUMN_MEASURE || role == COLUMN_AMOUNT;
}

/* A currency is kept of every group, grouped by or not. */
static bool is_read(const ReportFamily *family, const FamilyColumn *column,
                    const FoldOptions *options)
{
    if (is_measure(column->role)) {
        return options->measures == 0 ||
               ((options->measures | family->rule_measures) >> column->index & 1) != 0;
    }
    if (column->role == COLUMN_RESOURCE) {
        return options->resources || options->instance_dimension_count > 0 ||
               grouped_by(options, FOLD_RESOURCE);
    }
    return column->role != COLUMN_DIMENSION || column->index == FOLD_CURRENCY ||
           (family->rule_dimensions >> column->index & 1) != 0 ||
           grouped_by(options, column->index);
}

/* Do two rows of the table give the same? */
static bool same_target(const FamilyColumn *one, const FamilyColumn *two)
{
    return one->index == two->index &&
           (one->role == two->role || (is_measure(one->role) && is_measure(two->role)));
}

/* For each row of the family's table its column in the header, or -1. Of alternatives only the
 * first is there. */
static void find_rows(const Header *header, const ReportFamily *family, int64_t rows[ROWS_MAX])
{
    for (int i = 0; family->columns[i].name != NULL && i < ROWS_MAX; i++) {
        uint32_t column;
        rows[i] = -1;
        bool there = find_column(header, family->columns[i].name, &column);
        for (int j = 0; there && j < i; j++) {
            there = rows[j] < 0 || !same_target(&family->columns[i], &family->columns[j]);
        }
        if (there) {
            rows[i] = column;
        }
    }
}

/* The first thing that is required and missing, or NULL; how many are there. */
static const FamilyColumn *find_missing(const ReportFamily *family, const int64_t rows[ROWS_MAX],
                                        int *there)
{
    const FamilyColumn *missing = NULL;
    *there = 0;
    for (int i = 0; family->columns[i].name != NULL; i++) {
        bool found = false;
        for (int j = 0; family->columns[j].name != NULL && !found; j++) {
            found = rows[j] >= 0 && same_target(&family->columns[i], &family->columns[j]);
        }
        *there += family->columns[i].required && found;
        if (family->columns[i].required && !found && missing == NULL) {
            missing = &family->columns[i];
        }
    }
    return missing;
}

static BoundMap *map_of(Arena *arena, Binding *binding, const Header *header, uint32_t column)
{
    for (int i = 0; i < binding->map_count; i++) {
        if (binding->maps[i].column == column) {
            return &binding->maps[i];
        }
    }
    BoundMap *map = &binding->maps[binding->map_count++];
    FoldText name = header->names[column];
    *map = (BoundMap){.column = column, .name = arena_strndup(arena, name.bytes, name.length)};
    map->members = arena_array(arena, ROWS_MAX, sizeof *map->members);
    return map;
}

static void bind_columns(Arena *arena, Binding *binding, const Header *header,
                         const int64_t rows[ROWS_MAX], const FoldOptions *options)
{
    const FamilyColumn *columns = binding->family->columns;
    for (int i = 0; columns[i].name != NULL; i++) {
        const FamilyColumn *row = &columns[i];
        if (rows[i] < 0 || !is_read(binding->family, row, options)) {
            continue;
        }
        uint32_t column = (uint32_t)rows[i];
        FoldText name = header->names[column];
        BoundColumn bound = {column, row->role, row->index, row->key};
        if (row->key != NULL) {
            BoundMap *map = map_of(arena, binding, header, column);
            map->members[map->member_count++] = bound;
        } else {
            bound.name = arena_strndup(arena, name.bytes, name.length);
            binding->columns[binding->count++] = bound;
        }
    }
}

/* Does a column of the header give keys of the dimension? *key: the one that it is, no bytes when
 * it is a map. */
static bool gives_keys(const ReportFamily *family, FoldDimension dimension, const Header *header,
                       uint32_t column, FoldText *key)
{
    FoldText name = header->names[column];
    *key = (FoldText){NULL, 0};
    for (const FamilyKeys *row = family->keys; row->prefix != NULL; row++) {
        size_t prefix = strlen(row->prefix);
        bool wanted = row->dimension == dimension && !row->left_out;
        if (row->map != NULL && wanted && same_name(header->normalised[column], row->map)) {
            return true;
        }
        if (row->map == NULL && name.length > prefix &&
            memcmp(name.bytes, row->prefix, prefix) == 0) {
            *key = (FoldText){name.bytes + prefix, name.length - (uint32_t)prefix};
            return wanted;
        }
    }
    return false;
}

static void bind_keys(Arena *arena, Binding *binding, int set, const Header *header,
                      const FoldOptions *options)
{
    FoldDimension dimension = bound_dimension(set);
    binding->keys_used[set] = grouped_by(options, dimension);
    if (!binding->keys_used[set]) {
        return;
    }
    BoundKey *keys = arena_array(arena, header->count, sizeof *keys);
    binding->keys[set] = keys;
    for (uint32_t i = 0; i < header->count && binding->key_count[set] < TAG_COLUMNS_MAX; i++) {
        FoldText given;
        if (!gives_keys(binding->family, dimension, header, i, &given)) {
            continue;
        }
        const char *key =
            given.bytes != NULL ? arena_strndup(arena, given.bytes, given.length) : NULL;
        if (key != NULL && options->key_enabled != NULL &&
            !options->key_enabled(options->context, dimension, key)) {
            continue;
        }
        FoldText name = header->names[i];
        keys[binding->key_count[set]++] =
            (BoundKey){i, arena_strndup(arena, name.bytes, name.length), key};
    }
}

const char *binding_map_key(const ReportFamily *family, FoldDimension dimension, const char *column,
                            const char *raw)
{
    char normalised[NAME_SIZE];
    normalise(column, strlen(column), normalised);
    for (const FamilyKeys *row = family->keys; row->prefix != NULL; row++) {
        size_t prefix = strlen(row->prefix);
        if (row->map != NULL && same_name(normalised, row->map) &&
            strncmp(raw, row->prefix, prefix) == 0 && raw[prefix] != '\0') {
            return !row->left_out && row->dimension == dimension ? raw + prefix : NULL;
        }
    }
    return NULL;
}

static bool no_family(const ReportFamily *nearest, const FamilyColumn *missing, Error *error)
{
    if (nearest == NULL) {
        return error_set(error, ERROR_DATA,
                         "the first line is not the header of a report that is known: none of the "
                         "columns that are needed is there, such as %s",
                         REPORT_FAMILIES[0]->columns[0].name);
    }
    return error_set(error, ERROR_DATA,
                     "the first line is not the header of a report that is known: for one of %s, "
                     "the column %s is missing",
                     nearest->name, missing->name);
}

bool binding_find(Arena *arena, const FoldText *names, uint32_t count, const FoldOptions *options,
                  Binding *binding, Error *error)
{
    Header header = {.names = names, .count = count};
    header.normalised = arena_array(arena, count + 1, sizeof *header.normalised);
    for (uint32_t i = 0; i < count; i++) {
        char name[NAME_SIZE];
        normalise(names[i].bytes, names[i].length, name);
        header.normalised[i] = arena_strdup(arena, name);
    }
    *binding = (Binding){.column_count = count};
    const ReportFamily *nearest = NULL;
    const FamilyColumn *missing = NULL;
    int most = 0;
    for (const ReportFamily *const *family = REPORT_FAMILIES; *family != NULL; family++) {
        int64_t rows[ROWS_MAX];
        int there;
        find_rows(&header, *family, rows);
        const FamilyColumn *lacks = find_missing(*family, rows, &there);
        if (lacks == NULL) {
            binding->family = *family;
            binding->columns = arena_array(arena, ROWS_MAX, sizeof *binding->columns);
            binding->maps = arena_array(arena, ROWS_MAX, sizeof *binding->maps);
            bind_columns(arena, binding, &header, rows, options);
            bind_keys(arena, binding, BOUND_TAGS, &header, options);
            bind_keys(arena, binding, BOUND_CATEGORIES, &header, options);
            return true;
        }
        if (there > most) {
            most = there;
            nearest = *family;
            missing = lacks;
        }
    }
    return no_family(nearest, missing, error);
}
