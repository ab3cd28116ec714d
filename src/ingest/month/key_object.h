/* Reading what fold/keys.h writes: a group's tags or cost categories, a canonical JSON object of
 * texts. */
#ifndef KONTOR_INGEST_MONTH_KEY_OBJECT_H
#define KONTOR_INGEST_MONTH_KEY_OBJECT_H

#include "base/arena.h"
#include "ingest/fold/fold.h"

/* A key and its value as they stand between the quotes. In canonical objects the same text always
 * stands there in the same way. */
typedef struct KeyPair {
    FoldText key, value;
} KeyPair;

/* The next pair of `*rest`, which is moved behind it; at first `*rest` is the object. False when
 * there is none. */
bool key_object_next(FoldText *rest, KeyPair *pair);

/* What stands between quotes as the text it means, in `arena` or where it stands. */
FoldText key_object_text(Arena *arena, FoldText quoted);

#endif
