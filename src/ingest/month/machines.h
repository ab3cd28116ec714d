/* The table of machines: one row a machine and month, from the fold of their lines. */
#ifndef KONTOR_INGEST_MONTH_MACHINES_H
#define KONTOR_INGEST_MONTH_MACHINES_H

#include "ingest/job_run.h"
#include "ingest/month/rows.h"

/* What the lines of machines are grouped by (fold_instances). */
extern const FoldDimension MACHINE_DIMENSIONS[];
extern const int MACHINE_DIMENSION_COUNT;

/* Fills the table of a bill. Inside the transaction that replaces it; the search path names the
 * tenant's schema. The groups, of which a machine may have several, come together in a temporary
 * table. */
bool machines_fill(JobRun *run, const MonthContext *context, const char *bill, Fold *fold,
                   Error *error);

#endif
