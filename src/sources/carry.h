/* An organisation's rows of the Sources API as one document: to be written down, moved, and
 * compared with what is there. */
#ifndef KONTOR_SOURCES_CARRY_H
#define KONTOR_SOURCES_CARRY_H

#include "db/db.h"

/* The tenants that have an organisation: org_id, external_tenant ("" for none). */
DbResult *sources_carry_tenants(Db *db, Arena *arena, Error *error);

/* JSON of all that belongs to the whole organisation (not to one of its users), in order of ids:
 *   {"sources": [{"id", "uid", "name", "source_type": "amazon", …,
 *                 "endpoints": [{"id", …}],
 *                 "applications": [{"id", "application_type", "extra", "paused",
 *                                   "authentication_ids": ["5"]}],
 *                 "authentications": [{"id", "resource_type", "resource_id", …, "password"}]}],
 *    "rhc_connections": [{"id", "rhc_id", "extra", "source_ids": ["12"]}],
 *    "secrets": [{"id", "name", …, "password"}],
 *    "of_users": rows that belong to single users and are left out}
 * Passwords are as they are stored, sealed. An organisation that is not known has empty lists. */
const char *sources_carry_read(Db *db, Arena *arena, const char *org_id, Error *error);

/* The id of a row of the catalogue ("source_types" or "application_types") by its name; NULL, and
 * ERROR_NOT_FOUND, when there is none. */
const char *sources_carry_type(Db *db, Arena *arena, const char *table, const char *name,
                               Error *error);

#endif
