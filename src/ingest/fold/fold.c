#include "ingest/fold/fold.h"

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "ingest/fold/binder.h"
#include "ingest/fold/spill.h"

enum {
    DEFAULT_MEMORY = 256 * 1024 * 1024,
    MEMORY_CHECK_LINES = 1024, /* lines, or groups, between two looks at the memory used */
};

struct Fold {
    Arena *arena;
    FoldOptions options;
    Groups groups;
    Spill *spill;
    uint64_t lines;  /* folded, but not yet told to the progress */
    Fold *instances; /* NULL: not asked for */
    Fold *whole;     /* of the instances: what they are part of */
};

static FoldDimension *copy_dimensions(Arena *arena, const FoldDimension *dimensions, int count)
{
    FoldDimension *copy = arena_array(arena, (size_t)count + 1, sizeof *copy);
    for (int i = 0; i < count; i++) {
        copy[i] = dimensions[i];
    }
    return copy;
}

/* Both share one budget of memory: see spill_if_full. */
static bool add_instances(Fold *fold, Error *error)
{
    FoldOptions options = fold->options;
    options.dimensions = options.instance_dimensions;
    options.dimension_count = options.instance_dimension_count;
    options.instance_dimension_count = 0;
    options.resources = false;
    fold->instances = fold_new(&options, error);
    if (fold->instances != NULL) {
        fold->instances->whole = fold;
    }
    return fold->instances != NULL;
}

Fold *fold_new(const FoldOptions *options, Error *error)
{
    if (options->dimension_count < 0 || options->dimension_count > FOLD_DIMENSION_COUNT ||
        options->instance_dimension_count < 0 ||
        options->instance_dimension_count > FOLD_DIMENSION_COUNT) {
        error_set(error, ERROR_INVALID, "a fold has at most %d dimensions", FOLD_DIMENSION_COUNT);
        return NULL;
    }
    Arena *arena = arena_new();
    Fold *fold = arena_alloc(arena, sizeof *fold);
    fold->arena = arena;
    fold->options = *options;
    fold->options.memory = options->memory > 0 ? options->memory : DEFAULT_MEMORY;
    fold->options.spill_dir = arena_strdup(arena, options->spill_dir);
    fold->options.dimensions =
        copy_dimensions(arena, options->dimensions, options->dimension_count);
    fold->options.instance_dimensions =
        copy_dimensions(arena, options->instance_dimensions, options->instance_dimension_count);
    groups_init(&fold->groups, &fold->options);
    fold->spill = spill_new(fold->options.spill_dir);
    if (options->instance_dimension_count > 0 && !add_instances(fold, error)) {
        fold_free(fold);
        return NULL;
    }
    return fold;
}

void fold_free(Fold *fold)
{
    if (fold != NULL) {
        fold_free(fold->instances);
        groups_free(&fold->groups);
        spill_free(fold->spill);
        arena_free(fold->arena);
    }
}

static bool spill_groups(Fold *fold, Error *error)
{
    if (!spill_run(fold->spill, &fold->groups, error)) {
        return false;
    }
    groups_free(&fold->groups);
    groups_init(&fold->groups, &fold->options);
    return true;
}

static bool spill_if_full(Fold *fold, Error *error)
{
    fold = fold->whole != NULL ? fold->whole : fold;
    size_t groups = groups_memory(&fold->groups);
    size_t instances = fold->instances != NULL ? groups_memory(&fold->instances->groups) : 0;
    return groups + instances <= (size_t)fold->options.memory ||
           spill_groups(instances > groups ? fold->instances : fold, error);
}

static void note_fault(Fold *fold, FoldProgress *progress, const FoldFault *fault)
{
    atomic_fetch_add_explicit(&progress->faults, 1, memory_order_relaxed);
    if (fold->options.fault != NULL) {
        fold->options.fault(fold->options.context, fault);
    }
}

/* Not at every line: threads that write one counter wait for each other. */
static void tell_lines(Fold *fold, FoldProgress *progress)
{
    atomic_fetch_add_explicit(&progress->lines, fold->lines, memory_order_relaxed);
    fold->lines = 0;
}

/* The last use of the line, which may be changed. */
static bool add_instance(Fold *instances, const Binder *binder, FoldLine *line, Error *error)
{
    const ReportFamily *family = binder_family(binder);
    return family->is_instance == NULL || !family->is_instance(line) ||
           groups_add_line(&instances->groups, line, error);
}

/* A file while it is folded. */
typedef struct Folding {
    Fold *fold;
    const char *file, *member;
    FoldProgress *progress;
    Binder *binder;
    CsvScanner *scanner;
} Folding;

