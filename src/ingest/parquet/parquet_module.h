/* What the shared module kontor-parquet.so offers: Arrow's Parquet reader (C++) behind plain C. The
 * program is built without it and loads it with the first Parquet file. */
#ifndef KONTOR_INGEST_PARQUET_PARQUET_MODULE_H
#define KONTOR_INGEST_PARQUET_PARQUET_MODULE_H

#include <stddef.h>
#include <stdint.h>

#include "ingest/parquet/arrow_abi.h"

#ifdef __cplusplus
extern "C" {
#endif

enum {
    PARQUET_MODULE_VERSION = 1,
    PARQUET_FAULT_SIZE = 512,
    PARQUET_NUMBER_SIZE = 40,
};

#define PARQUET_MODULE_SYMBOL "kontor_parquet_module"

/* Failures fill `fault` (PARQUET_FAULT_SIZE bytes) with one line. */
typedef struct ParquetModule {
    int version;
    /* Opens the Parquet file behind `descriptor`, which is read at offsets, duplicated and not
     * closed. NULL when it is none. */
    void *(*open)(int descriptor, char *fault);
    void (*close)(void *file);
    /* The columns at the top of its schema. */
    int (*column_count)(void *file);
    const char *(*column_name)(void *file, int column);
    int (*row_group_count)(void *file);
    int64_t (*row_count)(void *file, int row_group);
    /* Streams these columns (ascending) of a row group as record batches of some thousand rows.
     * Texts come as dictionaries. 0 on failure. */
    int (*read)(void *file, int row_group, const int *columns, int count,
                struct ArrowArrayStream *stream, char *fault);
    /* The shortest text that is read back as this number, without a NUL; its length. */
    size_t (*write_double)(double value, char text[PARQUET_NUMBER_SIZE]);
    size_t (*write_float)(float value, char text[PARQUET_NUMBER_SIZE]);
} ParquetModule;

__attribute__((visibility("default"))) const ParquetModule *kontor_parquet_module(void);

#ifdef __cplusplus
}
#endif

#endif
