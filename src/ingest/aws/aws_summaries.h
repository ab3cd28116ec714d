/* The summary tables of AWS, as data (masu.md §C.2). */
#ifndef KONTOR_INGEST_AWS_AWS_SUMMARIES_H
#define KONTOR_INGEST_AWS_AWS_SUMMARIES_H

#include "ingest/month/summary_table.h"

#define AWS_DAILY_SUMMARY "reporting_awscostentrylineitem_daily_summary"
#define AWS_MACHINES "reporting_awscostentrylineitem_summary_by_ec2_compute_p"

/* Tables that hold rows of a bill (cost_entry_bill_id), which a replacement deletes first: those
 * that hold what was folded, NULL-terminated; */
extern const char *const AWS_OWN_TABLES[];
/* those that sum the daily summary, up to one without a name; */
extern const SummaryTable AWS_DERIVED_TABLES[];
/* and those of the values of tags and cost categories, as well. */
extern const SummaryValues AWS_VALUES_TABLES[];

/* Fills AWS_MACHINES from the temporary table kontor_machines (ingest/machines.h); $1 is the bill,
 * $2 the provider, $3 the share of the markup. */
extern const char AWS_MACHINES_STATEMENT[];

#endif
