/* From a checked request to one SQL statement on the smallest table that can answer it. */
#ifndef KONTOR_REPORTS_PLANNER_H
#define KONTOR_REPORTS_PLANNER_H

#include "base/arena.h"
#include "cost_api/tenant_sql.h"
#include "reports/request.h"

/* The statement and its parameters. The columns of its rows, in order:
 *   bucket      the day, or the first day of the month
 *   rank        from 1; NULL for what is folded into "Others" and when nothing is ranked
 *   ranked      how many groups there are to rank, 0 when nothing is ranked
 *   current     does the row hold anything of the window? (else only of the one before)
 *   previous    the delta's amount in the window before
 *   unit        of the usage, or NULL
 *   sources     the uuids of the sources, as a PostgreSQL array; of parts the uuid of one
 *   groups …    one a group, '' for none, NULL when folded
 *   aliases …   one a group: its readable name, or NULL
 *   sums …      one each of the report type's
 *   details …   the same; NULL when folded */
typedef struct ReportPlan {
    const char *sql;
    const char **parameters;
    int parameter_count;
    int sum_count;
    int detail_count;
    bool parts; /* rows are parts: one a source, to be added up */
} ReportPlan;

enum {
    PLAN_BUCKET,
    PLAN_RANK,
    PLAN_RANKED,
    PLAN_CURRENT,
    PLAN_PREVIOUS,
    PLAN_UNIT,
    PLAN_SOURCES,
    PLAN_GROUPS,
};

/* Plans `request` on a tenant's tables. Everything belongs to `arena`. */
ReportPlan planner_plan(Arena *arena, const ReportRequest *request, const TenantSql *tables);

/* The table that `request` is answered from; for a caller who may read some accounts only
 * (`narrowed`) one that says whose its costs are. */
const ReportTable *planner_table(const ReportRequest *request, bool narrowed);

#endif
