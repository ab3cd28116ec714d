/* A cell's text into a line. */
#ifndef KONTOR_INGEST_FOLD_CELLS_H
#define KONTOR_INGEST_FOLD_CELLS_H

#include <string.h>

#include "ingest/fold/binding.h"

enum { CELL_DATE_LENGTH = 10, CELL_DAYS_KEPT = 64 };

/* Days as they are written at the start of a cell, by the last two characters: a report has few.
 * All zero at first. */
typedef struct CellDays {
    struct {
        char text[CELL_DATE_LENGTH];
        Day day;
    } known[CELL_DAYS_KEPT];
} CellDays;

static inline bool cell_day(CellDays *days, FoldText value, Day *day)
{
    if (value.length < CELL_DATE_LENGTH) {
        return day_parse(value.bytes, value.length, day);
    }
    unsigned slot = (unsigned)value.bytes[8] * 10 + (unsigned)value.bytes[9];
    __typeof__(days->known[0]) *known = &days->known[slot % CELL_DAYS_KEPT];
    if (memcmp(known->text, value.bytes, CELL_DATE_LENGTH) != 0) {
        if (!day_parse(value.bytes, value.length, day)) {
            return false;
        }
        memcpy(known->text, value.bytes, CELL_DATE_LENGTH);
        known->day = *day;
    }
    *day = known->day;
    return true;
}

/* Real files write nothing, or the word None, where a number is not given. */
static inline bool cell_amount(FoldText value, Decimal *amount)
{
    if (value.length == 0 || (value.length == 4 && memcmp(value.bytes, "None", 4) == 0)) {
        return true;
    }
    return decimal_parse(value.bytes, value.length, amount);
}

/* What a bound cell gives to the line; the reason when it breaks it, else NULL. */
static inline const char *cell_read(CellDays *days, const BoundColumn *bound, FoldText value,
                                    FoldLine *line)
{
    switch (bound->role) {
    case COLUMN_DIMENSION:
        line->dimensions[bound->index] = value;
        return NULL;
    case COLUMN_MEASURE:
        decimal_parse(value.bytes, value.length, &line->measures[bound->index]);
        return NULL;
    case COLUMN_AMOUNT:
        return cell_amount(value, &line->measures[bound->index]) ? NULL : "is not a number";
    case COLUMN_DAY:
        return cell_day(days, value, &line->day) ? NULL : "is not a date";
    case COLUMN_RESOURCE:
        line->resource = value;
        return NULL;
    }
    return NULL;
}

#endif
