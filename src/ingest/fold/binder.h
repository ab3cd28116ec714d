/* Records of a csv file as FoldLines. */
#ifndef KONTOR_INGEST_FOLD_BINDER_H
#define KONTOR_INGEST_FOLD_BINDER_H

#include "base/arena.h"
#include "ingest/fold/binding.h"
#include "ingest/scan/csv.h"

typedef struct Binder Binder;

/* Finds the family of the header that `scanner` stands on and binds its columns; asks
 * options->key_enabled for tag and category keys. The Binder lives in `arena`. NULL and ERROR_DATA
 * that names what is missing when it is no known report. */
Binder *binder_new(Arena *arena, const CsvScanner *scanner, const FoldOptions *options,
                   Error *error);

/* Reads the record that `scanner` stands on; the line's texts point into the record or the binder
 * and are valid until the next call. False for a broken line: *column and *reason say why. */
bool binder_read(Binder *binder, const CsvScanner *scanner, FoldLine *line, const char **column,
                 const char **reason);

/* The family of the file. */
const ReportFamily *binder_family(const Binder *binder);

/* The number of columns of the header. */
uint32_t binder_column_count(const Binder *binder);

#endif
