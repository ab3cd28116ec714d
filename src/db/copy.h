/* Binary COPY … FROM STDIN: the fast way in. */
#ifndef KONTOR_DB_COPY_H
#define KONTOR_DB_COPY_H

#include "base/date.h"
#include "base/decimal.h"
#include "db/db.h"

typedef struct DbCopy DbCopy;

/* Starts `sql`, which must read "COPY table (columns) FROM STDIN (FORMAT binary)". The DbCopy
 * belongs to `arena`. */
DbCopy *db_copy_begin(Db *db, Arena *arena, const char *sql, Error *error);

/* A row of `columns` fields, then exactly as many db_copy_… values. Failures are kept and
 * reported by db_copy_end, so that a caller can write a row straight down. */
void db_copy_row(DbCopy *copy, int columns);
void db_copy_null(DbCopy *copy);
/* text, varchar; NULL becomes NULL. */
void db_copy_text(DbCopy *copy, const char *text);
void db_copy_text_length(DbCopy *copy, const char *text, size_t length);
void db_copy_jsonb(DbCopy *copy, const char *text, size_t length);
void db_copy_text_array(DbCopy *copy, const char *const *texts, const size_t *lengths, int count);
void db_copy_uuid(DbCopy *copy, const char *text);
/* A random (version 4) one. */
void db_copy_new_uuid(DbCopy *copy);
void db_copy_int(DbCopy *copy, int32_t value);
void db_copy_bigint(DbCopy *copy, int64_t value);
void db_copy_date(DbCopy *copy, Day day);
void db_copy_timestamp(DbCopy *copy, Timestamp timestamp);
/* numeric, exactly. */
void db_copy_decimal(DbCopy *copy, Decimal value);

/* Ends the COPY. On failure (or when `abandon`) nothing of it is kept. */
bool db_copy_end(DbCopy *copy, bool abandon, Error *error);

/* Carries rows from one database to another without keeping them: `out` is a "COPY … TO STDOUT",
 * `in` a "COPY … FROM STDIN" of the same format. The Error tells which of the two failed. */
bool db_copy_across(Db *from, const char *out, Db *to, const char *in, Error *error);

#endif
