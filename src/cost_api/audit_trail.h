/* Who changed what, of both databases in one list: sources and what hangs on them (the Sources
 * API's audit_log), cost models, price lists and settings (koku's kontor_audit_log, written by
 * triggers: sql/koku/0008_audit.sql). */
#ifndef KONTOR_COST_API_AUDIT_TRAIL_H
#define KONTOR_COST_API_AUDIT_TRAIL_H

#include "db/database.h"
#include "sources/audit.h"

/* Which entries are asked for; NULL: any. */
typedef struct AuditTrailQuery {
    const char *org_id;
    const char *schema;      /* the organisation's, where it is known already */
    const char *resources;   /* of AUDIT_RESOURCES, with commas: "sources,cost_models" */
    const char *resource_id; /* a number of the Sources API, else a uuid or a currency */
    const char *actor;       /* a part of who did it, in any case */
    const char *since;       /* a time as PostgreSQL reads it */
    const char *before;      /* the page after that with this `next_before` */
    int limit;
} AuditTrailQuery;

/* What has entries, each followed by ", " but the last. */
extern const char AUDIT_RESOURCES[];

typedef struct AuditTrail {
    const char *(*entries)[AUDIT_COLUMN_COUNT]; /* by AuditColumn; NULL where there is nothing */
    int count;
    const char *next_before; /* NULL: there is nothing older */
} AuditTrail;

/* The members of an entry that are texts, as answers name them; ends with a NULL name. */
typedef struct AuditText {
    const char *name;
    AuditColumn column;
} AuditText;
extern const AuditText AUDIT_TEXTS[];

/* The entries, newest first. ERROR_INVALID: there is no such resource, or `since` or `before`
 * can't be read. */
bool audit_trail_read(Database *database, Arena *arena, const AuditTrailQuery *query,
                      AuditTrail *trail, Error *error);

#endif
