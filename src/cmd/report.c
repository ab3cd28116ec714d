#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/background.h"
#include "base/buffer.h"
#include "base/json.h"
#include "cmd/progress_bar.h"
#include "cmd/report_output.h"
#include "cmd/verb.h"
#include "ingest/fold/parallel.h"
#include "ingest/input.h"
#include "net/http_client.h"

enum { FAULTS_SHOWN = 20, PROGRESS_A_SECOND = 5 };

typedef struct Job {
    const Config *config;
    InputList inputs;
    OpenInput **open;     /* by input */
    uint64_t total_bytes; /* 0 when an input's size is not known */
    FoldProgress progress;
    pthread_mutex_t lock;
    Stop *finished;
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
    Pace pace = {.lines = atomic_load(&job->progress.lines),
                 .faults = atomic_load(&job->progress.faults),
                 .bytes = atomic_load(&job->progress.bytes_read),
                 .total_bytes = job->total_bytes,
                 .seconds = clock_monotonic() - start};
    pace_work_out(&pace);
    progress_bar_draw("", &pace);
}

static void *show_progress(void *context)
{
    const Job *job = context;
    double start = clock_monotonic();
    bool drawn = false;
    while (!stop_wait(job->finished, 1.0 / PROGRESS_A_SECOND)) {
        draw_progress(job, start);
        drawn = true;
    }
    if (drawn) {
        progress_bar_draw("", NULL);
    }
    return NULL;
}

static Fold *fold_inputs(Job *job, const ReportLayout *layout, Error *error)
{
    FoldOptions options = {.dimensions = layout->dimensions,
                           .dimension_count = layout->count,
                           .measures = report_measures(),
                           .memory = job->config->memory,
                           .fault = show_fault,
                           .context = job};
    pthread_t drawer;
    job->finished = stop_new();
    bool drawing =
        progress_bar_possible() && pthread_create(&drawer, NULL, show_progress, job) == 0;
    ParallelFiles files = {.count = job->inputs.count,
                           .name = name_of,
                           .progress = progress_of,
                           .open = open_one,
                           .close = close_one,
                           .context = job};
    Fold *fold = parallel_fold(&options, &files, parallel_cores(), error);
    stop_raise(job->finished);
    if (drawing) {
        pthread_join(drawer, NULL);
    }
    stop_free(job->finished);
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
         "resource, service, tags, type, unit; several with commas, \"\" for the total alone"},
        {"format", OPTION_TEXT, &format, "FORMAT", "table, csv or json"},
        {0},
    };
    const VerbUsage usage = {
        "kontor report FILE…|DIRECTORY|s3://BUCKET/PREFIX|- [--group-by NAMES] [--format FORMAT]",
        "Sums cost and usage reports (csv, also as gz, zip or zst) without database or server. "
        "Costs are exact\n"
        "decimals. Lines that cannot be read are named on standard error and left out.",
        options, OPERANDS_ANY};
    int exit_code;
    if (!verb_options(&usage, config, &argc, argv, &exit_code)) {
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
