#include "ingest/parquet/parquet_file.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { PATH_SIZE = 4096 };

struct ParquetFile {
    const ParquetModule *module;
    void *file;
    Arena *arena; /* of a row group */
    ArrowColumn *columns;
    int column_count;
    struct ArrowArrayStream stream;
    struct ArrowArray batch;
};

/* Where the module may be, from the folder of the program on. */
static const char *const PLACES[] = {"kontor-parquet.so", "../lib/kontor/kontor-parquet.so"};

static const ParquetModule *module;
static char module_fault[PARQUET_FAULT_SIZE];

static void load_module(void)
{
    char program[PATH_SIZE], path[PATH_SIZE + 64];
    ssize_t length = readlink("/proc/self/exe", program, sizeof program - 1);
    program[length > 0 ? length : 0] = '\0';
    char *slash = strrchr(program, '/');
    slash = slash != NULL ? slash + 1 : program;
    *slash = '\0';
    snprintf(module_fault, sizeof module_fault, "there is none");
    for (size_t i = 0; module == NULL && i < sizeof PLACES / sizeof *PLACES; i++) {
        snprintf(path, sizeof path, "%s%s", program, PLACES[i]);
        if (access(path, F_OK) != 0) {
            continue;
        }
        void *handle = dlopen(path, RTLD_NOW | RTLD_LOCAL);
        const ParquetModule *(*get)(void) = NULL;
        if (handle != NULL) {
            *(void **)&get = dlsym(handle, PARQUET_MODULE_SYMBOL);
        }
        module = get != NULL ? get() : NULL;
        if (module == NULL || module->version != PARQUET_MODULE_VERSION) {
            const char *text = module != NULL ? "it is of another version" : dlerror();
            snprintf(module_fault, sizeof module_fault, "%s",
                     text != NULL ? text : "it is no module");
            module = NULL;
        }
    }
}

static bool module_ready(Error *error)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, load_module);
    return module != NULL ||
           error_set(error, ERROR_UNAVAILABLE,
                     "Parquet files need the module kontor-parquet.so beside the program (make "
                     "parquet builds it): %s",
                     module_fault);
}

static bool damaged(const char *fault, Error *error)
{
    char line[PARQUET_FAULT_SIZE];
    snprintf(line, sizeof line, "%s", fault != NULL ? fault : "?");
    line[strcspn(line, "\n")] = '\0';
    return error_set(error, ERROR_DATA, "damaged or truncated Parquet file: %s", line);
}

ParquetFile *parquet_open(int descriptor, Error *error)
{
    char fault[PARQUET_FAULT_SIZE] = "";
    if (!module_ready(error)) {
        return NULL;
    }
    void *opened = module->open(descriptor, fault);
    if (opened == NULL) {
        damaged(fault, error);
        return NULL;
    }
    ParquetFile *file = calloc(1, sizeof *file);
    if (file == NULL) {
        abort();
    }
    file->module = module;
    file->file = opened;
    file->arena = arena_new();
    return file;
}

static void release_batch(ParquetFile *file)
{
    if (file->batch.release != NULL) {
        file->batch.release(&file->batch);
        file->batch.release = NULL;
    }
}

static void end_row_group(ParquetFile *file)
{
    release_batch(file);
    if (file->stream.release != NULL) {
        file->stream.release(&file->stream);
        file->stream.release = NULL;
    }
}

void parquet_close(ParquetFile *file)
{
    if (file != NULL) {
        end_row_group(file);
        file->module->close(file->file);
        arena_free(file->arena);
        free(file);
    }
}

int parquet_column_count(const ParquetFile *file)
{
    return file->module->column_count(file->file);
}

const char *parquet_column_name(const ParquetFile *file, int column)
{
    return file->module->column_name(file->file, column);
}

int parquet_row_groups(const ParquetFile *file)
{
    return file->module->row_group_count(file->file);
}

int64_t parquet_rows(const ParquetFile *file, int row_group)
{
    return file->module->row_count(file->file, row_group);
}

/* What the columns are, by the stream's schema: a struct with one child a column. */
static bool set_columns(ParquetFile *file, int count, Error *error)
{
    struct ArrowSchema schema = {0};
    if (file->stream.get_schema(&file->stream, &schema) != 0) {
        return damaged(file->stream.get_last_error(&file->stream), error);
    }
    bool fits = schema.n_children == count;
    file->columns = arena_array(file->arena, (size_t)count + 1, sizeof *file->columns);
    file->column_count = count;
    for (int i = 0; fits && i < count; i++) {
        file->columns[i] = arrow_column_new(file->arena, schema.children[i], file->module);
        if (file->columns[i].kind == ARROW_UNKNOWN) {
            error_set(error, ERROR_DATA, "column %s has a type that is not read (Arrow's \"%s\")",
                      schema.children[i]->name, schema.children[i]->format);
            fits = false;
        }
    }
    if (schema.n_children != count) {
        damaged("it lacks columns of its schema", error);
    }
    schema.release(&schema);
    return fits;
}

bool parquet_begin(ParquetFile *file, int row_group, const int *columns, int count, Error *error)
{
    char fault[PARQUET_FAULT_SIZE] = "";
    end_row_group(file);
    arena_reset(file->arena);
    if (!file->module->read(file->file, row_group, columns, count, &file->stream, fault)) {
        file->stream.release = NULL;
        return damaged(fault, error);
    }
    return set_columns(file, count, error);
}

int64_t parquet_next(ParquetFile *file, Error *error)
{
    do {
        release_batch(file);
        if (file->stream.get_next(&file->stream, &file->batch) != 0) {
            file->batch.release = NULL;
            damaged(file->stream.get_last_error(&file->stream), error);
            return -1;
        }
        if (file->batch.release == NULL) {
            return 0;
        }
    } while (file->batch.length == 0);
    for (int i = 0; i < file->column_count; i++) {
        if (!arrow_column_turn(&file->columns[i], file->batch.children[i])) {
            damaged("an index is beyond its dictionary", error);
            return -1;
        }
    }
    return file->batch.length;
}

const ArrowColumn *parquet_column(const ParquetFile *file, int n)
{
    return &file->columns[n];
}
