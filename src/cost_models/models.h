/* Cost models: what a body says of one, how it is stored, how it is shown. */
#ifndef KONTOR_COST_MODELS_MODELS_H
#define KONTOR_COST_MODELS_MODELS_H

#include "cost_api/call.h"
#include "cost_models/source_types.h"

#define COST_MODELS COST_MANAGEMENT_API "/cost-models"

/* What a 404 calls it (call_not_found). */
#define COST_MODEL "CostModel"

extern const HttpRoute COST_MODEL_ROUTES[];

/* What a body says; NULL for what it does not, which stays as it was, or has its default. */
typedef struct ModelWish {
    const char *uuid; /* of a new one, where it is kept (cost_api_keep_uuids) */
    const char *name;
    const char *description;
    const SourceType *type;
    const char **sources; /* uuids */
    int source_count;
    const char *rates;  /* JSON */
    const char *markup; /* JSON */
    const char *distribution;
    const char *distribution_info; /* JSON, with all members */
    const char *default_info;      /* the same for a model that has none yet */
    const char *currency;
    const char **price_lists; /* uuids, the first counts most */
    int price_list_count;
} ModelWish;

/* Reads and checks a body, apart from what only the database tells of sources and price lists.
 * `currency` is that of the model when the body names none; NULL: the organisation's. False when
 * the answer is written already. */
bool model_read(CostCall *call, const char *currency, ModelWish *wish);

/* Stores a new cost model, or (uuid) changes one; all of it or nothing, and its sources' markups
 * are worked out anew soon. The uuid of the cost model; NULL when the answer is written already. */
const char *model_save(CostCall *call, const ModelWish *wish, const char *uuid);

/* Removes one. False when the answer is written already. */
bool model_remove(CostCall *call, const char *uuid);

/* Writes the cost model as a JSON object's members: of a row of MODEL_COLUMNS. */
void model_write(JsonWriter *json, const DbResult *rows, int row);

/* What model_write needs, of a row "m" of cost_model. */
extern const char MODEL_COLUMNS[];

/* Appends `items` as a PostgreSQL array of uuids, '{…}'. */
const char *uuid_array(Arena *arena, const char *const *items, int count);

#endif
