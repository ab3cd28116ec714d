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

/* Columns: id, at (RFC 3339), org_id, actor, remote_address, forwarded_for, request_id, action,
 * resource, resource_id, changes; newest first. NULL and an Error on failure. */
DbResult *audit_read(Db *db, Arena *arena, const AuditQuery *query, Error *error);

#endif
