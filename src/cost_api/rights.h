/* What a caller may read and change of the Cost Management API (koku-api.md §5.2). */
#ifndef KONTOR_COST_API_RIGHTS_H
#define KONTOR_COST_API_RIGHTS_H

#include "identity/permissions.h"

/* What rights are about. */
typedef enum Resource {
    RESOURCE_AWS_ACCOUNT,
    RESOURCE_AWS_ORGANIZATIONAL_UNIT,
    RESOURCE_AZURE_SUBSCRIPTION,
    RESOURCE_GCP_ACCOUNT,
    RESOURCE_GCP_PROJECT,
    RESOURCE_OPENSHIFT_CLUSTER,
    RESOURCE_OPENSHIFT_NODE,
    RESOURCE_OPENSHIFT_PROJECT,
    RESOURCE_COST_MODEL,
    RESOURCE_SETTINGS,
    RESOURCE_SOURCES,
    RESOURCE_KINDS,
} Resource;

/* Everything of a resource, or these values of it. */
typedef struct Grant {
    bool all;
    const char **values; /* not NULL-terminated */
    int count;
} Grant;

typedef struct Rights {
    Grant read[RESOURCE_KINDS];
    Grant write[RESOURCE_KINDS];
} Rights;

/* Everything. */
const Rights *rights_all(void);

/* The union of a list of permissions. Who may write may read; "rate" is another name of cost_model;
 * the verb "*" is all verbs. */
const Rights *rights_of_permissions(Arena *arena, const PermissionList *list);

/* Does the grant give anything at all? */
bool grant_any(const Grant *grant);

/* Does it give this value? */
bool grant_has(const Grant *grant, const char *value);

/* The values that are UUIDs as a PostgreSQL array, '{…}'; NULL: all. */
const char *grant_uuids(Arena *arena, const Grant *grant);

/* Sets of resources: bits. */
#define RESOURCE_BIT(resource) (1u << (resource))
#define RESOURCES_AWS                                                                              \
    (RESOURCE_BIT(RESOURCE_AWS_ACCOUNT) | RESOURCE_BIT(RESOURCE_AWS_ORGANIZATIONAL_UNIT))

/* What a path of the API asks of its callers. */
typedef struct RightsRule {
    const char *path; /* behind /api/cost-management/v1, or whole; with all that is below it */
    unsigned read;    /* one of these for GET; 0: to be entitled is enough */
    unsigned write;   /* and for the other methods; 0: nobody but those who may do everything */
    bool narrowed;    /* answers those who may read some accounts with those accounts alone */
    bool by_model;    /* lets those in who may read or change some cost models, to those alone */
} RightsRule;

/* The rule of a path: that of the longest beginning; NULL when there is none, which leaves the path
 * to those who may do everything. */
const RightsRule *rights_rule(const char *path);

/* Does the caller have the right that the rule asks for a method? */
bool rights_allow(const Rights *rights, const RightsRule *rule, const char *method);

/* Are the AWS costs that may be read limited to some accounts or organizational units? */
bool rights_narrow_aws(const Rights *rights);

#endif
