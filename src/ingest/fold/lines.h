/* Lines into a fold: for the files of this folder only. */
#ifndef KONTOR_INGEST_FOLD_LINES_H
#define KONTOR_INGEST_FOLD_LINES_H

#include "ingest/fold/binder.h"
#include "ingest/fold/fold.h"

/* What a thread reads a file with. */
typedef struct LineReader {
    Fold *fold;
    Binder *binder; /* NULL before the header */
    Arena *arena;   /* of the binder */
    const char *file_name;
    const char *member; /* its name in a zip, or NULL */
    FoldProgress *progress;
    const _Atomic int *others; /* NULL: nobody; see lines_fold */
    bool stopped;
} LineReader;

/* Binds the header, the next record of `scanner`. ERROR_DATA when there is none, or of no report
 * that is known. */
bool lines_bind(LineReader *reader, CsvScanner *scanner, Error *error);

/* Folds all records that `scanner` has left; or `stopped` tells that it let the rest be behind some
 * record because *others is not 0 any more. */
bool lines_fold(LineReader *reader, CsvScanner *scanner, Error *error);

#endif
