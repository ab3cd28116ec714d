#include "ingest/jobs/load_watch.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/log.h"

enum { TICKS_A_SECOND = 5, LOG_SECONDS = 10 };

struct LoadWatch {
    JobRun *run;
    const Record *record;
    const char *label;
    FoldProgress *(*progress_of)(void *context, int index);
    void *context;
    pthread_mutex_t *lock;
    Stop *stop;
    pthread_t thread;
    double start;
};

static Pace look(const LoadWatch *watch)
{
    Pace pace = {.seconds = clock_monotonic() - watch->start};
    for (int i = 0; i < watch->record->file_count; i++) {
        const FoldProgress *progress = watch->progress_of(watch->context, i);
        pace.lines += atomic_load_explicit(&progress->lines, memory_order_relaxed);
        pace.faults += atomic_load_explicit(&progress->faults, memory_order_relaxed);
        pace.bytes += atomic_load_explicit(&progress->bytes_read, memory_order_relaxed);
        pace.total_bytes += watch->record->files[i].size;
    }
    pace_work_out(&pace);
    return pace;
}

/* What can't be told now is told the next time, or in the end. */
static void tell_rows(const LoadWatch *watch, const Pace *pace)
{
    Error ignored = {0};
    Arena *arena = arena_new();
    const Record *record = watch->record;
    FileProgress *files = arena_array(arena, (size_t)record->file_count + 1, sizeof *files);
    for (int i = 0; i < record->file_count; i++) {
        const FoldProgress *progress = watch->progress_of(watch->context, i);
        files[i] = (FileProgress){.key = record->files[i].key,
                                  .bytes_read = atomic_load(&progress->bytes_read),
                                  .lines = atomic_load(&progress->lines),
                                  .faults = atomic_load(&progress->faults)};
    }
    pthread_mutex_lock(watch->lock);
    bool told = record_progress(watch->run->db, arena, record->manifest_id, files,
                                record->file_count, pace, &ignored);
    pthread_mutex_unlock(watch->lock);
    if (!told) {
        log_debug("ingest", "%s: its progress could not be noted: %s", watch->label,
                  ignored.message);
    }
    arena_free(arena);
}

static void tell_log(const LoadWatch *watch, const Pace *pace)
{
    char left[64] = "";
    if (pace->seconds_left >= 0) {
        snprintf(left, sizeof left, ", about %.0f s left", pace->seconds_left);
    }
    log_info("ingest", "%s: %llu lines so far, %.1f of %.1f MB, %.0f lines/s%s", watch->label,
             (unsigned long long)pace->lines, (double)pace->bytes / 1e6,
             (double)pace->total_bytes / 1e6, pace->lines_per_second, left);
}

static void *go(void *argument)
{
    const LoadWatch *watch = argument;
    const Ingest *ingest = watch->run->ingest;
    for (int tick = 1; !stop_wait(watch->stop, 1.0 / TICKS_A_SECOND); tick++) {
        Pace pace = look(watch);
        if (ingest->watch != NULL) {
            ingest->watch(ingest->watch_context, watch->label, &pace);
        }
        if (tick % TICKS_A_SECOND == 0) {
            tell_rows(watch, &pace);
        }
        if (tick % (TICKS_A_SECOND * LOG_SECONDS) == 0) {
            tell_log(watch, &pace);
        }
    }
    if (ingest->watch != NULL) {
        ingest->watch(ingest->watch_context, watch->label, NULL);
    }
    return NULL;
}

LoadWatch *load_watch_start(JobRun *run, const Record *record, const char *label,
                            FoldProgress *(*progress_of)(void *context, int index), void *context,
                            pthread_mutex_t *lock)
{
    LoadWatch *watch = malloc(sizeof *watch);
    if (watch == NULL) {
        abort();
    }
    *watch = (LoadWatch){.run = run,
                         .record = record,
                         .label = label,
                         .progress_of = progress_of,
                         .context = context,
                         .lock = lock,
                         .stop = stop_new(),
                         .start = clock_monotonic()};
    if (pthread_create(&watch->thread, NULL, go, watch) != 0) {
        stop_free(watch->stop);
        free(watch);
        return NULL;
    }
    return watch;
}

void load_watch_stop(LoadWatch *watch)
{
    if (watch != NULL) {
        stop_raise(watch->stop);
        pthread_join(watch->thread, NULL);
        stop_free(watch->stop);
        free(watch);
    }
}
