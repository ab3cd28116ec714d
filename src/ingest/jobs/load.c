#include "ingest/jobs/load.h"

#include <errno.h>
#include <pthread.h>
#include <string.h>
#include <sys/stat.h>

#include "base/json.h"
#include "base/log.h"
#include "ingest/fold/parallel.h"
#include "ingest/jobs/load_watch.h"
#include "ingest/month/machines.h"
#include "ingest/month/swap.h"
#include "ingest/month/tag_keys.h"
#include "providers/provider.h"

enum {
    FAULTS_KEPT = 20,  /* of a file, on its status */
    FAULTS_LOGGED = 5, /* of a file */
};

/* A file while it is folded; one thread has it. */
typedef struct LoadFile {
    const JobRun *run;
    const RecordFile *record;
    FoldProgress progress;
    Storage *storage;
    StorageReader *reader;
    double opened; /* on the monotonic clock */
    Error error;
    Buffer *faults; /* JSON objects */
    int fault_count;
} LoadFile;

typedef struct Load {
    JobRun *run;
    Provider provider;
    Record record;
    StorageConfig storage;
    Swap swap;
    LoadFile *files;
    pthread_mutex_t lock; /* of the faults and of the database connection while files are folded */
    const char *label;    /* "Provider 459b… (AWS) 2026-10" */
} Load;

static bool prepare(Load *load, LoadReport *report, Error *error)
{
    JobRun *run = load->run;
    if (!provider_load(run->db, run->arena, run->job.provider_uuid, &load->provider, error) ||
        !record_load(run->db, run->arena, run->job.manifest_id, &load->record, error)) {
        return false;
    }
    Provider *provider = &load->provider;
    char month[DATE_TEXT_SIZE];
    report->month = arena_strndup(run->arena, day_format(load->record.month, month), 7);
    load->label = arena_printf(run->arena, "Provider %s (%s) %s", provider->uuid, provider->type,
                               report->month);
    if (strcmp(provider->type, "AWS") != 0) {
        return error_set(error, ERROR_INVALID, "reports of %s providers are not read",
                         provider->type);
    }
    if (provider->schema == NULL) {
        return error_set(error, ERROR_INVALID, "provider %s has no customer", provider->uuid);
    }
    load->files = arena_array(run->arena, (size_t)load->record.file_count + 1, sizeof *load->files);
    report->file_count = load->record.file_count;
    report->files = arena_array(run->arena, (size_t)report->file_count + 1, sizeof *report->files);
    for (int i = 0; i < report->file_count; i++) {
        load->files[i].run = run;
        load->files[i].record = &load->record.files[i];
        load->files[i].faults = buffer_new(run->arena);
        report->files[i].key = load->record.files[i].key;
    }
    return provider_storage(run->ingest->config, run->arena, provider, &load->storage, error);
}

static bool key_enabled(void *context, FoldDimension which, const char *key)
{
    Load *load = context;
    return tag_keys_enabled(load->swap.keys, which, key);
}

static void keep_fault(void *context, const FoldFault *fault)
{
    Load *load = context;
    pthread_mutex_lock(&load->lock);
    for (int i = 0; i < load->record.file_count; i++) {
        LoadFile *file = &load->files[i];
        if (strcmp(file->record->key, fault->file) != 0) {
            continue;
        }
        if (file->fault_count < FAULTS_KEPT) {
            JsonWriter json = json_writer(file->faults);
            buffer_append_text(file->faults, file->faults->length > 0 ? "," : "");
            json_begin_object(&json);
            if (fault->member != NULL) {
                json_member_string(&json, "file", fault->member);
            }
            json_member_int(&json, "line", (int64_t)fault->line);
            json_member_string(&json, "column", fault->column);
            json_member_string(&json, "reason", fault->reason);
            json_end(&json);
        }
        if (file->fault_count++ < FAULTS_LOGGED) {
            bool packed = fault->member != NULL;
            log_warning("ingest", "%s: %s%s%s, line %llu%s%s: %s; the line is left out",
                        load->label, fault->file, packed ? ", " : "", packed ? fault->member : "",
                        (unsigned long long)fault->line, *fault->column != '\0' ? ", " : "",
                        fault->column, fault->reason);
        }
    }
    pthread_mutex_unlock(&load->lock);
}

