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
    const char *resource;    /* a table: "sources", "authentications" … */
    const char *resource_id; /* digits */
    const char *since;       /* a time as PostgreSQL reads it */
    const char *before;      /* entries with a smaller id: the page after one that ended there */
    int limit;
} AuditQuery;

/* The columns of audit_read. */
typedef enum AuditColumn {
    AUDIT_ID,
    AUDIT_AT, /* RFC 3339 */
    AUDIT_ORG,
    AUDIT_ACTOR,
    AUDIT_REMOTE_ADDRESS,
    AUDIT_FORWARDED_FOR,
    AUDIT_REQUEST_ID,
    AUDIT_ACTION,
    AUDIT_RESOURCE,
    AUDIT_RESOURCE_ID,
    AUDIT_CHANGES, /* JSON */
} AuditColumn;

/* The entries, newest first. NULL and an Error on failure. */
DbResult *audit_read(Db *db, Arena *arena, const AuditQuery *query, Error *error);

#endif
