/* Exchange rates that are fetched once a day from a service (koku-api.md §7.2). */
#ifndef KONTOR_SETTINGS_RATE_SERVICE_H
#define KONTOR_SETTINGS_RATE_SERVICE_H

#include "base/background.h"
#include "base/config.h"
#include "db/database.h"

typedef struct RateService {
    const Config *config;
    Database *database;
} RateService;

/* A BackgroundTask; `context` is a RateService whose configuration has an exchange_rates_url. While
 * the service is away, the rates of its last good answer stay. */
void rate_service_task(void *context, const Stop *stop);

typedef struct FetchedRates {
    const char *codes; /* PostgreSQL arrays of the same length: of ISO 4217's codes … */
    const char *rates; /* … and how many of each one unit of the base is worth */
    int count;
} FetchedRates;

/* Reads an answer, {"rates": {"USD": 1, "EUR": 0.9, …}}. What is no currency of ISO 4217, or not
 * more than 0, is left out. ERROR_DATA when nothing is left. */
bool rate_service_parse(Arena *arena, const char *text, size_t length, FetchedRates *rates,
                        Error *error);

#endif
