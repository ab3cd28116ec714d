/* Why a provider is, or is not, processed: every step from its row to its last error, for
 * `kontor explain` and for the web interface. */
#ifndef KONTOR_INGEST_EXPLAIN_H
#define KONTOR_INGEST_EXPLAIN_H

#include "base/config.h"
#include "db/db.h"

typedef enum ExplainAnswer {
    EXPLAIN_YES,
    EXPLAIN_NO,   /* this is why nothing comes */
    EXPLAIN_NOTE, /* worth knowing, and no fault */
} ExplainAnswer;

/* One check; the texts live in the arena that explain_provider was given. */
typedef struct ExplainCheck {
    ExplainAnswer answer;
    const char *question; /* "bucket reachable" */
    const char *text;     /* what was found */
    const char *remedy;   /* what to do about it; NULL: nothing */
} ExplainCheck;

typedef void ExplainSay(void *context, const ExplainCheck *check);

/* Goes through the checks of the provider `uuid` (or of the source with this uid, which may have
 * none yet) in their order and tells each. It looks into the bucket, with the keys of the provider
 * or the configuration; `db` is the koku database. False when the database fails: a bucket that
 * can't be read is a check that says no. */
bool explain_provider(const Config *config, Db *db, Arena *arena, const char *uuid,
                      ExplainSay *each, void *context, Error *error);

#endif
