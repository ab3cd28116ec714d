/* A report's rows as the body of the answer. */
#ifndef KONTOR_REPORTS_ANSWER_H
#define KONTOR_REPORTS_ANSWER_H

#include "base/buffer.h"
#include "base/json.h"
#include "cost_api/pages.h"
#include "reports/rows.h"

/* Writes {"meta", "links", "data"}, the rows nested by date and groups (koku-api.md §3). `rows`
 * are arranged; `path` and `query` are the request's, for the links. */
void answer_json(Arena *arena, const ReportRequest *request, ReportRows *rows, const char *path,
                 const char *query, Buffer *body);

/* Writes the rows as CSV, newest date first, columns by their names (koku-api.md §3.5). Nothing at
 * all when there are no rows. */
void answer_csv(Arena *arena, const ReportRequest *request, ReportRows *rows, Buffer *body);

/* The page of a list whose parameters are those of reports: at most REPORT_PAGE_MOST entries. */
Page answer_list_page(const ReportRequest *request, int64_t count);

/* Writes the list's member "meta": its page, with the limit as it was asked for, and the
 * parameters as they were understood. */
void answer_list_meta(JsonWriter *json, Arena *arena, const ReportRequest *request,
                      const Page *page);

/* The name of a group inside a row: the key of a tag, with its prefix where the row has a field
 * of that name anyway. */
const char *answer_group_name(Arena *arena, const ReportType *type, const ReportGroup *group);

/* One part of what a unit is divided into: 0 its kind, 1 its id, 2 its name. */
const char *answer_entity_part(Arena *arena, const char *entity, int part);

/* The readable name that goes with a group ("account_alias"), or NULL. */
const ReportAlias *answer_group_alias(const ReportType *type, const ReportGroup *group);

#endif
