/* Where the row of a bucket and of groups is, among many. */
#ifndef KONTOR_REPORTS_ROW_INDEX_H
#define KONTOR_REPORTS_ROW_INDEX_H

#include "reports/rows.h"

typedef struct RowIndex RowIndex;

/* An empty index in `arena` of rows with `group_count` groups; rows are told apart by their
 * buckets, too, where `by_bucket` says so. Equal groups have one address. */
RowIndex *row_index_new(Arena *arena, int group_count, bool by_bucket);

/* The number, in `rows`, of the row that has the bucket and the groups of `like`; when there is
 * none yet, the next number, which is then `like`'s. */
int row_index_find(RowIndex *index, const ReportRow *rows, const ReportRow *like);

/* How many numbers were given. */
int row_index_count(const RowIndex *index);

#endif
