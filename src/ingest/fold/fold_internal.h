/* The fold from inside: for the files of this folder only. */
#ifndef KONTOR_INGEST_FOLD_FOLD_INTERNAL_H
#define KONTOR_INGEST_FOLD_FOLD_INTERNAL_H

#include "base/arena.h"
#include "ingest/fold/groups.h"
#include "ingest/fold/spill.h"

struct Fold {
    Arena *arena;
    FoldOptions options;
    Groups groups;
    Spill *spill;
    uint64_t lines;  /* folded, but not yet told to the progress */
    Fold *instances; /* NULL: not asked for */
    Fold *whole;     /* of the instances: what they are part of */
};

/* What each cache of a binder may have of the fold's memory, of which a quarter is theirs together.
 */
size_t fold_cache_limit(const FoldOptions *options);

/* A number for FoldLine.stable that no other lines have, of whatever file and thread. */
uint64_t fold_next_stable(void);

/* Spills when fold and instances have more memory than they may. */
bool fold_spill_if_full(Fold *fold, Error *error);

#endif
