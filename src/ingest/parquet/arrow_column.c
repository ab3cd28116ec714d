#include "ingest/parquet/arrow_column.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Arrow's format strings ("The Arrow C data interface", data type description). */
static const struct {
    const char *format;
    ArrowKind kind;
    int width;
    bool is_unsigned;
    int64_t per_day;
} FORMATS[] = {
    {"n", ARROW_NOTHING, 0, false, 0},
    {"b", ARROW_BOOLEAN, 0, false, 0},
    {"c", ARROW_INTEGER, 1, false, 0},
    {"C", ARROW_INTEGER, 1, true, 0},
    {"s", ARROW_INTEGER, 2, false, 0},
    {"S", ARROW_INTEGER, 2, true, 0},
    {"i", ARROW_INTEGER, 4, false, 0},
    {"I", ARROW_INTEGER, 4, true, 0},
    {"l", ARROW_INTEGER, 8, false, 0},
    {"L", ARROW_INTEGER, 8, true, 0},
    {"f", ARROW_FLOAT, 4, false, 0},
    {"g", ARROW_DOUBLE, 8, false, 0},
    {"u", ARROW_TEXT, 4, false, 0},
    {"z", ARROW_TEXT, 4, false, 0},
    {"U", ARROW_LONG_TEXT, 8, false, 0},
    {"Z", ARROW_LONG_TEXT, 8, false, 0},
    {"tdD", ARROW_TIMESTAMP, 4, false, 1},
    {"tdm", ARROW_TIMESTAMP, 8, false, 86400000},
    {"tss:", ARROW_TIMESTAMP, 8, false, 86400},
    {"tsm:", ARROW_TIMESTAMP, 8, false, 86400000},
    {"tsu:", ARROW_TIMESTAMP, 8, false, 86400000000},
    {"tsn:", ARROW_TIMESTAMP, 8, false, 86400000000000},
    {"+m", ARROW_MAP, 0, false, 0},
};

/* Timestamps have their zone behind the colon; what is stored is UTC in any case. */
static bool same_format(const char *format, const char *known)
{
    size_t length = strlen(known);
    return known[length - 1] == ':' ? strncmp(format, known, length) == 0
                                    : strcmp(format, known) == 0;
}

static void set_format(ArrowColumn *column, const char *format)
{
    int precision, bits = 128, end = 0;
    if (sscanf(format, "d:%d,%d%n", &precision, &column->scale, &end) == 2) {
        sscanf(format + end, ",%d", &bits);
        column->kind = bits == 128 ? ARROW_DECIMAL : ARROW_UNKNOWN;
        return;
    }
    for (size_t i = 0; i < sizeof FORMATS / sizeof *FORMATS; i++) {
        if (same_format(format, FORMATS[i].format)) {
            column->kind = FORMATS[i].kind;
            column->width = FORMATS[i].width;
            column->is_unsigned = FORMATS[i].is_unsigned;
            column->per_day = FORMATS[i].per_day;
        }
    }
}

ArrowColumn arrow_column_new(Arena *arena, const struct ArrowSchema *schema,
                             const ParquetModule *module)
{
    ArrowColumn column = {
        .kind = ARROW_UNKNOWN, .format = arena_strdup(arena, schema->format), .module = module};
    set_format(&column, schema->format);
    if (schema->dictionary != NULL) {
        column.inner = arena_alloc(arena, sizeof *column.inner);
        *column.inner = arrow_column_new(arena, schema->dictionary, module);
        bool texts = column.inner->kind == ARROW_TEXT || column.inner->kind == ARROW_LONG_TEXT;
        column.kind = texts && column.kind == ARROW_INTEGER ? ARROW_DICTIONARY : ARROW_UNKNOWN;
    } else if (column.kind == ARROW_MAP) {
        /* One child, a struct of keys and values. */
        const struct ArrowSchema *pairs = schema->n_children == 1 ? schema->children[0] : NULL;
        if (pairs == NULL || pairs->n_children != 2) {
            column.kind = ARROW_UNKNOWN;
            return column;
        }
        column.inner = arena_array(arena, 2, sizeof *column.inner);
        for (int i = 0; i < 2; i++) {
            column.inner[i] = arrow_column_new(arena, pairs->children[i], module);
            if (column.inner[i].kind == ARROW_MAP || column.inner[i].kind == ARROW_UNKNOWN) {
                column.kind = ARROW_UNKNOWN;
            }
        }
    }
    return column;
}

/* The integer of a column of integers, timestamps or indices. */
static int64_t integer_at(const ArrowColumn *column, int64_t row)
{
    int64_t at = column->offset + row;
    switch (column->width) {
    case 1:
        return column->is_unsigned ? (int64_t)((const uint8_t *)column->values)[at]
                                   : (int64_t)((const int8_t *)column->values)[at];
    case 2:
        return column->is_unsigned ? (int64_t)((const uint16_t *)column->values)[at]
                                   : (int64_t)((const int16_t *)column->values)[at];
    case 4:
        return column->is_unsigned ? (int64_t)((const uint32_t *)column->values)[at]
                                   : (int64_t)((const int32_t *)column->values)[at];
    default:
        return ((const int64_t *)column->values)[at];
    }
}

