/* The sources of an organisation as cost management sees them: each with its application and its
 * authentication of that purpose. */
#ifndef KONTOR_SOURCES_COST_VIEW_H
#define KONTOR_SOURCES_COST_VIEW_H

#include "db/db.h"

/* Texts live in the arena; NULL where there is nothing. */
typedef struct CostSource {
    const char *id;
    const char *uid;
    const char *name;
    const char *type; /* "amazon", "azure", "google", "openshift" */
    const char *source_ref;
    bool paused;         /* the source, or its application */
    const char *created; /* "2026-11-23 11:41:01" */
    const char *updated; /* "2026-11-23T11:41:01.483452Z": when anything of it changed last */
    const char *application_id;
    const char *extra; /* JSON: the application's */
    const char *authentication_id;
    const char *authtype;
    const char *username;
    const char *authentication_extra; /* JSON */
} CostSource;

/* All of them in the order of their ids, or, `key` given, the one that has it as its id or uid.
 * Sources of other types, and those that belong to single users, are none of cost management's. */
bool cost_view_read(Db *db, Arena *arena, const char *org_id, const char *key, CostSource **sources,
                    int *count, Error *error);

#endif
