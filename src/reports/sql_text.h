/* SQL in the making: its text, its parameters, and the catalogue's templates (catalogue.h). */
#ifndef KONTOR_REPORTS_SQL_TEXT_H
#define KONTOR_REPORTS_SQL_TEXT_H

#include "base/arena.h"
#include "base/buffer.h"
#include "cost_api/tenant_sql.h"
#include "reports/request.h"

typedef struct SqlText {
    Arena *arena;
    const TenantSql *tables; /* the tenant's, as the caller may read them */
    const CostType *cost_type;
    const char *rate; /* as in ReportRequest; sql_new leaves it NULL */
    Buffer *text;
    const char **parameters;
    int parameter_count;
    int parameter_room;
} SqlText;

/* An empty statement, which lives in `arena`. */
SqlText sql_new(Arena *arena, const TenantSql *tables, const CostType *cost_type);

/* Appends formatted text, {schema} replaced. Never give it what came from outside: that is
 * bound. */
void sql_write(SqlText *sql, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Adds a parameter; returns what stands for it, "$3". */
const char *sql_bind(SqlText *sql, const char *value);

/* Appends a template of the catalogue. `key` is bound where it says {key}; `value` is SQL of our
 * own and stands for {value} or {is}. */
void sql_expand(SqlText *sql, const char *template, const char *key, const char *value);

/* Appends " AND …" for what rows of the report are and what the request restricts them to. */
void sql_write_conditions(SqlText *sql, const ReportRequest *request);

/* Appends "(column ILIKE '%text%')" with the text bound. */
void sql_write_contains(SqlText *sql, const char *column, const char *text);

#endif
