/* Columns in Arrow's layout, cell by cell: for the files of this folder and the fold. */
#ifndef KONTOR_INGEST_PARQUET_ARROW_COLUMN_H
#define KONTOR_INGEST_PARQUET_ARROW_COLUMN_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/date.h"
#include "base/decimal.h"
#include "base/error.h"
#include "ingest/parquet/parquet_module.h"

typedef enum ArrowKind {
    /* The first three are of text. */
    ARROW_TEXT,       /* 32-bit offsets */
    ARROW_LONG_TEXT,  /* 64-bit offsets */
    ARROW_DICTIONARY, /* of texts */
    ARROW_INTEGER,
    ARROW_DOUBLE,
    ARROW_FLOAT,
    ARROW_DECIMAL, /* 128 bits */
    ARROW_BOOLEAN,
    ARROW_TIMESTAMP, /* and dates: `per_day` of them are a day */
    ARROW_MAP,
    ARROW_NOTHING, /* a column of nulls */
    ARROW_UNKNOWN, /* a type that is not read */
} ArrowKind;

/* A column of the current batch. */
typedef struct ArrowColumn {
    ArrowKind kind;
    const char *format; /* of the schema, for messages */
    int width;          /* bytes of an integer, a timestamp, or a dictionary's index */
    bool is_unsigned;
    int scale;       /* of a decimal */
    int64_t per_day; /* of a timestamp */
    const ParquetModule *module;
    struct ArrowColumn *inner; /* of a dictionary its texts, of a map keys and values */
    int64_t offset;
    const uint8_t *validity; /* NULL: nothing is null */
    const void *values;      /* of texts: the offsets */
    const char *bytes;       /* of texts */
} ArrowColumn;

/* A text, not NUL-terminated. */
typedef struct ArrowText {
    const char *bytes;
    uint32_t length;
} ArrowText;

/* What a column of this schema is; kind ARROW_UNKNOWN when it is not read. Lives in `arena`. */
ArrowColumn arrow_column_new(Arena *arena, const struct ArrowSchema *schema,
                             const ParquetModule *module);

/* Turns to the column's data of the next batch; false when it is damaged. */
bool arrow_column_turn(ArrowColumn *column, const struct ArrowArray *array);

static inline bool arrow_is_null(const ArrowColumn *column, int64_t row)
{
    int64_t at = column->offset + row;
    return column->kind == ARROW_NOTHING ||
           (column->validity != NULL && (column->validity[at / 8] >> (at % 8) & 1) == 0);
}

/* Is a cell one of text? Such numbers and dates are read as in a csv file. */
static inline bool arrow_is_text(const ArrowColumn *column)
{
    return column->kind <= ARROW_DICTIONARY;
}

/* A cell of a column of texts, not null. */
static inline ArrowText arrow_text_at(const ArrowColumn *column, int64_t row)
{
    int64_t at = column->offset + row, start, end;
    if (column->kind == ARROW_TEXT) {
        start = ((const int32_t *)column->values)[at];
        end = ((const int32_t *)column->values)[at + 1];
    } else {
        start = ((const int64_t *)column->values)[at];
        end = ((const int64_t *)column->values)[at + 1];
    }
    return (ArrowText){column->bytes + start, (uint32_t)(end - start)};
}

/* The same of any other column, by arrow_text. */
ArrowText arrow_written(const ArrowColumn *column, int64_t row, char scratch[PARQUET_NUMBER_SIZE]);

/* A cell as text: its own, valid until the next batch, or of a number or boolean its digits,
 * written to `scratch`. Nothing for null. */
static inline ArrowText arrow_text(const ArrowColumn *column, int64_t row, char *scratch)
{
    if (arrow_is_null(column, row)) {
        return (ArrowText){NULL, 0};
    }
    if (column->kind == ARROW_DICTIONARY && column->width == 4) {
        return arrow_text_at(column->inner,
                             ((const int32_t *)column->values)[column->offset + row]);
    }
    return column->kind == ARROW_TEXT || column->kind == ARROW_LONG_TEXT
               ? arrow_text_at(column, row)
               : arrow_written(column, row, scratch);
}

/* A number, exactly; of a double the shortest decimal that means it. False when it is none (NaN),
 * out of range, or no column of numbers. Not to be asked for null. */
bool arrow_decimal(const ArrowColumn *column, int64_t row, Decimal *value);

/* The UTC day of a timestamp or date; false when it is null or no such column. */
bool arrow_day(const ArrowColumn *column, int64_t row, Day *day);

/* Where the entries of a map's cell are in its keys (inner[0]) and values (inner[1]). */
void arrow_entries(const ArrowColumn *column, int64_t row, int64_t *first, int64_t *end);

#endif
