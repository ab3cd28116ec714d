/* The rows of an answer: which there are, how the left-out ones are called, and in what order they
 * stand (koku-api.md §2.6, §2.7). */
#ifndef KONTOR_REPORTS_RANK_H
#define KONTOR_REPORTS_RANK_H

#include "reports/rows.h"

/* Leaves in `rows` what is shown, in order: buckets ascending, and in each the rows as the request
 * orders them. With ranking, every kept group has a row in every bucket that has data, and what is
 * left out is one row "Others" ("Other" for a single group) unless filter[offset] was given. */
void rank_arrange(Arena *arena, const ReportRequest *request, ReportRows *rows);

/* What a row is called in a group: "No-region" where it has none. */
const char *rank_group_name(Arena *arena, const ReportGroup *group, const ReportRow *row,
                            int index);

#endif
