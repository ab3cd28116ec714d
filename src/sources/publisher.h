/* Events of the outbox to Kafka (sources-api.md §9): in order, at least once. */
#ifndef KONTOR_SOURCES_PUBLISHER_H
#define KONTOR_SOURCES_PUBLISHER_H

#include "base/background.h"
#include "base/config.h"
#include "db/database.h"

typedef struct KafkaLink {
    const Config *config;
    Database *database;
} KafkaLink;

/* The thread that publishes, where `config` names brokers. Of several servers one publishes at a
 * time. A row is marked only once Kafka has it, so a killed server publishes some twice, and loses
 * none; a broker that is away is waited for. `context` is a KafkaLink. */
void publisher_task(void *context, const Stop *stop);

#endif
