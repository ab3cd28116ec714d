/* The catalogue: which kinds of sources and applications there are (catalogue.json, built in). */
#ifndef KONTOR_SOURCES_CATALOGUE_H
#define KONTOR_SOURCES_CATALOGUE_H

#include "db/db.h"

/* Writes the built-in catalogue into the tables, which have it for joins and foreign keys; rows
 * that are as they should be stay untouched. Safe to run by several programs at once. */
bool catalogue_seed(Db *db, Error *error);

#endif
