/* What a source of the Sources API asks for: the provider that should exist because of it. */
#ifndef KONTOR_PROVIDERS_WISH_H
#define KONTOR_PROVIDERS_WISH_H

#include <jansson.h>

#include "base/arena.h"
#include "base/error.h"
#include "db/outbox.h"

typedef struct ProviderWish {
    int64_t source_id;
    const char *source_uid; /* NULL when the snapshot names no source */
    const char *org_id;     /* "" when only an account number is known */
    const char *account;
    const char *name;
    const char *source_type; /* "amazon" */
    const char *type;        /* "AWS"; NULL: a source type without cost reports */
    /* It has an application of cost management; otherwise no provider must be there. */
    bool wanted;
    bool paused;
    json_t *data_source; /* the billing source */
    json_t *credentials; /* the authentication; secrets of `extra` stand in it as plain text */
    const char *missing; /* the first setting that is required and not given, or NULL */
} ProviderWish;

/* Reads an event's snapshot (db/outbox.h). A snapshot whose source was deleted is a wish for
 * nothing. The trees go with `arena`. */
bool wish_read(Arena *arena, const OutboxEvent *event, ProviderWish *wish, Error *error);

/* Is a setting of an application's `extra` a credential, by this or another of its names? */
bool wish_is_credential(const char *setting);

#endif
