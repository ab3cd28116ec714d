/* SQL on a tenant's tables: {schema} in a template is filled in, and a caller who may read some
 * accounts only gets tables that hold nothing else. Every statement of the API goes through this,
 * so that no filter, group, list or answer can look past it. */
#ifndef KONTOR_COST_API_TENANT_SQL_H
#define KONTOR_COST_API_TENANT_SQL_H

#include "base/buffer.h"
#include "cost_api/access.h"
#include "db/db.h"

/* What {schema} stands for. */
typedef struct TenantSql {
    const char *schema; /* quoted */
    bool narrowed;      /* the connection was told the caller's accounts (tenant_sql_begin) */
} TenantSql;

/* The caller's tenant. A caller who may read some accounts only has them told to the connection:
 * those that are granted, and those below granted organizational units. They hold for the
 * statements that come, until it is begun for another. */
bool tenant_sql_begin(TenantSql *sql, Arena *arena, Db *db, const Caller *caller, Error *error);

/* Appends a template. Of a narrowed caller "{schema}.reporting_aws…" becomes a selection of its
 * rows, with the same columns; tables that don't say whose costs they are can't be read then: the
 * statement fails. */
void tenant_sql_expand(Buffer *out, const TenantSql *sql, const char *template);

/* The same for the one place that `template` begins with, "{schema}" or "{schema}.table"; returns
 * its length. */
size_t tenant_sql_expand_place(Buffer *out, const TenantSql *sql, const char *template);

#endif
