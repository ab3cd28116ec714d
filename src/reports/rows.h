/* The rows of a report, as the database gave them and as they are answered. */
#ifndef KONTOR_REPORTS_ROWS_H
#define KONTOR_REPORTS_ROWS_H

#include "base/decimal.h"
#include "base/error.h"
#include "db/db.h"
#include "reports/planner.h"

/* One bucket × groups. Texts are never NULL but where it says so. */
typedef struct ReportRow {
    Day bucket;
    int64_t rank;         /* from 1; 0: not ranked */
    bool folded;          /* the sum of all groups that ranking leaves out */
    bool current;         /* it holds something of the window, not only of the one before */
    const char **groups;  /* "" where the rows have none; equal ones of all rows have one address */
    const char **aliases; /* the readable name of each group, or NULL */
    const char **details; /* as many as the report type has; NULL: none */
    Decimal *sums;
    Decimal previous;     /* the delta's amount in the window before */
    const char *unit;     /* of the usage, or NULL */
    const char **sources; /* equal ones have one address, too */
    int source_count;
    Decimal order;    /* what amount rows are ordered by; rank_arrange fills it */
    int64_t position; /* its place by order_by[date] */
    bool has_percent; /* rows are ordered by delta, and the row has a percentage */
    Decimal percent;
} ReportRow;

typedef struct ReportRows {
    ReportRow *rows;
    int count;
    int64_t ranked; /* groups there are to rank; 0: no ranking */
    /* Over all rows of the window, whatever ranking leaves out. */
    Decimal *total;
    Decimal previous_total; /* rank_arrange fills it */
    const char *unit;
} ReportRows;

/* Asks the statement of `plan` and adds up what it answers. */
bool rows_read(Db *db, Arena *arena, const ReportRequest *request, const ReportPlan *plan,
               ReportRows *rows, Error *error);

/* Adds `part`, a row of the same groups or one that is folded, to `row`. False when a sum leaves
 * the range. */
bool rows_add(Arena *arena, ReportRow *row, const ReportRow *part, int sum_count);

/* Adds the sources of `other` to those of `row`, each once, in their order. The list of `row` is
 * made anew in `arena` when it grows. */
void rows_add_sources(Arena *arena, ReportRow *row, const ReportRow *other);

/* The value of an amount: the sum of its sums. */
Decimal rows_amount(const Decimal *sums, unsigned mask);

/* What delta compares: the current amount of a row. */
Decimal rows_delta_amount(const ReportType *type, const Decimal *sums);

/* (current − previous) / previous × 100 as decimal text with at most 15 places, or NULL when
 * `previous` rounds to 0.00 (koku-api.md §2.8). */
const char *rows_delta_percent(Arena *arena, Decimal current, Decimal previous);

#endif
