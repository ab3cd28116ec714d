/* A source as this face shows it: the Sources API's row and what became of it. */
#ifndef KONTOR_COST_SOURCES_ITEM_H
#define KONTOR_COST_SOURCES_ITEM_H

#include "cost_api/call.h"
#include "cost_sources/kinds.h"
#include "ingest/provider_state.h"

typedef struct SourceItem {
    CostSource row;
    const SourceKind *kind;
    const ProviderState *state; /* NULL: no provider is there (yet) */
    const char *cost_models;    /* JSON: [{"name", "uuid"}] */
} SourceItem;

/* The caller's sources in the order of their ids; with a key the one that has it as id or uuid.
 * False when the answer is written already. */
bool items_read(CostCall *call, const char *key, SourceItem **items, int *count);

/* items_read of the path's first parameter; NULL when the answer is written already: 404. */
SourceItem *item_of_path(CostCall *call);

/* Writes the object. */
void item_write(CostCall *call, JsonWriter *json, const SourceItem *item);

#endif
