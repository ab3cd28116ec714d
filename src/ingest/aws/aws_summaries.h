/* The summary tables of AWS, derived from a month's staged groups: SQL as data.
 *
 * The statements run in one transaction with the tenant's schema in the search path. kontor_staging
 * (ingest/staging.h) holds one row a group: day × account × product × … (masu.md §C.2), and
 * kontor_instances the lines of machines by machine. */
#ifndef KONTOR_INGEST_AWS_AWS_SUMMARIES_H
#define KONTOR_INGEST_AWS_AWS_SUMMARIES_H

/* Tables that hold rows of a bill (cost_entry_bill_id), which a replacement deletes first;
 * NULL-terminated. */
extern const char *const AWS_BILL_TABLES[];

/* Fills them; $1 is the bill, $2 the provider. NULL-terminated, in order. */
extern const char *const AWS_SUMMARY_STATEMENTS[];

/* Fills the tables of tag and cost category values; $1 is the bill. NULL-terminated. */
extern const char *const AWS_VALUES_STATEMENTS[];

#endif
