/* The topic on which other services tell the availability of resources (sources-api.md §10). */
#ifndef KONTOR_SOURCES_STATUS_LISTENER_H
#define KONTOR_SOURCES_STATUS_LISTENER_H

#include "sources/publisher.h"

/* The thread that listens, where the configuration names brokers: each message changes its row and
 * writes <Type>.update and Records.update to the outbox in one transaction; then its offset is
 * kept. A message that makes no sense, or is about no row of its tenant, is logged and dropped.
 * `context` is a KafkaLink. */
void status_listener_task(void *context, const Stop *stop);

#endif
