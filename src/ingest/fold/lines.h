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

/* The same for lines that come from elsewhere: lines_add folds one, lines_fault notes one that is
 * left out, whose file is filled in here. lines_settle, at the end, adds and tells what waits, so
 * that what a line makes impossible is told of its file. */
bool lines_add(LineReader *reader, const ReportFamily *family, FoldLine *line, Error *error);
void lines_fault(LineReader *reader, FoldFault *fault);
bool lines_settle(LineReader *reader, Error *error);

#endif
