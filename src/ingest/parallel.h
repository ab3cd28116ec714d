/* Several report files folded side by side, one thread a core. */
#ifndef KONTOR_INGEST_PARALLEL_H
#define KONTOR_INGEST_PARALLEL_H

#include "ingest/fold/fold.h"

/* What the threads ask for: opens file `index` and folds it into `fold`. Called from several
 * threads at once, each index once. */
typedef bool ParallelFold(void *context, int index, Fold *fold, Error *error);

/* Folds files 0..count-1 with at most `threads` threads into one Fold, whose memory they share out
 * among them. NULL and the first error when one fails; the others are then left. */
Fold *parallel_fold(const FoldOptions *options, int count, int threads, ParallelFold *fold_one,
                    void *context, Error *error);

/* The processors this process may use. */
int parallel_cores(void);

#endif
