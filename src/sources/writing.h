/* What the handlers that change rows share: the transaction, its events, the rows' locks. */
#ifndef KONTOR_SOURCES_WRITING_H
#define KONTOR_SOURCES_WRITING_H

#include "sources/body.h"
#include "sources/events.h"
#include "sources/resource.h"

/* The origin of the call's events. */
EventOrigin call_origin(const Call *call);

/* Begins the call's transaction, and names the caller to the audit log. */
bool call_transact(Call *call);

/* Ends it: commits when `done`, else rolls back and, when nothing was answered yet, answers for the
 * database's failure. Returns whether all is kept. */
bool call_finish(Call *call, bool done);

/* Writes "<Resource>.<action>" for a row as it stands now. `source_id` may be NULL. */
bool call_event(Call *call, EventResource resource, const char *action, const char *id,
                const char *source_id);

/* A row that is about to be changed. */
typedef struct LockedRow {
    const char *id;
    const char *source_id; /* NULL: it hangs on none */
    bool paused;
} LockedRow;

/* Locks a row that the caller may see, and the source that it hangs on (events_lock_source).
 * Answers 404 when there is none. */
bool call_lock(Call *call, const Resource *resource, const char *id, LockedRow *row);

/* A time of a body as PostgreSQL takes it: "2006-01-02 15:04:05 UTC" or RFC 3339. NULL when absent;
 * *valid is false (and 400 answered) for anything else. */
const char *call_body_time(Call *call, const json_t *body, const char *name, bool *valid);

/* A password of a body, sealed; *sealed is NULL when it is absent. False when the key can't be
 * read. */
bool call_sealed_password(Call *call, const json_t *body, const char **sealed);

/* What a paused row takes: only what its consumers report. */
extern const BodyField PAUSED_FIELDS[];

/* The fields of a new row, for bulk_create too. */
extern const BodyField SOURCE_CREATE_FIELDS[];
extern const BodyField APPLICATION_CREATE_FIELDS[];
extern const BodyField ENDPOINT_CREATE_FIELDS[];
extern const BodyField AUTHENTICATION_CREATE_FIELDS[];

/* Each checks a body (the original's checks in its order, sources-api.md §7) and makes the row in
 * the call's open transaction, without its event. They return its id, or NULL when the answer is
 * given or call->error says why. */
const char *sources_insert(Call *call, const json_t *body);
const char *applications_insert(Call *call, const json_t *body, const char **source_id);
/* `words` stands before a message of validation: "Validation failed: ", or "". */
const char *endpoints_insert(Call *call, const json_t *body, const char *words,
                             const char **source_id);
const char *authentications_insert(Call *call, const json_t *body, const char **source_id);
const char *application_authentications_insert(Call *call, const char *application_id,
                                               const char *authentication_id);

/* Deletes a locked row with all that hangs on it and writes the events in the original's order
 * (sources-api.md §7, §9). */
bool destroy_source(Call *call, const LockedRow *row);
bool destroy_application(Call *call, const LockedRow *row);
bool destroy_endpoint(Call *call, const LockedRow *row);

#endif