/* The bytes of a file, which end when the job must. */
static ssize_t read_watched(void *context, void *bytes, size_t size, Error *error)
{
    LoadFile *file = context;
    if (job_run_cancelled(file->run, error)) {
        return -1;
    }
    return storage_read(file->reader, bytes, size, error);
}

static int file_of_object(void *context)
{
    return storage_reader_file(((LoadFile *)context)->reader);
}

static bool is_cancelled(void *context, Error *error)
{
    return job_run_cancelled(((LoadFile *)context)->run, error);
}

static bool check_etag(const LoadFile *file, Error *error)
{
    const RecordFile *record = file->record;
    const StorageObject *object = storage_reader_object(file->reader);
    if (record->etag != NULL && object->etag != NULL && strcmp(record->etag, object->etag) != 0) {
        return error_set(error, ERROR_CONFLICT, "%s was replaced since the bucket was looked at",
                         record->key);
    }
    return true;
}

static bool start_file(Load *load, const LoadFile *file, Error *error)
{
    Arena *arena = arena_new();
    pthread_mutex_lock(&load->lock);
    bool started = record_file_started(load->run->db, arena, load->record.manifest_id,
                                       file->record->key, error);
    pthread_mutex_unlock(&load->lock);
    arena_free(arena);
    return started;
}

static const char *name_of(void *context, int index)
{
    return ((Load *)context)->files[index].record->key;
}

static FoldProgress *progress_of(void *context, int index)
{
    return &((Load *)context)->files[index].progress;
}

static bool open_file(void *context, int index, ByteSource *source, Error *error)
{
    Load *load = context;
    LoadFile *file = &load->files[index];
    file->opened = clock_monotonic();
    *source = (ByteSource){
        .read = read_watched, .context = file, .file = file_of_object, .cancelled = is_cancelled};
    return start_file(load, file, error) &&
           (file->storage = storage_open(&load->storage, load->provider.bucket, error)) != NULL &&
           (file->reader = storage_read_open(file->storage, file->record->key, error)) != NULL &&
           check_etag(file, error);
}

static void close_file(void *context, int index, const Error *error)
{
    Load *load = context;
    LoadFile *file = &load->files[index];
    if (file->reader != NULL) {
        storage_read_close(file->reader);
    }
    storage_close(file->storage);
    if (error != NULL) {
        file->error = *error;
        return;
    }
    log_info("ingest", "%s: %s folded: %llu lines, %llu left out, %.1f MB, %.2f s", load->label,
             file->record->key, (unsigned long long)atomic_load(&file->progress.lines),
             (unsigned long long)atomic_load(&file->progress.faults),
             (double)atomic_load(&file->progress.bytes_read) / 1e6,
             clock_monotonic() - file->opened);
}

/* Where groups beyond the memory's bound go. */
static const char *spill_directory(const JobRun *run)
{
    const char *path = arena_printf(run->arena, "%s/spill", run->ingest->config->data_dir);
    return mkdir(path, 0700) == 0 || errno == EEXIST ? path : NULL;
}

static Fold *fold_files(Load *load, Error *error)
{
    const Config *config = load->run->ingest->config;
    FoldOptions options = {.dimensions = MONTH_DIMENSIONS,
                           .dimension_count = MONTH_DIMENSION_COUNT,
                           .resources = true,
                           .instance_dimensions = MACHINE_DIMENSIONS,
                           .instance_dimension_count = MACHINE_DIMENSION_COUNT,
                           .memory = config->memory,
                           .spill_dir = spill_directory(load->run),
                           .key_enabled = key_enabled,
                           .fault = keep_fault,
                           .context = load};
    int workers = config->workers > 1 ? config->workers : 1;
    int threads = (parallel_cores() + workers - 1) / workers;
    ParallelFiles files = {.count = load->record.file_count,
                           .name = name_of,
                           .progress = progress_of,
                           .open = open_file,
                           .close = close_file,
                           .context = load};
    LoadWatch *watch =
        load_watch_start(load->run, &load->record, load->label, progress_of, load, &load->lock);
    Fold *fold = parallel_fold(&options, &files, threads, error);
    load_watch_stop(watch);
    return fold;
}

