/* A month's groups as rows of its daily summary. */
#ifndef KONTOR_INGEST_MONTH_ROWS_H
#define KONTOR_INGEST_MONTH_ROWS_H

#include "db/copy.h"
#include "ingest/fold/dictionary.h"
#include "ingest/month/summary_table.h"
#include "ingest/month/tag_map.h"

/* What the groups of a month are grouped by. */
extern const FoldDimension MONTH_DIMENSIONS[];
extern const int MONTH_DIMENSION_COUNT;

/* What all groups of a month have together. */
typedef struct MonthFacts {
    Dictionary *accounts; /* as columns hold them */
    bool nameless;        /* is one of them ""? The dictionary has it in any case */
    const char *payer;    /* the greatest; NULL: none is told */
    Day *months;          /* first days of those that the groups are of */
    int month_count;
} MonthFacts;

/* Looks at all groups. The facts are freed with `arena`. */
bool month_facts(Fold *fold, Arena *arena, MonthFacts *facts, Error *error);

/* What makes rows of groups. */
typedef struct MonthContext {
    const char *provider_uuid;
    int64_t bill;
    bool fresh;         /* the bill is new: there are no rows of it */
    const char *former; /* when the bill's rows were last filled; NULL: never */
    MonthFacts *facts;
    const int32_t *aliases; /* ids, by the numbers of facts->accounts */
    Decimal markup;         /* the share, 0.1 for 10 %; 0: none */
    TagMap *tag_map;
} MonthContext;

/* A row of the daily summary. */
typedef struct MonthRow {
    const FoldGroup *group;
    FoldText texts[FOLD_DIMENSION_COUNT]; /* cut to what columns hold; tags as they are read */
    uint32_t account;                     /* its number in facts->accounts */
    Decimal amounts[SUMMARY_AMOUNTS];     /* costs, then markups */
} MonthRow;

/* Each markup is rounded by itself, so that all tables that sum rows tell the same to the last
 * place. False, with ERROR_DATA, when one is out of range. */
bool month_row_make(const MonthContext *context, const FoldGroup *group, MonthRow *row,
                    Error *error);

/* What a row holds but its id, as two sums that another row hardly has. */
typedef struct RowDigest {
    uint64_t high, low;
    uint32_t rows; /* that were added up */
} RowDigest;

RowDigest month_row_digest(const MonthContext *context, const MonthRow *row, Buffer *scratch);

/* "COPY table (columns) FROM STDIN …" of rows, `marked` when markups are among them (otherwise
 * these are the columns' default, 0), and a row of it. */
const char *month_rows_copy_sql(Arena *arena, const char *table, bool marked);
void month_row_copy(const MonthContext *context, const MonthRow *row, DbCopy *copy, Arena *scratch);

/* The parts that rows of all summary tables are made of. */
void copy_text_field(DbCopy *copy, FoldText text, bool required);
void copy_object_field(DbCopy *copy, FoldText text);
void copy_texts_field(DbCopy *copy, const FoldText *texts, uint32_t count, Arena *scratch);

#endif
