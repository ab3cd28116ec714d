/* Report files folded by several threads, one a core: side by side while there are files enough,
 * and together on what is left then. */
#ifndef KONTOR_INGEST_FOLD_PARALLEL_H
#define KONTOR_INGEST_FOLD_PARALLEL_H

#include "ingest/fold/fold.h"

/* Files 0..count-1, as the threads ask for them. Each function is called once a file, for several
 * files at once. */
typedef struct ParallelFiles {
    int count;
    const char *(*name)(void *context, int index);       /* for messages */
    FoldProgress *(*progress)(void *context, int index); /* counts what is read */
    bool (*open)(void *context, int index, ByteSource *source, Error *error);
    /* After the file was folded, or (`error` is not NULL) could not be opened or folded. */
    void (*close)(void *context, int index, const Error *error);
    void *context;
} ParallelFiles;

/* Folds the files with at most `threads` threads into one Fold, whose memory they share out among
 * them. NULL and the first error when one fails; the others are then left. */
Fold *parallel_fold(const FoldOptions *options, const ParallelFiles *files, int threads,
                    Error *error);

/* The processors this process may use. */
int parallel_cores(void);

#endif
