/* Groups on disk: sorted runs, written when memory is full and merged at the end. */
#ifndef KONTOR_INGEST_FOLD_SPILL_H
#define KONTOR_INGEST_FOLD_SPILL_H

#include "base/arena.h"
#include "ingest/fold/groups.h"

typedef struct Spill Spill;

/* Where temporary files go: the directory, or where it is NULL that of TMPDIR, or /tmp. */
const char *spill_directory(const char *directory);

/* Makes a file there that has no name, for reading and writing: nothing is left of it when it is
 * closed. Its descriptor, or -1. */
int spill_open_file(const char *directory, Error *error);

/* No file is made before the first run. `directory` is as above. */
Spill *spill_new(const char *directory);
void spill_free(Spill *spill);

/* Writes all groups as one sorted run. ERROR_UNAVAILABLE when the disk is full. */
bool spill_run(Spill *spill, const Groups *groups, Error *error);

/* Takes over the runs of `from`, which is left empty. */
void spill_take(Spill *spill, Spill *from);

int spill_run_count(const Spill *spill);

/* Merges the runs: `each` sees every group once, in the order of their keys. */
bool spill_merge(Spill *spill, FoldEach *each, void *context, Error *error);

#endif
