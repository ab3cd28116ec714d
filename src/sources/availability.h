/* What the ingest found out about buckets, written back to sources and applications. */
#ifndef KONTOR_SOURCES_AVAILABILITY_H
#define KONTOR_SOURCES_AVAILABILITY_H

#include "db/db.h"

/* Applies the rows of koku's availability_outbox that wait: status, error and times of the cost
 * management application and its source, with their events. Exactly once in effect: a row is marked
 * after its effect is committed, and the same status twice is one. *applied counts them. */
bool sources_apply_availability(DbPool *koku, DbPool *sources, int *applied, Error *error);

#endif
