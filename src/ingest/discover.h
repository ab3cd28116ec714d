/* Which months of cost reports a bucket holds, and which files each is made of. */
#ifndef KONTOR_INGEST_DISCOVER_H
#define KONTOR_INGEST_DISCOVER_H

#include "base/arena.h"
#include "base/date.h"
#include "base/error.h"
#include "net/storage.h"

typedef struct ReportFile {
    const char *key;
    const char *etag;
    uint64_t size; /* bytes as stored */
} ReportFile;

/* One month as the bucket has it now. */
typedef struct ReportMonth {
    Day month; /* its first day */
    const char *report_name;
    const char *assembly_id;
    const char *manifest_key; /* NULL: bare files */
    Timestamp exported;       /* when the newest of its objects was written */
    ReportFile *files;        /* sorted by key */
    int file_count;
    uint64_t bytes;
    /* Why it cannot be ingested as it is (a file of the manifest is not there yet, the manifest
     * cannot be read …); NULL when it can. */
    const char *problem;
} ReportMonth;

/* Where to look. */
typedef struct DiscoverScope {
    const char *prefix;      /* "" for none; slashes round it don't matter */
    const char *report_name; /* "": the only report there is */
    const Day *months;       /* first days; NULL: all months */
    int month_count;
} DiscoverScope;

/* Lists the folders of a month below "<prefix>/<report>/":
 * - "<YYYYMMDD>-<YYYYMMDD>/…" of cost and usage reports, where the period ends with the last day of
 *   the month or the first of the next, and "<report>/year=YYYY/month=M/…" for those in Parquet;
 * - "data/BILLING_PERIOD=YYYY-MM/…" and "metadata/BILLING_PERIOD=YYYY-MM/…" of Data Exports (CUR
 *   2.0, FOCUS).
 * Of what is found of a month
 * - a manifest "…-Manifest.json" decides, the one at the top before those of the assemblies'
 *   folders, of several of these the newest: its files are the month, all others are left alone;
 * - without one the report files (.csv, packed or not) at the top are the month, or, when there
 *   are none, those of the folder that was written to last. Their assembly id is made of their
 *   keys, etags and sizes, so that another set of files is another assembly.
 *
 * Empty objects and folder markers are passed over. *months (sorted) lives in `arena`.
 *
 * ERROR_INVALID when no report name is given and the bucket holds several reports; the error of
 * the storage when it cannot be listed. A month with a problem is no error. */
bool discover_months(Storage *storage, Arena *arena, const DiscoverScope *scope,
                     ReportMonth **months, int *count, Error *error);

#endif
