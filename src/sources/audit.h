/* The audit log of the Sources API: who changed what, when, from where. The rows are written by
 * triggers (sql/sources/0006_audit.sql); here is who they name, and how they are read. */
#ifndef KONTOR_SOURCES_AUDIT_H
#define KONTOR_SOURCES_AUDIT_H

#include "db/db.h"

/* Who acts, for the rest of the transaction. */
typedef struct AuditActor {
    const char *name;           /* "ann", "system cn=…", "kontor" */
    const char *remote_address; /* "" when there is none; so are the others */
    const char *forwarded_for;
    const char *request_id;
} AuditActor;

/* Names the actor of the changes of the open transaction; posted (db_post). */
bool audit_begin(Db *db, const AuditActor *actor, Error *error);

/* Which entries are asked for; NULL: any. */
typedef struct AuditQuery {
    const char *org_id;
    const char *resources;   /* tables, with commas: "sources,authentications" */
    const char *resource_id; /* digits */
    const char *actor;       /* a part of who did it, in any case */
    const char *since;       /* a time as PostgreSQL reads it */
    const char *before;      /* entries with a smaller id: the page after one that ended there */
    int limit;
} AuditQuery;

/* The columns of audit_read. */
typedef enum AuditColumn {
    AUDIT_ID,
    AUDIT_MOMENT, /* microseconds since 1970 */
    AUDIT_AT,     /* RFC 3339 */
    AUDIT_ORG,
    AUDIT_ACTOR,
    AUDIT_REMOTE_ADDRESS,
    AUDIT_FORWARDED_FOR,
    AUDIT_REQUEST_ID,
    AUDIT_ACTION,
    AUDIT_RESOURCE,
    AUDIT_RESOURCE_ID,
    AUDIT_RESOURCE_NAME, /* NULL: nobody gave it one */
    AUDIT_CHANGES,       /* JSON */
    AUDIT_COLUMN_COUNT,
} AuditColumn;

/* AUDIT_MOMENT to AUDIT_AT of a log's row `l`. */
#define AUDIT_TIME_COLUMNS                                                                         \
    "(extract(epoch FROM l.at) * 1000000)::bigint,"                                                \
    " to_char(l.at AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"')"

/* Of a log's row `l`, what does not depend on whose log it is: $1 … $4 are resources, actor, since
 * and before, $5 the limit. */
#define AUDIT_CONDITIONS                                                                           \
    "       ($1::text IS NULL OR l.resource = ANY (string_to_array($1, ',')))"                     \
    "   AND ($2::text IS NULL OR strpos(lower(l.actor), lower($2)) > 0)"                           \
    "   AND ($3::timestamptz IS NULL OR l.at >= $3)"                                               \
    "   AND ($4::bigint IS NULL OR l.id < $4)"

/* Begins a transaction in which a log is read: its queries are planned for what is asked, so that
 * they find the index that fits. */
bool audit_begin_reading(Db *db, Error *error);

/* What an organisation is in a log, by a query for that: known beforehand, it is planned for. ""
 * when there is no such organisation, NULL and an Error on failure. */
const char *audit_lookup(Db *db, Arena *arena, const char *sql, const char *org_id, Error *error);

/* The entries, newest first; after audit_begin_reading. NULL and an Error on failure. */
DbResult *audit_read(Db *db, Arena *arena, const AuditQuery *query, Error *error);

#endif
