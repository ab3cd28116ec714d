#include <pthread.h>

#include "base/csv_text.h"
#include "cmd/report_rows.h"
#include "ingest/fold/parallel.h"

enum { ROWS_A_SLICE = 2048, THREADS_MAX = 16 };

/* Slices are put into text side by side and written in their order. */
typedef struct CsvJob {
    FILE *out;
    const ReportLayout *layout;
    const ReportRow *rows;
    size_t count;
    pthread_mutex_t lock; /* of what follows, and of `out` */
    pthread_cond_t changed;
    size_t taken, written; /* slices */
} CsvJob;

void report_csv_header(FILE *out, const ReportLayout *layout)
{
    for (int i = 0; i < layout->count; i++) {
        fprintf(out, "%s,", layout->names[i]);
    }
    for (int i = 0; i < REPORT_MEASURES; i++) {
        fprintf(out, "%s%s", REPORT_MEASURE_NAMES[i], i + 1 < REPORT_MEASURES ? "," : "\n");
    }
}

void report_csv_row(Buffer *out, const ReportLayout *layout, const ReportRow *row)
{
    for (int i = 0; i < layout->count; i++) {
        char day[DATE_TEXT_SIZE];
        FoldText text = report_cell(layout, row, i, day);
        csv_write_bytes(out, text.bytes, text.length);
        buffer_append_char(out, ',');
    }
    for (int i = 0; i < REPORT_MEASURES; i++) {
        size_t length = decimal_format(row->values[i], buffer_reserve(out, DECIMAL_TEXT_SIZE));
        buffer_grew(out, length);
        buffer_append_char(out, i + 1 < REPORT_MEASURES ? ',' : '\n');
    }
}

static bool take_slice(CsvJob *job, size_t *slice)
{
    pthread_mutex_lock(&job->lock);
    *slice = job->taken;
    bool taken = *slice * ROWS_A_SLICE < job->count;
    job->taken += taken;
    pthread_mutex_unlock(&job->lock);
    return taken;
}

static void write_slice(CsvJob *job, size_t slice, const Buffer *text)
{
    pthread_mutex_lock(&job->lock);
    while (job->written < slice) {
        pthread_cond_wait(&job->changed, &job->lock);
    }
    fwrite(text->data, 1, text->length, job->out);
    job->written++;
    pthread_cond_broadcast(&job->changed);
    pthread_mutex_unlock(&job->lock);
}

static void *write_slices(void *context)
{
    CsvJob *job = context;
    Arena *arena = arena_new();
    Buffer *text = buffer_new(arena);
    size_t slice;
    while (take_slice(job, &slice)) {
        size_t first = slice * ROWS_A_SLICE, left = job->count - first;
        buffer_clear(text);
        for (size_t i = 0; i < left && i < ROWS_A_SLICE; i++) {
            report_csv_row(text, job->layout, &job->rows[first + i]);
        }
        write_slice(job, slice, text);
    }
    arena_free(arena);
    return NULL;
}

void report_csv_write(FILE *out, const ReportLayout *layout, const ReportRow *rows, size_t count)
{
    CsvJob job = {.out = out, .layout = layout, .rows = rows, .count = count};
    pthread_t threads[THREADS_MAX];
    size_t wanted = (size_t)parallel_cores(), slices = count / ROWS_A_SLICE + 1, started = 0;
    wanted = wanted < slices ? wanted : slices;
    pthread_mutex_init(&job.lock, NULL);
    pthread_cond_init(&job.changed, NULL);
    report_csv_header(out, layout);
    while (started + 1 < wanted && started < THREADS_MAX &&
           pthread_create(&threads[started], NULL, write_slices, &job) == 0) {
        started++;
    }
    write_slices(&job); /* this thread is one of them */
    for (size_t i = 0; i < started; i++) {
        pthread_join(threads[i], NULL);
    }
    pthread_cond_destroy(&job.changed);
    pthread_mutex_destroy(&job.lock);
}
