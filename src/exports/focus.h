/* An organisation's costs as a FOCUS 1.2 data set: rows of the daily summary, in the order of their
 * days, as CSV. The columns are those of the specification that a summary can tell, and more of our
 * own (x_…). Nothing but a batch of rows is in memory at a time. */
#ifndef KONTOR_EXPORTS_FOCUS_H
#define KONTOR_EXPORTS_FOCUS_H

#include "base/buffer.h"
#include "base/date.h"
#include "cost_api/tenant_sql.h"
#include "db/db.h"

/* What is exported; lists are PostgreSQL arrays of texts, NULL: all. */
typedef struct FocusQuery {
    Day start;
    Day end; /* included */
    const char *accounts;
    const char *services;
    const char *regions;
} FocusQuery;

typedef struct FocusExport FocusExport;

/* Opens an export. `db` is its own from now on, closed with it; all rows are of one moment.
 * `tables` says whose. NULL when it failed; db is closed then, too. A tenant without tables has no
 * rows. */
FocusExport *focus_open(Db *db, const TenantSql *tables, const FocusQuery *query, Error *error);

/* Empties `out` and appends the next rows to it, at first the header. *more is false, and `out`
 * empty, after the last ones. */
bool focus_read(FocusExport *export, Buffer *out, bool *more, Error *error);

/* NULL is allowed. */
void focus_close(FocusExport *export);

#endif
