/* From a checked request to one SQL statement on the smallest table that can answer it. */
#ifndef KONTOR_REPORTS_PLANNER_H
#define KONTOR_REPORTS_PLANNER_H

#include "base/arena.h"
#include "cost_api/tenant_sql.h"
#include "reports/request.h"

/* Where the cells of one kind stand in a row; -1: rows have none. */
typedef int PlanColumn;

/* The statement, its parameters, and the columns of its rows. */
typedef struct ReportPlan {
    const char *sql;
    const char **parameters;
    int parameter_count;
    bool parts;        /* rows are parts of those of the answer, to be added up; else each is one */
    PlanColumn bucket; /* the day, or the first day of the month */
    PlanColumn current;  /* is it of the window? (else only of the one before) */
    PlanColumn previous; /* the delta's amount in the window before */
    PlanColumn unit;     /* of the usage, or NULL */
    PlanColumn source; /* the uuid of the source; without parts all of them, as text of an array */
    PlanColumn groups; /* the first of them: one a group, '' for none */
    PlanColumn aliases[REPORT_GROUPS_MAX]; /* a group's readable name, or NULL */
    PlanColumn sums;                       /* the first of them: one each of the report type's */
    PlanColumn details;                    /* the same */
    int sum_count;
    int detail_count;
} ReportPlan;

/* Plans `request` on a tenant's tables. Everything belongs to `arena`. */
ReportPlan planner_plan(Arena *arena, const ReportRequest *request, const TenantSql *tables);

/* The table that `request` is answered from; for a caller who may read some accounts only
 * (`narrowed`) one that says whose its costs are. */
const ReportTable *planner_table(const ReportRequest *request, bool narrowed);

#endif
