#include "db/outbox.h"

#include <stdlib.h>
#include <string.h>

/* The consumers and their columns; names go into SQL, so only these are known. */
static const struct {
    const char *consumer;
    const char *read_sql;
    const char *mark_sql;
} CONSUMERS[] = {
#define CONSUMER(name)                                                                             \
    {                                                                                              \
#name,                                                                                     \
            "SELECT id, COALESCE(source_id, 0), event_type, org_id, account, headers, payload,"    \
            "       snapshot"                                                                      \
            "  FROM event_outbox"                                                                  \
            " WHERE " #name "_at IS NULL AND id > $2"                                              \
            " ORDER BY id"                                                                         \
            " LIMIT $1",                                                                           \
            "UPDATE event_outbox SET " #name "_at = now() WHERE id = $1"                           \
    }
    CONSUMER(provider),
    CONSUMER(kafka),
#undef CONSUMER
};

enum { CONSUMER_COUNT = sizeof CONSUMERS / sizeof *CONSUMERS };

static int find_consumer(const char *name, Error *error)
{
    for (int i = 0; i < CONSUMER_COUNT; i++) {
        if (strcmp(CONSUMERS[i].consumer, name) == 0) {
            return i;
        }
    }
    error_set(error, ERROR_INTERNAL, "the outbox knows no consumer \"%s\"", name);
    return -1;
}

bool outbox_write(Db *db, Arena *arena, const OutboxEvent *event, Error *error)
{
    const char *source_id =
        event->source_id != 0 ? arena_printf(arena, "%lld", (long long)event->source_id) : NULL;
    return DB_POST(db, error,
                   "WITH written AS ("
                   "    INSERT INTO event_outbox"
                   "        (event_type, source_id, org_id, account, headers, payload, snapshot)"
                   "    VALUES ($1, $2, $3, $4, $5, $6, $7)"
                   "    RETURNING id)"
                   " SELECT pg_notify('event_outbox', id::text) FROM written",
                   event->event_type, source_id, event->org_id, event->account, event->headers,
                   event->payload, event->snapshot);
}

bool outbox_write_row(Db *db, Arena *arena, const OutboxEvent *event, const char *function,
                      const char *id, Error *error)
{
    const char *source_id =
        event->source_id != 0 ? arena_printf(arena, "%lld", (long long)event->source_id) : NULL;
    return DB_POST(db, error,
                   arena_printf(arena,
                                "WITH written AS ("
                                "    INSERT INTO event_outbox"
                                "        (event_type, source_id, org_id, account, headers,"
                                "         payload, snapshot)"
                                "    VALUES ($1, $2, $3, $4, $5, COALESCE(%s($6), '{}'),"
                                "            event_snapshot($2))"
                                "    RETURNING id)"
                                " SELECT pg_notify('event_outbox', id::text) FROM written",
                                function),
                   event->event_type, source_id, event->org_id, event->account, event->headers, id);
}

bool outbox_read(Db *db, Arena *arena, const char *consumer, int64_t after, int most,
                 OutboxEvent **events, int *count, Error *error)
{
    int which = find_consumer(consumer, error);
    if (which < 0) {
        return false;
    }
    DbResult *rows =
        DB_QUERY(db, arena, error, CONSUMERS[which].read_sql, arena_printf(arena, "%d", most),
                 arena_printf(arena, "%lld", (long long)after));
    if (rows == NULL) {
        return false;
    }
    *count = db_row_count(rows);
    *events = arena_array(arena, (size_t)*count, sizeof **events);
    for (int i = 0; i < *count; i++) {
        (*events)[i] = (OutboxEvent){
            .id = db_int(rows, i, 0),
            .source_id = db_int(rows, i, 1),
            .event_type = db_text(rows, i, 2),
            .org_id = db_text(rows, i, 3),
            .account = db_text(rows, i, 4),
            .headers = db_text(rows, i, 5),
            .payload = db_text(rows, i, 6),
            .snapshot = db_text(rows, i, 7),
        };
    }
    return true;
}

bool outbox_mark(Db *db, Arena *arena, const char *consumer, int64_t id, Error *error)
{
    int which = find_consumer(consumer, error);
    return which >= 0 && DB_QUERY(db, arena, error, CONSUMERS[which].mark_sql,
                                  arena_printf(arena, "%lld", (long long)id)) != NULL;
}

bool outbox_purge(Db *db, Arena *arena, bool kafka, int64_t *purged, Error *error)
{
    DbResult *rows =
        DB_QUERY(db, arena, error,
                 "DELETE FROM event_outbox"
                 " WHERE created_at < now() - make_interval(days => $1::integer)"
                 "   AND provider_at IS NOT NULL"
                 "   AND (kafka_at IS NOT NULL OR NOT $2::boolean)",
                 arena_printf(arena, "%d", OUTBOX_KEPT_DAYS), kafka ? "true" : "false");
    *purged = rows != NULL ? db_affected(rows) : 0;
    return rows != NULL;
}