static bool fold_record(const Folding *folding, Error *error)
{
    FoldLine line;
    Fold *fold = folding->fold;
    FoldProgress *progress = folding->progress;
    FoldFault fault = {
        .file = folding->file, .member = folding->member, .line = csv_line(folding->scanner)};
    if (!binder_read(folding->binder, folding->scanner, &line, &fault.column, &fault.reason)) {
        note_fault(fold, progress, &fault);
        return true;
    }
    if (!groups_add_line(&fold->groups, &line, error) ||
        (fold->instances != NULL &&
         !add_instance(fold->instances, folding->binder, &line, error))) {
        return false;
    }
    if (++fold->lines < MEMORY_CHECK_LINES) {
        return true;
    }
    tell_lines(fold, progress);
    return spill_if_full(fold, error);
}

/* The records behind the header. */
static bool fold_records(const Folding *folding, Error *error)
{
    for (;;) {
        switch (csv_next(folding->scanner, error)) {
        case CSV_RECORD:
            if (!fold_record(folding, error)) {
                return false;
            }
            break;
        case CSV_BROKEN:
            note_fault(folding->fold, folding->progress,
                       &(FoldFault){.file = folding->file,
                                    .member = folding->member,
                                    .line = csv_line(folding->scanner),
                                    .column = "",
                                    .reason = csv_reason(folding->scanner)});
            break;
        case CSV_END:
            return true;
        case CSV_FAILED:
            return false;
        }
    }
}

/* A csv file, which the inflated bytes are. */
static bool fold_csv(Folding *folding, Inflate *inflate, Error *error)
{
    Arena *arena = arena_new();
    folding->scanner = csv_new(inflate, NULL);
    CsvOutcome outcome = csv_next(folding->scanner, error);
    folding->member = inflate_member(inflate);
    bool done = false;
    if (outcome == CSV_END) {
        error_set(error, ERROR_DATA, "the file is empty: it has no header");
    } else if (outcome == CSV_BROKEN) {
        error_set(error, ERROR_DATA, "the first line is no header: %s",
                  csv_reason(folding->scanner));
    } else if (outcome == CSV_RECORD) {
        folding->binder = binder_new(arena, folding->scanner, &folding->fold->options, error);
        done = folding->binder != NULL && fold_records(folding, error);
    }
    tell_lines(folding->fold, folding->progress);
    csv_free(folding->scanner);
    arena_free(arena);
    if (!done && folding->member != NULL) {
        error_wrap(error, "%s", folding->member);
    }
    return done;
}

bool fold_file(Fold *fold, const ByteSource *source, const char *file_name, FoldProgress *progress,
               Error *error)
{
    FoldProgress unseen = {0};
    Folding folding = {
        .fold = fold, .file = file_name, .progress = progress != NULL ? progress : &unseen};
    Inflate *inflate = inflate_new(source, &folding.progress->bytes_read);
    int more = 1;
    bool done = true;
    while (done && more > 0) {
        done = fold_csv(&folding, inflate, error);
        more = done ? inflate_next(inflate, error) : 0;
    }
    inflate_free(inflate);
    return (done && more == 0) || error_wrap(error, "%s", file_name);
}

static uint32_t most_resources(const Fold *fold)
{
    uint32_t most = 1;
    for (uint32_t i = 0; i < fold->groups.count; i++) {
        uint32_t count = groups_resource_count(groups_at(&fold->groups, i));
        most = count > most ? count : most;
    }
    return most;
}

static bool each_in_memory(Fold *fold, FoldEach *each, void *context, Error *error)
{
    Arena *arena = arena_new();
    FoldText *resources = arena_array(arena, most_resources(fold), sizeof *resources);
    bool done = true;
    for (uint32_t i = 0; done && i < fold->groups.count; i++) {
        FoldGroup view;
        groups_view(&fold->groups, groups_at(&fold->groups, i), &view, resources);
        done = each(context, &view, error);
    }
    arena_free(arena);
    return done;
}

bool fold_each(Fold *fold, FoldEach *each, void *context, Error *error)
{
    if (spill_run_count(fold->spill) == 0) {
        return each_in_memory(fold, each, context, error);
    }
    return (fold->groups.count == 0 || spill_groups(fold, error)) &&
           spill_merge(fold->spill, each, context, error);
}

static bool add_group(void *context, const FoldGroup *group, Error *error)
{
    Fold *fold = context;
    return groups_add_group(&fold->groups, group, error) &&
           (fold->groups.count % MEMORY_CHECK_LINES != 0 || spill_if_full(fold, error));
}

bool fold_merge(Fold *into, Fold *from, Error *error)
{
    spill_take(into->spill, from->spill);
    bool done = each_in_memory(from, add_group, into, error);
    groups_free(&from->groups);
    groups_init(&from->groups, &from->options);
    return done && spill_if_full(into, error) &&
           (into->instances == NULL || fold_merge(into->instances, from->instances, error));
}

Fold *fold_instances(Fold *fold)
{
    return fold->instances;
}

uint64_t fold_group_count(const Fold *fold)
{
    return fold->groups.count;
}
