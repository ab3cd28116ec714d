/* A Parquet file folded by one thread, or by several, which take its row groups in turn: for the
 * files of this folder only.
 *
 * Its directory is at its end and its columns are apart: it is read at offsets. A local file is
 * read where it is; anything else is first copied, as it comes, into a nameless file beside the
 * spilled runs. So a dropped connection is resumed as for every other report, a replaced object
 * noticed, and a bucket asked once, not for some dozens of small pieces a row group. */
#ifndef KONTOR_INGEST_FOLD_PARQUET_FOLD_H
#define KONTOR_INGEST_FOLD_PARQUET_FOLD_H

#include "ingest/fold/lines.h"
#include "ingest/scan/inflate.h"

typedef struct ParquetFold ParquetFold;

/* `inflate` stands at the first byte of `source`, `reader` is that of the thread that opens the
 * file. NULL on failure. */
ParquetFold *parquet_fold_new(const ByteSource *source, Inflate *inflate, const LineReader *reader,
                              Error *error);
void parquet_fold_free(ParquetFold *parquet);

/* The next row group, or -1 when all are taken. By one thread at a time. */
int parquet_fold_take(ParquetFold *parquet);

/* A thread's own view of the file. Threads may each have one. Lives in reader->arena. */
typedef struct ParquetRows ParquetRows;
ParquetRows *parquet_fold_open(ParquetFold *parquet, LineReader *reader, Error *error);

/* Folds a row group. */
bool parquet_fold_rows(ParquetRows *rows, int row_group, Error *error);

#endif
