/* What is wanted of a map column whose cells are JSON objects, read once for each distinct cell. */
#ifndef KONTOR_INGEST_FOLD_MEMBERS_H
#define KONTOR_INGEST_FOLD_MEMBERS_H

#include "base/arena.h"
#include "ingest/fold/binding.h"

typedef struct Members Members;

/* `map` must outlive it. Lives in `arena`; keeps cells within `limit` bytes. */
Members *members_new(Arena *arena, const BoundMap *map, size_t limit);

/* The values of the map's members, in their order, of a cell; they are valid until the next
 * call. A cell that is no JSON object has none: a cost counts, whatever is said of its product. */
const FoldText *members_of(Members *members, FoldText cell);

#endif
