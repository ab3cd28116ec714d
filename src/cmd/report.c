#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buffer.h"
#include "base/json.h"
#include "cmd/report_output.h"
#include "cmd/verb.h"
#include "ingest/input.h"
#include "ingest/parallel.h"
#include "net/http_client.h"

enum { FAULTS_SHOWN = 20, PROGRESS_MS = 200 };

typedef struct Job {
    const Config *config;
    InputList inputs;
    OpenInput **open;     /* by input */
    uint64_t total_bytes; /* 0 when an input's size is not known */
    FoldProgress progress;
    pthread_mutex_t lock;
    _Atomic bool finished;
} Job;

static void show_fault(void *context, const FoldFault *fault)
{
    Job *job = context;
    if (atomic_load(&job->progress.faults) <= FAULTS_SHOWN) {
        bool packed = fault->member != NULL;
        fprintf(stderr, "%s%s%s:%llu: line left out: %s%s%s\n", fault->file, packed ? ", " : "",
                packed ? fault->member : "", (unsigned long long)fault->line, fault->column,
                *fault->column != '\0' ? " " : "", fault->reason);
    }
}

static const char *name_of(void *context, int index)
{
    return ((Job *)context)->inputs.inputs[index].name;
}

static FoldProgress *progress_of(void *context, int index)
{
    (void)index;
    return &((Job *)context)->progress;
}

static bool open_one(void *context, int index, ByteSource *source, Error *error)
{
    Job *job = context;
    job->open[index] = input_open(job->config, &job->inputs.inputs[index], error);
    if (job->open[index] != NULL) {
        *source = input_bytes(job->open[index]);
    }
    return job->open[index] != NULL;
}

static void close_one(void *context, int index, const Error *error)
{
    (void)error;
    input_close(((Job *)context)->open[index]);
}

static void draw_progress(const Job *job, double start)
{
    uint64_t bytes = atomic_load(&job->progress.bytes_read);
    uint64_t lines = atomic_load(&job->progress.lines);
    double seconds = clock_monotonic() - start;
    double rate = seconds > 0 ? (double)lines / seconds : 0;
    if (job->total_bytes > 0) {
        double done = (double)bytes / (double)job->total_bytes;
        double left = done > 0.01 ? seconds / done - seconds : 0;
        int filled = (int)(done * 30);
        fprintf(stderr, "\r[%.*s%*s] %3.0f %%  %llu lines, %.0f/s, %.0f s left \033[K",
                filled > 30 ? 30 : filled, "##############################",
                30 - (filled > 30 ? 30 : filled), "", done * 100, (unsigned long long)lines, rate,
                left);
    } else {
        fprintf(stderr, "\r%llu lines, %.0f/s \033[K", (unsigned long long)lines, rate);
    }
}

static void *show_progress(void *context)
{
    Job *job = context;
    double start = clock_monotonic();
    bool drawn = false;
    for (int i = 1; !atomic_load(&job->finished); i++) {
        usleep(20 * 1000);
        if (i % (PROGRESS_MS / 20) == 0) {
            draw_progress(job, start);
            drawn = true;
        }
    }
    if (drawn) {
        fprintf(stderr, "\r\033[K");
    }
    return NULL;
}

static Fold *fold_inputs(Job *job, const ReportLayout *layout, Error *error)
{
    FoldOptions options = {.dimensions = layout->dimensions,
                           .dimension_count = layout->count,
                           .memory = job->config->memory,
                           .fault = show_fault,
                           .context = job};
    pthread_t drawer;
    bool drawing = isatty(STDERR_FILENO) && pthread_create(&drawer, NULL, show_progress, job) == 0;
    ParallelFiles files = {.count = job->inputs.count,
                           .name = name_of,
                           .progress = progress_of,
                           .open = open_one,
                           .close = close_one,
                           .context = job};
    Fold *fold = parallel_fold(&options, &files, parallel_cores(), error);
    atomic_store(&job->finished, true);
    if (drawing) {
        pthread_join(drawer, NULL);
    }
    return fold;
}

static bool gather_inputs(Job *job, Arena *arena, int argc, char **argv, Error *error)
{
    for (int i = 1; i < argc; i++) {
        if (!input_list_add(&job->inputs, arena, job->config, argv[i], error)) {
            return false;
        }
    }
    job->open = arena_array(arena, (size_t)job->inputs.count + 1, sizeof *job->open);
    bool known = true;
    for (int i = 0; i < job->inputs.count; i++) {
        job->total_bytes += job->inputs.inputs[i].size;
        known = known && job->inputs.inputs[i].size > 0;
    }
    job->total_bytes = known ? job->total_bytes : 0;
    return job->inputs.count > 0 ||
           error_set(error, ERROR_INVALID, "name at least one report; --help tells more");
}

int cmd_report(Config *config, int argc, char **argv)
{
    const char *group_by = "service", *format = "table";
    const Option options[] = {
        {"group-by", OPTION_TEXT, &group_by, "NAMES",
         "account, az, category, currency, day, family, instance_type, payer, product, region, "
         "resource, "
         "service, tags, type, unit; several with commas, \"\" for the total alone"},
        {"format", OPTION_TEXT, &format, "FORMAT", "table, csv or json"},
        {0},
    };
    const VerbUsage usage = {
        "kontor report FILE…|DIRECTORY|s3://BUCKET/PREFIX|- [--group-by NAMES] [--format FORMAT]",
        "Sums cost and usage reports (csv, also as gz, zip or zst) without database or server. "
        "Costs are exact\n"
        "decimals. Lines that cannot be read are named on standard error and left out.",
        options};
    int exit_code;
    if (!verb_options(&usage, config, false, &argc, argv, &exit_code)) {
        return exit_code;
    }
    Error error = {0};
    Job job = {.config = config};
    ReportLayout layout;
    Arena *arena = arena_new();
    Fold *fold = NULL;
    if (!report_layout_parse(&layout, group_by, format, &error)) {
        verb_failed("report", &error);
        arena_free(arena);
        return EXIT_USAGE;
    }
    bool done = http_client_global_init(&error) && gather_inputs(&job, arena, argc, argv, &error) &&
                (fold = fold_inputs(&job, &layout, &error)) != NULL &&
                report_write(stdout, fold, &layout, atomic_load(&job.progress.lines),
                             atomic_load(&job.progress.faults), &error);
    uint64_t faults = atomic_load(&job.progress.faults);
    if (faults > 0) {
        fprintf(stderr, "kontor report: %llu lines could not be read and are left out\n",
                (unsigned long long)faults);
    }
    fold_free(fold);
    arena_free(arena);
    return done ? EXIT_OK : verb_failed("report", &error);
}
