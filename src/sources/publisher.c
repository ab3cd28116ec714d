#include "sources/publisher.h"

#include <string.h>

#include "base/json.h"
#include "base/log.h"
#include "db/outbox.h"
#include "identity/identity.h"
#include "kafka/kafka.h"

enum { PAGE = 100, WAIT_SECONDS = 30, AWAY_SECONDS = 3, TURN_SECONDS = 5 };

static const double POLL_SECONDS = 0.5;

/* One server publishes at a time; an arbitrary number that nothing else uses. */
static const char LOCK[] = "7272620011";

/* An event that only Kontor's own consumers know (docs/compatibility.md). */
static bool is_internal(const OutboxEvent *event)
{
    const char *dot = strchr(event->event_type, '.');
    return dot != NULL && strcmp(dot, ".check_availability") == 0;
}

static void add_header(KafkaMessage *message, const char *name, const char *value)
{
    if (value != NULL && *value != '\0') {
        message->headers[message->header_count++] = (KafkaHeader){name, value};
    }
}

static KafkaMessage message_of(Arena *arena, const char *topic, const OutboxEvent *event)
{
    Error error = {0};
    const json_t *stored = json_parse(arena, event->headers, strlen(event->headers), &error);
    const char *identity = json_get_string(stored, "x-rh-identity");
    if (identity == NULL || *identity == '\0') {
        identity = identity_encode_system(arena, event->org_id, event->account);
    }
    KafkaMessage message = {.topic = topic,
                            .key = *event->org_id != '\0'    ? event->org_id
                                   : *event->account != '\0' ? event->account
                                                             : identity,
                            .value = event->payload,
                            .length = strlen(event->payload)};
    add_header(&message, "x-rh-sources-account-number", event->account);
    add_header(&message, "x-rh-sources-org-id", event->org_id);
    add_header(&message, "x-rh-identity", identity);
    add_header(&message, "event_type", event->event_type);
    add_header(&message, "encoding", "json");
    return message;
}

/* Hands a page over and waits until Kafka has it, or the stop is raised. */
static bool send_page(KafkaProducer *producer, const char *topic, Arena *arena,
                      const OutboxEvent *events, int count, KafkaDelivery *deliveries,
                      const Stop *stop, Error *error)
{
    for (int i = 0; i < count; i++) {
        deliveries[i] = KAFKA_DELIVERED;
        if (is_internal(&events[i])) {
            continue;
        }
        KafkaMessage message = message_of(arena, topic, &events[i]);
        if (!kafka_produce(producer, &message, &deliveries[i], error)) {
            return false;
        }
    }
    while (kafka_producer_wait(producer, POLL_SECONDS) > 0) {
        if (stop_raised(stop)) {
            return false;
        }
    }
    return true;
}

/* Marks what Kafka has, up to the first that it has not: the order stays. */
static bool mark_page(Db *db, Arena *arena, const OutboxEvent *events, int count,
                      const KafkaDelivery *deliveries, Error *error)
{
    bool whole = true;
    if (!db_begin(db, error)) {
        return false;
    }
    for (int i = 0; i < count && whole; i++) {
        whole = deliveries[i] == KAFKA_DELIVERED || deliveries[i] == KAFKA_TOO_LARGE;
        if (deliveries[i] == KAFKA_TOO_LARGE) {
            log_error("sources",
                      "event %lld (%s of source %lld) is too large for Kafka and left "
                      "out: raise message.max.bytes of the topic",
                      (long long)events[i].id, events[i].event_type,
                      (long long)events[i].source_id);
        }
        if (whole && !outbox_mark(db, arena, "kafka", events[i].id, error)) {
            db_rollback(db);
            return false;
        }
    }
    return db_commit(db, error) &&
           (whole || error_set(error, ERROR_UNAVAILABLE, "Kafka refuses an event"));
}

/* `deliveries` has room for a page, and outlives the producer, which writes into it. */
static bool publish_waiting(KafkaProducer *producer, const Config *config, Db *db,
                            KafkaDelivery *deliveries, const Stop *stop, Error *error)
{
    bool going = true;
    int count = PAGE;
    Arena *arena = arena_new();
    while (going && count == PAGE && !stop_raised(stop)) {
        OutboxEvent *events;
        arena_reset(arena);
        going = outbox_read(db, arena, "kafka", 0, PAGE, &events, &count, error);
        if (!going || count == 0) {
            break;
        }
        going = send_page(producer, config->kafka_topic, arena, events, count, deliveries, stop,
                          error) &&
                mark_page(db, arena, events, count, deliveries, error);
    }
    arena_free(arena);
    return going;
}

static bool take_turn(Db *db, bool *mine, Error *error)
{
    Arena *arena = arena_new();
    DbResult *rows = DB_QUERY(db, arena, error, "SELECT pg_try_advisory_lock($1)", LOCK);
    *mine = rows != NULL && db_bool(rows, 0, 0);
    arena_free(arena);
    return rows != NULL;
}

/* Listens first and reads then, so that nothing that comes in between is missed. */
static bool publish(const KafkaLink *link, KafkaProducer *producer, Db *db,
                    KafkaDelivery *deliveries, const Stop *stop, Error *error)
{
    bool mine = false;
    if (!take_turn(db, &mine, error)) {
        return false;
    }
    if (!mine) {
        stop_wait(stop, TURN_SECONDS);
        return true;
    }
    if (!db_listen(db, "event_outbox", error)) {
        return false;
    }
    while (!stop_raised(stop) && !kafka_producer_broken(producer)) {
        if (!publish_waiting(producer, link->config, db, deliveries, stop, error) ||
            (!db_wait_notification(db, WAIT_SECONDS, stop_descriptor(stop), error) &&
             error->code != ERROR_NONE)) {
            return false;
        }
    }
    return true;
}

void publisher_task(void *context, const Stop *stop)
{
    const KafkaLink *link = context;
    while (!stop_raised(stop)) {
        Error error = {0};
        KafkaDelivery deliveries[PAGE];
        KafkaProducer *producer = kafka_producer_new(link->config, &error);
        Db *db = producer != NULL ? db_connect(database_conninfo(link->database, "sources"), &error)
                                  : NULL;
        bool done = db != NULL && publish(link, producer, db, deliveries, stop, &error);
        /* The connection's end gives the turn back. */
        db_close(db);
        kafka_producer_free(producer);
        if (!done && !stop_raised(stop)) {
            log_warning("sources", "events wait for Kafka: %s", error.message);
            stop_wait(stop, AWAY_SECONDS);
        }
    }
}
