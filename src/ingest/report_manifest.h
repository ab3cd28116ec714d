/* The manifest that a vendor puts beside its report files. */
#ifndef KONTOR_INGEST_REPORT_MANIFEST_H
#define KONTOR_INGEST_REPORT_MANIFEST_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/date.h"
#include "base/error.h"

typedef struct ReportManifest {
    const char *assembly_id; /* NULL when a Data Export names no execution */
    Day month;               /* the first day of the billing period */
    bool has_month;          /* the manifest names its period */
    const char **keys;       /* of the report files, without a leading slash */
    int key_count;
} ReportManifest;

/* Reads the text of a "…-Manifest.json" of an AWS report: of a cost and usage report assemblyId,
 * reportKeys and billingPeriod.start (masu.md §B.3), of a Data Export executionId, dataFiles (keys,
 * or s3:// addresses, or objects that hold one) and billingPeriod. ERROR_DATA says what is missing
 * or wrong. */
bool report_manifest_parse(Arena *arena, const char *text, size_t length, ReportManifest *manifest,
                           Error *error);

/* Does a key end as manifests do? */
bool report_manifest_is(const char *key);

#endif
