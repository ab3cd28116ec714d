/* The structure of an AWS organization: units below its root, accounts in units (koku-api.md §1.5).
 * Kontor has no key to ask AWS for it, so it is given: as a tree in AWS' own words. */
#ifndef KONTOR_REPORTS_ORGANIZATION_H
#define KONTOR_REPORTS_ORGANIZATION_H

#include <jansson.h>

#include "base/date.h"
#include "db/db.h"

/* What an import found and changed. */
typedef struct OrganizationCounts {
    int units;
    int accounts;
    int64_t added;   /* units, and accounts in units, that were not there */
    int64_t removed; /* and that are there no more, from `today` on */
} OrganizationCounts;

/* Reads the tree of organization_import: its units and accounts as a list of {"unit", "name",
 * "path", "level"} and, of accounts, "account" and "alias". It belongs to `arena`. */
json_t *organization_rows(Arena *arena, const json_t *tree, OrganizationCounts *counts,
                          Error *error);

/* Makes {"Roots": [{"Id", "Name", "OrganizationalUnits": […], "Accounts": [{"Id", "Name"}]}]} the
 * structure of the tenant whose schema is `schema`, from `today` on; a first one holds from the
 * beginning. Names of accounts become their aliases. Fails with ERROR_INVALID and the place of what
 * is wrong with the tree; nothing is changed then. */
bool organization_import(Db *db, Arena *arena, const char *schema, const json_t *tree, Day today,
                         OrganizationCounts *counts, Error *error);

#endif
