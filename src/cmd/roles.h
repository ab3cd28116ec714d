/* The parts of the product that a server takes on: `kontor serve --roles`. */
#ifndef KONTOR_CMD_ROLES_H
#define KONTOR_CMD_ROLES_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/error.h"

/* Bits of a set. */
typedef enum Role {
    ROLE_SOURCES_API = 1 << 0,         /* the Sources API, its events to Kafka */
    ROLE_COST_MANAGEMENT_API = 1 << 1, /* the Cost Management API */
    ROLE_MASU = 1 << 2,                /* from source to provider, and the ingest */
    ROLE_ALL = ROLE_SOURCES_API | ROLE_COST_MANAGEMENT_API | ROLE_MASU,
} Role;

/* Reads "sources-api,masu" or "all" into a set; names may have blanks around them. Fails, naming
 * the roles there are, on an unknown or missing one. */
bool roles_parse(const char *text, Role *roles, Error *error);

/* The name of one role. */
const char *role_name(Role role);

/* The names of a set, "sources-api,masu". */
const char *roles_text(Arena *arena, Role roles);

#endif
