/* Rows of a Parquet file as FoldLines. */
#ifndef KONTOR_INGEST_FOLD_ROW_BINDER_H
#define KONTOR_INGEST_FOLD_ROW_BINDER_H

#include "ingest/fold/binding.h"
#include "ingest/parquet/parquet_file.h"

typedef struct RowBinder RowBinder;

/* Finds the family of the file by the names of its columns, as binder_new does. Lives in `arena`.
 */
RowBinder *row_binder_new(Arena *arena, const ParquetFile *file, const FoldOptions *options,
                          Error *error);

/* Begins a row group of the file (that one, or one opened from the same), of which only the columns
 * that are bound are read. */
bool row_binder_begin(RowBinder *binder, ParquetFile *file, int row_group, Error *error);

/* Goes to the next rows of the row group; as parquet_next. */
int64_t row_binder_next(RowBinder *binder, Error *error);

/* Reads one of these rows; as binder_read. The line's texts are valid until the next rows. */
bool row_binder_read(RowBinder *binder, int64_t row, FoldLine *line, const char **column,
                     const char **reason);

const ReportFamily *row_binder_family(const RowBinder *binder);

#endif
