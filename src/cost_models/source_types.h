/* The kinds of sources that a cost model can be for. */
#ifndef KONTOR_COST_MODELS_SOURCE_TYPES_H
#define KONTOR_COST_MODELS_SOURCE_TYPES_H

#include <stdbool.h>

typedef struct SourceType {
    const char *name;  /* "AWS", as in api_provider.type */
    const char *title; /* "Amazon Web Services", as in answers */
    bool has_rates;    /* it tells usage without costs, which rates price */
} SourceType;

/* By its name in any case, "-local" at its end or not; NULL when there is none. */
const SourceType *source_type_find(const char *name);

#endif
