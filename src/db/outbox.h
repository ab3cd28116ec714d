/* Events of the Sources database: written in the transaction of the change they tell of, read by
 * consumers in order, each applied exactly once in effect.
 *
 * The table is event_outbox (sql/sources/0002_event_outbox.sql):
 *   id, created_at, event_type, source_id, org_id, account, headers jsonb, payload jsonb,
 *   snapshot jsonb, <consumer>_at timestamptz NULL
 * Events of one source are in order of id, because every writer holds that source's row lock when
 * the id is drawn. A consumer marks a row with <consumer>_at when its effect is committed; an
 * event that is delivered twice must have the effect of one.
 *
 * The snapshot is what consumers go by:
 *   {"source": {"id": 12, "uid": "…", "name": "…", "source_type": "amazon", "source_ref": null,
 *               "paused": false},
 *    "applications": [{"id": 3, "application_type": "/insights/platform/cost-management",
 *                      "extra": {…}, "paused": false}],
 *    "authentications": [{"id": 5, "resource_type": "Source", "resource_id": 12,
 *                         "authtype": "cloud-meter-arn", "username": "arn:…",
 *                         "password_sealed": "v1:…" or null, "extra": {…} or null}],
 *    "deleted": false}
 * After the source's deletion "deleted" is true and the lists are empty. */
#ifndef KONTOR_DB_OUTBOX_H
#define KONTOR_DB_OUTBOX_H

#include <stdint.h>

#include "db/db.h"

typedef struct OutboxEvent {
    int64_t id;
    int64_t source_id;      /* 0 for none */
    const char *event_type; /* "Application.create" */
    const char *org_id;     /* tenant, or "" */
    const char *account;    /* account number, or "" */
    const char *headers;    /* JSON object of the Kafka headers */
    const char *payload;    /* JSON as the original publishes it */
    const char *snapshot;   /* JSON: the source with all that hangs on it, after the change */
} OutboxEvent;

/* Writes an event inside the caller's transaction and notifies the consumers on commit. It is
 * posted (db_post): a failure is that of the next statement, or of the commit. */
bool outbox_write(Db *db, Arena *arena, const OutboxEvent *event, Error *error);

/* The same, with payload and snapshot as the row stands now, in one statement: `function` is the
 * SQL function that makes the payload of row `id` (sql/sources/0003_event_payloads.sql); both
 * payload and snapshot of `event` are left alone. */
bool outbox_write_row(Db *db, Arena *arena, const OutboxEvent *event, const char *function,
                      const char *id, Error *error);

/* Up to `most` events with an id above `after` that `consumer` ("provider" or "kafka") has not
 * marked, oldest first. */
bool outbox_read(Db *db, Arena *arena, const char *consumer, int64_t after, int most,
                 OutboxEvent **events, int *count, Error *error);

/* Marks one as done. */
bool outbox_mark(Db *db, Arena *arena, const char *consumer, int64_t id, Error *error);

/* Deletes events that all consumers are done with and that are older than OUTBOX_KEPT_DAYS; `kafka`
 * says whether Kafka is a consumer here. */
enum { OUTBOX_KEPT_DAYS = 7 };
bool outbox_purge(Db *db, Arena *arena, bool kafka, int64_t *purged, Error *error);

#endif
