/* Threads that do a server's standing work until they are told to stop. */
#ifndef KONTOR_BASE_BACKGROUND_H
#define KONTOR_BASE_BACKGROUND_H

#include <stdbool.h>

#include "base/error.h"

/* Raised once, seen by all: "end what you do". A NULL Stop is never raised. */
typedef struct Stop Stop;

/* Not raised yet. NULL is allowed to stop_free. */
Stop *stop_new(void);
void stop_free(Stop *stop);

/* Raises it; also safe in a signal handler. */
void stop_raise(Stop *stop);

/* Is it? */
bool stop_raised(const Stop *stop);

/* Waits until it is raised, at most `seconds`; returns whether it is. */
bool stop_wait(const Stop *stop, double seconds);

/* A descriptor that is readable from the moment it is raised, for poll(); -1 for a NULL Stop. */
int stop_descriptor(const Stop *stop);

/* A set of threads with one Stop. */
typedef struct Background Background;

/* What a thread runs: it returns soon after the Stop is raised. */
typedef void BackgroundTask(void *context, const Stop *stop);

Background *background_new(void);

/* Starts a thread named `name` (at most 15 characters) with a small stack, signals blocked.
 * `context` must live until background_free. */
bool background_start(Background *background, const char *name, BackgroundTask *task, void *context,
                      Error *error);

/* The set's Stop. */
const Stop *background_stop_of(const Background *background);

/* Raises the Stop, waits for all threads, frees the set. NULL is allowed. */
void background_free(Background *background);

#endif
