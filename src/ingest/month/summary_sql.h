/* A bill's summary tables by SQL: emptied, and summed up anew from a daily summary that is there
 * already. All inside a transaction, with the tenant's schema in the search path. */
#ifndef KONTOR_INGEST_MONTH_SUMMARY_SQL_H
#define KONTOR_INGEST_MONTH_SUMMARY_SQL_H

#include "ingest/job_run.h"
#include "ingest/month/summary_table.h"

/* Deletes the bill's rows of all tables, or of those that are derived from the daily summary. */
bool summaries_remove(JobRun *run, const char *bill, Error *error);
bool summaries_remove_derived(JobRun *run, const char *bill, Error *error);

/* Deletes the bill's rows of some days (an array for SQL), and those of the tables that have a row
 * a month. */
bool summaries_remove_days(JobRun *run, const char *bill, const char *days, Error *error);

/* The bill's rows are not what its days' digests say (ingest/month/days.h): forgets these. */
bool summaries_forget_days(JobRun *run, const char *bill, Error *error);

/* Fills the derived tables of a bill, and the tables of values. */
bool summaries_derive(JobRun *run, const char *provider_uuid, const char *bill, Error *error);
bool summaries_list_values(JobRun *run, const char *bill, Error *error);

#endif
