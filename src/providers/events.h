/* From source to provider: the consumer of the Sources API's events. */
#ifndef KONTOR_PROVIDERS_EVENTS_H
#define KONTOR_PROVIDERS_EVENTS_H

#include "base/background.h"
#include "base/config.h"
#include "db/database.h"

typedef struct ProviderEvents {
    const Config *config;
    Database *database;
} ProviderEvents;

/* Applies all events that wait and whose time has come. An event that can't be applied is kept
 * with its error in provider_event_error and tried again later; others go on. *failed (may be NULL)
 * counts those. False when a database is away. */
bool provider_events_apply(const ProviderEvents *events, int *failed, Error *error);

/* The same over connections of the caller's, which may be held (db_hold). */
bool provider_events_apply_over(const Config *config, Db *koku, Db *sources, int *failed,
                                Error *error);

/* Applies events as they come, until stopped: a background task, `context` is a ProviderEvents. */
void provider_events_task(void *context, const Stop *stop);

#endif
