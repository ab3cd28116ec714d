#include "ingest/fold/parquet_fold.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ingest/fold/fold_internal.h"
#include "ingest/fold/row_binder.h"

enum { COPY_SIZE = 256 * 1024 };

struct ParquetFold {
    Arena *arena;
    const ByteSource *source;
    FoldProgress *progress;
    int file;
    bool copied;        /* the file is ours */
    uint64_t uncounted; /* bytes of a file that is read where it is, which the progress lacks */
    int64_t rows;
    int row_groups, next;
};

struct ParquetRows {
    ParquetFold *parquet;
    ParquetFile *file;
    RowBinder *binder;
    LineReader *reader;
};

static bool write_all(int file, const char *bytes, size_t size)
{
    while (size > 0) {
        ssize_t written = write(file, bytes, size);
        if (written < 0 && errno != EINTR) {
            return false;
        }
        bytes += written > 0 ? written : 0;
        size -= written > 0 ? (size_t)written : 0;
    }
    return true;
}

static bool copy(ParquetFold *parquet, Inflate *inflate, const char *spill_dir, Error *error)
{
    parquet->file = spill_open_file(spill_dir, error);
    parquet->copied = parquet->file >= 0;
    char *bytes = arena_alloc(parquet->arena, COPY_SIZE);
    bool done = parquet->copied;
    ssize_t got = done ? 1 : 0;
    while (done && got > 0) {
        got = inflate_read(inflate, bytes, COPY_SIZE, error);
        if (got < 0) {
            done = false;
        } else if (!write_all(parquet->file, bytes, (size_t)got)) {
            done =
                error_set(error, ERROR_UNAVAILABLE, "the Parquet file cannot be copied to %s: %s",
                          spill_directory(spill_dir), strerror(errno));
        }
    }
    return done;
}

/* Without a copy only what was looked at of the file is in the progress. */
static bool use_file(ParquetFold *parquet, int file, Error *error)
{
    struct stat status;
    if (fstat(file, &status) != 0) {
        return error_set(error, ERROR_UNAVAILABLE, "%s", strerror(errno));
    }
    uint64_t counted = atomic_load(&parquet->progress->bytes_read);
    uint64_t size = (uint64_t)status.st_size;
    parquet->file = file;
    parquet->uncounted = size > counted ? size - counted : 0;
    return true;
}

static bool count_rows(ParquetFold *parquet, Error *error)
{
    ParquetFile *file = parquet_open(parquet->file, error);
    if (file == NULL) {
        return false;
    }
    parquet->row_groups = parquet_row_groups(file);
    for (int i = 0; i < parquet->row_groups; i++) {
        parquet->rows += parquet_rows(file, i);
    }
    parquet_close(file);
    return true;
}

ParquetFold *parquet_fold_new(const ByteSource *source, Inflate *inflate, const LineReader *reader,
                              Error *error)
{
    Arena *arena = arena_new();
    ParquetFold *parquet = arena_alloc(arena, sizeof *parquet);
    *parquet =
        (ParquetFold){.arena = arena, .source = source, .progress = reader->progress, .file = -1};
    int file = source->file != NULL ? source->file(source->context) : -1;
    bool ready = file >= 0 ? use_file(parquet, file, error)
                           : copy(parquet, inflate, reader->fold->options.spill_dir, error);
    if (!ready || !count_rows(parquet, error)) {
        parquet_fold_free(parquet);
        return NULL;
    }
    return parquet;
}

void parquet_fold_free(ParquetFold *parquet)
{
    if (parquet != NULL) {
        if (parquet->copied) {
            close(parquet->file);
        }
        arena_free(parquet->arena);
    }
}

int parquet_fold_take(ParquetFold *parquet)
{
    return parquet->next < parquet->row_groups ? parquet->next++ : -1;
}

static void close_rows(void *object)
{
    parquet_close(((ParquetRows *)object)->file);
}

ParquetRows *parquet_fold_open(ParquetFold *parquet, LineReader *reader, Error *error)
{
    ParquetRows *rows = arena_alloc(reader->arena, sizeof *rows);
    *rows = (ParquetRows){.parquet = parquet, .reader = reader};
    rows->file = parquet_open(parquet->file, error);
    if (rows->file == NULL) {
        return NULL;
    }
    arena_on_free(reader->arena, close_rows, rows);
    rows->binder = row_binder_new(reader->arena, rows->file, &reader->fold->options, error);
    return rows->binder != NULL ? rows : NULL;
}

static bool fold_batch(ParquetRows *rows, int64_t first, int64_t count, Error *error)
{
    LineReader *reader = rows->reader;
    for (int64_t row = 0; row < count; row++) {
        FoldLine line;
        FoldFault fault = {.line = (uint64_t)(first + row + 1)};
        if (!row_binder_read(rows->binder, row, &line, &fault.column, &fault.reason)) {
            lines_fault(reader, &fault);
        } else if (!lines_add(reader, row_binder_family(rows->binder), &line, error)) {
            return false;
        }
    }
    return true;
}

/* A row's share of the file is told as read. */
static void tell_bytes(const ParquetFold *parquet, int64_t rows)
{
    if (parquet->uncounted > 0) {
        uint64_t bytes = parquet->uncounted * (uint64_t)rows / (uint64_t)parquet->rows;
        atomic_fetch_add_explicit(&parquet->progress->bytes_read, bytes, memory_order_relaxed);
    }
}

bool parquet_fold_rows(ParquetRows *rows, int row_group, Error *error)
{
    const ParquetFold *parquet = rows->parquet;
    const ByteSource *source = parquet->source;
    int64_t first = 0, count;
    for (int i = 0; i < row_group; i++) {
        first += parquet_rows(rows->file, i);
    }
    if (!row_binder_begin(rows->binder, rows->file, row_group, error)) {
        return false;
    }
    while ((count = row_binder_next(rows->binder, error)) > 0) {
        if (!fold_batch(rows, first, count, error) ||
            (source->cancelled != NULL && source->cancelled(source->context, error))) {
            return false;
        }
        first += count;
        tell_bytes(parquet, count);
    }
    return count == 0 && lines_settle(rows->reader, error);
}
