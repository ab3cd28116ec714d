/* The static access file: who may do what, without a service (docs/access.md). */
#ifndef KONTOR_IDENTITY_ACCESS_FILE_H
#define KONTOR_IDENTITY_ACCESS_FILE_H

#include <jansson.h>

#include "identity/permissions.h"

/* Reads {"rules": [{"org_id", "users": […], "groups": […], "read": {RESOURCE: [VALUE…]},
 * "write": {…}}]}: a JSON tree of `arena`. NULL and ERROR_DATA that names the rule and what is
 * wrong with it: a mistake must not open, or close, what nobody meant. */
void *access_file_parse(Arena *arena, const char *text, size_t length, Error *error);

/* What the rules give to a caller, for an application ("cost-management", "sources"); texts are
 * copied into `arena`. */
PermissionList access_file_permissions(Arena *arena, const json_t *document,
                                       const Identity *identity, const char *application);

#endif
