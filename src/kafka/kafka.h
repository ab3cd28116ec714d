/* Kafka by librdkafka: a producer that keeps order and loses nothing, a consumer that commits by
 * hand. */
#ifndef KONTOR_KAFKA_KAFKA_H
#define KONTOR_KAFKA_KAFKA_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/config.h"
#include "base/error.h"

enum { KAFKA_HEADERS_MAX = 16 };

typedef struct KafkaHeader {
    const char *name;
    const char *value;
} KafkaHeader;

typedef struct KafkaMessage {
    const char *topic;
    const char *key; /* NULL: none */
    KafkaHeader headers[KAFKA_HEADERS_MAX];
    int header_count;
    const char *value;
    size_t length; /* bytes of value */
} KafkaMessage;

/* What became of a message that was handed over. */
typedef enum KafkaDelivery {
    KAFKA_WAITING,
    KAFKA_DELIVERED, /* all replicas that must have it have it */
    KAFKA_TOO_LARGE, /* no broker will ever take it */
    KAFKA_FAILED,    /* refused, such as for want of rights: worth another try */
} KafkaDelivery;

typedef struct KafkaProducer KafkaProducer;

/* Connects in the background to the brokers of `config` (kafka_brokers and what belongs to it);
 * idempotent, acks=all. NULL and ERROR_INVALID when the settings make no sense. */
KafkaProducer *kafka_producer_new(const Config *config, Error *error);
/* Gives up on what is not delivered. NULL is allowed. */
void kafka_producer_free(KafkaProducer *producer);

/* Hands a message over; it is copied. *delivery changes in kafka_producer_wait, and must live until
 * it is no longer KAFKA_WAITING or the producer is freed. */
bool kafka_produce(KafkaProducer *producer, const KafkaMessage *message, KafkaDelivery *delivery,
                   Error *error);

/* Waits up to `seconds` for delivery; returns how many messages still wait. A broker that is away
 * is waited for without end: messages don't expire. */
int kafka_producer_wait(KafkaProducer *producer, double seconds);

/* Does the producer have to be made anew? */
bool kafka_producer_broken(const KafkaProducer *producer);

typedef struct KafkaConsumer KafkaConsumer;

/* Subscribes `group` to `topic`, from the oldest message when the group is new. */
KafkaConsumer *kafka_consumer_new(const Config *config, const char *group, const char *topic,
                                  Error *error);
void kafka_consumer_free(KafkaConsumer *consumer);

/* Waits up to `seconds` for a message, which is copied to `arena`. False when none came. */
bool kafka_consume(KafkaConsumer *consumer, Arena *arena, double seconds, KafkaMessage *message);

/* Everything consumed so far is done: it does not come again. */
bool kafka_consumer_commit(KafkaConsumer *consumer, Error *error);

#endif
