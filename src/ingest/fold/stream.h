/* One report file folded by one thread, or by several at once: these take blocks of whole records
 * from it in turn, so that one inflates while others fold. */
#ifndef KONTOR_INGEST_FOLD_STREAM_H
#define KONTOR_INGEST_FOLD_STREAM_H

#include <stdint.h>

#include "ingest/fold/fold.h"

typedef struct FoldStream FoldStream;

/* `source` is read by one thread at a time; it, `file_name` and `progress` must outlive the stream.
 */
FoldStream *fold_stream_new(const ByteSource *source, const char *file_name,
                            FoldProgress *progress);
void fold_stream_free(FoldStream *stream);

/* Cuts blocks from the first line on, as if others waited, and of `size` bytes instead of what
 * suits the cache: for tests. */
void fold_stream_cut(FoldStream *stream, uint32_t size);

/* Folds lines of the file into `fold` until the file has no more; any number of threads may call it
 * at any time, each with a fold of its own. The groups of all are those that fold_file gives, and
 * it fails as that does; when it fails for one thread, the others end as at the end of the file. A
 * file whose quotes make no sense somewhere is read by one thread alone from there on. */
bool fold_stream_run(FoldStream *stream, Fold *fold, Error *error);

/* After all threads have ended: why the first of them failed, or NULL. It belongs to the stream. */
const Error *fold_stream_failure(FoldStream *stream);

/* Is there nothing left to take? */
bool fold_stream_ended(const FoldStream *stream);

#endif
