/* The summary tables of AWS, derived from a month's staged groups: SQL as data.
 *
 * The statements run in one transaction with the tenant's schema in the search path. kontor_staging
 * (ingest/staging.h) holds one row a group: day × account × product × … (masu.md §C.2), and
 * kontor_instances the lines of machines by machine. */
#ifndef KONTOR_INGEST_AWS_AWS_SUMMARIES_H
#define KONTOR_INGEST_AWS_AWS_SUMMARIES_H

/* Tables that hold rows of a bill (cost_entry_bill_id), which a replacement deletes first, each
 * list NULL-terminated: those that hold what was folded, those that sum the daily summary, and
 * those of the values of tags and cost categories. */
extern const char *const AWS_OWN_TABLES[];
extern const char *const AWS_DERIVED_TABLES[];
extern const char *const AWS_VALUES_TABLES[];

/* Fill them, in this order; $1 is the bill, $2 the provider. NULL-terminated. */
extern const char *const AWS_OWN_STATEMENTS[];
extern const char *const AWS_DERIVED_STATEMENTS[];

/* Fills the tables of values; $1 is the bill. NULL-terminated. */
extern const char *const AWS_VALUES_STATEMENTS[];

#endif
