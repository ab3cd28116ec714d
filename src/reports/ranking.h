/* Which groups of a report are among the first. */
#ifndef KONTOR_REPORTS_RANKING_H
#define KONTOR_REPORTS_RANKING_H

#include "reports/rows.h"

/* Ranks the groups that have something in the window, by what they have in all of it, and counts
 * them in rows->ranked. Rows of those that the request keeps get their rank; the others become one
 * row a bucket that is folded (koku-api.md §2.7). Nothing happens where nothing is to be ranked. */
void ranking_apply(Arena *arena, const ReportRequest *request, ReportRows *rows);

#endif