/* What the statuses are to say of the files. A month that was not swapped in has no file done. */
static void write_outcomes(Load *load, LoadReport *report, bool done)
{
    for (int i = 0; i < report->file_count; i++) {
        LoadFile *file = &load->files[i];
        FileOutcome *outcome = &report->files[i];
        outcome->bytes = atomic_load(&file->progress.bytes_read);
        outcome->lines = atomic_load(&file->progress.lines);
        outcome->faults = atomic_load(&file->progress.faults);
        outcome->fault_detail = arena_printf(load->run->arena, "[%s]", file->faults->data);
        outcome->status = done                             ? FILE_DONE
                          : file->error.code == ERROR_DATA ? FILE_FAILED
                                                           : FILE_PENDING;
        outcome->error = file->error.code != ERROR_NONE ? file->error.message : NULL;
    }
}

/* The steps as a whole; search path and database connection are ready. */
static bool go(Load *load, LoadReport *report, Error *error)
{
    JobRun *run = load->run;
    int64_t manifest_id = load->record.manifest_id;
    double start = clock_monotonic();
    log_info("ingest", "%s: fetching %d file%s of assembly %s from bucket %s", load->label,
             load->record.file_count, load->record.file_count == 1 ? "" : "s",
             load->record.assembly_id, load->provider.bucket);
    load->swap = (Swap){.provider = &load->provider,
                        .record = &load->record,
                        .whole = run->whole,
                        .keys = tag_keys_load(run->db, run->arena, load->provider.type, error)};
    if (load->swap.keys == NULL ||
        !record_step_started(run->db, run->arena, manifest_id, STEP_DOWNLOAD, error) ||
        !record_step_started(run->db, run->arena, manifest_id, STEP_PROCESSING, error)) {
        return false;
    }
    Fold *fold = fold_files(load, error);
    bool done = fold != NULL &&
                record_step_ended(run->db, run->arena, manifest_id, STEP_DOWNLOAD, error) &&
                record_step_ended(run->db, run->arena, manifest_id, STEP_PROCESSING, error) &&
                record_step_started(run->db, run->arena, manifest_id, STEP_SUMMARY, error) &&
                !job_run_cancelled(run, error);
    if (done) {
        write_outcomes(load, report, true);
        done = swap_month(run, &load->swap, fold, report->files, &report->groups, error);
    }
    fold_free(fold);
    if (!done) {
        return false;
    }
    log_info("ingest", "%s: complete: %llu groups, in %.2f s", load->label,
             (unsigned long long)report->groups, clock_monotonic() - start);
    return true;
}

/* Tells manifest and files what went wrong. The connection may be what went wrong: then the queue
 * tells, and the next try sets them right. */
static void tell_failure(Load *load, LoadReport *report, const Error *error)
{
    JobRun *run = load->run;
    Error ignored = {0};
    write_outcomes(load, report, false);
    if (error->code == ERROR_CANCELLED) {
        return;
    }
    bool told = record_step_failed(run->db, run->arena, load->record.manifest_id, STEP_PROCESSING,
                                   error->message, &ignored);
    for (int i = 0; told && i < report->file_count; i++) {
        told = record_file_ended(run->db, run->arena, load->record.manifest_id, &report->files[i],
                                 &ignored);
    }
    if (!told) {
        log_warning("ingest", "%s: its failure could not be noted: %s", load->label,
                    ignored.message);
    }
}

bool load_month(JobRun *run, LoadReport *report, Error *error)
{
    Load load = {.run = run};
    *report = (LoadReport){0};
    if (!prepare(&load, report, error)) {
        return false;
    }
    pthread_mutex_init(&load.lock, NULL);
    bool done = job_run_use_schema(run, load.provider.schema, error) && go(&load, report, error);
    if (!done) {
        db_rollback(run->db);
        tell_failure(&load, report, error);
    }
    db_script(run->db, "RESET search_path", NULL);
    pthread_mutex_destroy(&load.lock);
    return done;
}
