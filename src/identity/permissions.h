/* What a caller may do: asked of an RBAC service, or read in a static access file. */
#ifndef KONTOR_IDENTITY_PERMISSIONS_H
#define KONTOR_IDENTITY_PERMISSIONS_H

#include <jansson.h>

#include "base/config.h"
#include "identity/identity.h"

/* One grant: "aws.account", "read", for these values. */
typedef struct Permission {
    const char *resource; /* "*": all */
    const char *verb;     /* "read", "write"; "*": all */
    bool all;             /* for everything of that resource */
    const char **values;  /* else for these */
    int value_count;
} Permission;

typedef struct PermissionList {
    const Permission *entries;
    int count;
} PermissionList;

typedef struct Permissions Permissions;

/* As --rbac-url or --access-file say. NULL and an Error when they make no sense. */
Permissions *permissions_new(const Config *config, Error *error);
/* NULL is allowed. */
void permissions_free(Permissions *permissions);

/* Where they are asked for, before the server starts; it must outlive it. */
void permissions_use(Permissions *permissions);

/* Is there a service or a file? Without either, admins may do everything and others nothing. */
bool permissions_configured(void);

/* May this caller do everything without being asked for? The organisation's admin, unless the
 * setting enhanced-org-admin says no; and who is at home on this machine. */
bool permissions_are_all(const Identity *identity);

/* What the caller may do in an application ("cost-management", "sources"). An answer of the service
 * is kept for some seconds. ERROR_UNAVAILABLE when the service is away or fails; a caller whom it
 * refuses to know may do nothing. */
bool permissions_read(Arena *arena, const Identity *identity, const char *application,
                      PermissionList *list, Error *error);

/* Reads the entries of a service's answer, an array of {"permission", "resourceDefinitions"}, that
 * are about an application. Definitions that are not understood grant nothing. */
PermissionList permissions_of_answer(Arena *arena, const json_t *entries, const char *application);

#endif
