/* An organisation's settings out of the tables of its schema, as the document has them. Koku's
 * tables have the same names, so this reads both; what an older or a newer one does not have is
 * left out. */
#ifndef KONTOR_MOVING_SETTINGS_READ_H
#define KONTOR_MOVING_SETTINGS_READ_H

#include <jansson.h>

#include "db/db.h"
#include "moving/report.h"

/* Puts the members of "settings" (docs/moving.md) into `settings`. `schema` is not quoted; one that
 * is not there has none. Tables that are missing are noted in `report`, if it is not NULL. */
bool settings_read(Db *db, Arena *arena, const char *schema, json_t *settings, MovingReport *report,
                   Error *error);

/* Is there such a table? `name` may be "schema"."table", quoted. */
bool settings_table_exists(Db *db, Arena *arena, const char *name, bool *exists, Error *error);

/* A statement with the quoted schema in the place of each {schema}. */
const char *settings_in_schema(Arena *arena, const char *quoted, const char *template);

#endif
