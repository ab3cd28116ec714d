/* A Parquet file, read a row group at a time, some thousand rows of the wanted columns in memory.
 *
 * Arrow's reader does it, in a shared module that is optional: scripts/setup-parquet.sh,
 * `meson setup -Dparquet=…`. */
#ifndef KONTOR_INGEST_PARQUET_PARQUET_FILE_H
#define KONTOR_INGEST_PARQUET_PARQUET_FILE_H

#include "ingest/parquet/arrow_column.h"

typedef struct ParquetFile ParquetFile;

/* Opens what `descriptor`, a file that can be read at offsets, has; it must stay open and is not
 * closed. Several threads may each open the same. NULL with ERROR_DATA for what is no sound Parquet
 * file, with ERROR_UNAVAILABLE when this installation has no module for it. */
ParquetFile *parquet_open(int descriptor, Error *error);
void parquet_close(ParquetFile *file);

/* The columns at the top of its schema. The names live as long as the file. */
int parquet_column_count(const ParquetFile *file);
const char *parquet_column_name(const ParquetFile *file, int column);

int parquet_row_groups(const ParquetFile *file);
int64_t parquet_rows(const ParquetFile *file, int row_group);

/* Begins a row group, of which the columns (ascending) are wanted. ERROR_DATA when it is damaged.
 */
bool parquet_begin(ParquetFile *file, int row_group, const int *columns, int count, Error *error);

/* Goes to the next rows of the row group: how many there are, 0 at its end, -1 on failure. */
int64_t parquet_next(ParquetFile *file, Error *error);

/* The rows' cells of the n-th column that was wanted; valid until the next call. */
const ArrowColumn *parquet_column(const ParquetFile *file, int n);

#endif