/* Are all indices those of texts in the dictionary? */
static bool indices_sound(const ArrowColumn *column, int64_t rows, int64_t texts)
{
    if (column->width == 4) { /* what Arrow's reader gives */
        const uint32_t *indices = (const uint32_t *)column->values + column->offset;
        uint32_t greatest = 0;
        for (int64_t row = 0; row < rows; row++) {
            greatest = indices[row] > greatest ? indices[row] : greatest;
        }
        if (greatest < texts) {
            return true;
        }
    }
    for (int64_t row = 0; row < rows; row++) {
        int64_t index = arrow_is_null(column, row) ? 0 : integer_at(column, row);
        if (index < 0 || (index >= texts && !arrow_is_null(column, row))) {
            return false;
        }
    }
    return true;
}

bool arrow_column_turn(ArrowColumn *column, const struct ArrowArray *array)
{
    bool sound = true;
    column->offset = array->offset;
    column->validity = array->null_count != 0 && array->n_buffers > 0 ? array->buffers[0] : NULL;
    column->values = array->n_buffers > 1 ? array->buffers[1] : NULL;
    column->bytes = array->n_buffers > 2 ? array->buffers[2] : NULL;
    if (column->kind == ARROW_DICTIONARY) {
        sound = arrow_column_turn(column->inner, array->dictionary) &&
                indices_sound(column, array->length, array->dictionary->length);
    } else if (column->kind == ARROW_MAP) {
        const struct ArrowArray *pairs = array->children[0];
        for (int i = 0; i < 2; i++) {
            sound = arrow_column_turn(&column->inner[i], pairs->children[i]) && sound;
            column->inner[i].offset += pairs->offset;
        }
    }
    return sound;
}

ArrowText arrow_written(const ArrowColumn *column, int64_t row, char scratch[PARQUET_NUMBER_SIZE])
{
    if (arrow_is_null(column, row)) {
        return (ArrowText){NULL, 0};
    }
    int64_t at = column->offset + row;
    size_t length = 0;
    switch (column->kind) {
    case ARROW_DICTIONARY:
        return arrow_text_at(column->inner, integer_at(column, row));
    case ARROW_INTEGER:
        length =
            (size_t)snprintf(scratch, PARQUET_NUMBER_SIZE, column->is_unsigned ? "%llu" : "%lld",
                             (long long)integer_at(column, row));
        break;
    case ARROW_DOUBLE:
        length = column->module->write_double(((const double *)column->values)[at], scratch);
        break;
    case ARROW_FLOAT:
        length = column->module->write_float(((const float *)column->values)[at], scratch);
        break;
    case ARROW_BOOLEAN: {
        bool set = ((const uint8_t *)column->values)[at / 8] >> (at % 8) & 1;
        return (ArrowText){set ? "true" : "false", set ? 4 : 5};
    }
    default:
        break;
    }
    return (ArrowText){scratch, (uint32_t)length};
}

/* Nearly all doubles of a report are a number of at most 15 digits with up to ten places. There is
 * only one such number that is read as this double. */
static bool decimal_of_double(const ArrowColumn *column, double number, Decimal *value)
{
    static const double TEN_PLACES = 1e10, FIFTEEN_DIGITS = 1e15;
    double scaled = number * TEN_PLACES;
    if (fabs(scaled) < FIFTEEN_DIGITS) {
        long long whole = llrint(scaled);
        if ((double)whole / TEN_PLACES == number) {
            *value = (Decimal)whole * 100000;
            return true;
        }
    }
    char text[PARQUET_NUMBER_SIZE];
    return decimal_parse(text, column->module->write_double(number, text), value);
}

bool arrow_decimal(const ArrowColumn *column, int64_t row, Decimal *value)
{
    int64_t at = column->offset + row;
    char text[PARQUET_NUMBER_SIZE];
    switch (column->kind) {
    case ARROW_DOUBLE:
        return decimal_of_double(column, ((const double *)column->values)[at], value);
    case ARROW_FLOAT:
        return decimal_parse(
            text, column->module->write_float(((const float *)column->values)[at], text), value);
    case ARROW_DECIMAL: {
        __int128 number;
        memcpy(&number, (const char *)column->values + at * (int64_t)sizeof number, sizeof number);
        return decimal_of_scaled(number, column->scale, value);
    }
    case ARROW_INTEGER:
        return decimal_of_scaled(column->is_unsigned ? (__int128)(uint64_t)integer_at(column, row)
                                                     : (__int128)integer_at(column, row),
                                 0, value);
    default:
        return false;
    }
}

bool arrow_day(const ArrowColumn *column, int64_t row, Day *day)
{
    if (column->kind != ARROW_TIMESTAMP || arrow_is_null(column, row)) {
        return false;
    }
    int64_t stamp = integer_at(column, row);
    int64_t days = stamp / column->per_day - (stamp % column->per_day < 0);
    if (days < day_from_civil(1, 1, 1) || days > day_from_civil(9999, 12, 31)) {
        return false;
    }
    *day = (Day)days;
    return true;
}

void arrow_entries(const ArrowColumn *column, int64_t row, int64_t *first, int64_t *end)
{
    const int32_t *offsets = column->values;
    *first = *end = 0;
    if (!arrow_is_null(column, row)) {
        *first = offsets[column->offset + row];
        *end = offsets[column->offset + row + 1];
    }
}
