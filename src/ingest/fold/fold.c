#include "ingest/fold/fold.h"

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "ingest/fold/fold_internal.h"

enum { DEFAULT_MEMORY = 256 * 1024 * 1024 };

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
    if (!groups_settle(&fold->groups, error) || !spill_run(fold->spill, &fold->groups, error)) {
        return false;
    }
    groups_free(&fold->groups);
    groups_init(&fold->groups, &fold->options);
    return true;
}

size_t fold_cache_limit(const FoldOptions *options)
{
    return (size_t)options->memory / 16;
}

uint64_t fold_next_stable(void)
{
    static _Atomic uint64_t last;
    return atomic_fetch_add_explicit(&last, 1, memory_order_relaxed) + 1;
}

bool fold_spill_if_full(Fold *fold, Error *error)
{
    fold = fold->whole != NULL ? fold->whole : fold;
    size_t groups = groups_memory(&fold->groups);
    size_t instances = fold->instances != NULL ? groups_memory(&fold->instances->groups) : 0;
    return groups + instances <= (size_t)fold->options.memory / 4 * 3 ||
           spill_groups(instances > groups ? fold->instances : fold, error);
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

static bool move_groups(Fold *into, Fold *from, Error *error)
{
    Translation *translation = translation_new(&from->groups);
    bool done = true;
    while (done && from->groups.count > 0) {
        int runs = spill_run_count(into->spill);
        done = groups_move_chunk(&into->groups, &from->groups, translation, error) &&
               fold_spill_if_full(into, error);
        if (spill_run_count(into->spill) > runs) {
            translation_forget(translation);
        }
    }
    translation_free(translation);
    return done;
}

bool fold_merge(Fold *into, Fold *from, Error *error)
{
    spill_take(into->spill, from->spill);
    bool done = groups_settle(&from->groups, error) && move_groups(into, from, error);
    groups_free(&from->groups);
    groups_init(&from->groups, &from->options);
    return done && (into->instances == NULL || fold_merge(into->instances, from->instances, error));
}

Fold *fold_instances(Fold *fold)
{
    return fold->instances;
}

bool fold_spilled(const Fold *fold)
{
    return spill_run_count(fold->spill) > 0;
}

uint64_t fold_group_count(const Fold *fold)
{
    return fold->groups.count;
}
