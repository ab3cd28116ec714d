#include "cost_api/cost_type.h"

#include <stddef.h>
#include <string.h>

const CostType AWS_COST_TYPES[] = {
    {"unblended_cost", "r.unblended_cost", "r.markup_cost", "Unblended",
     "Usage cost on the day you are charged"},
    {"calculated_amortized_cost", "r.calculated_amortized_cost", "r.markup_cost_amortized",
     "Amortized", "Recurring and/or upfront costs are distributed evenly across the month"},
    {"blended_cost", "r.blended_cost", "r.markup_cost_blended", "Blended",
     "Using a blended rate to calculate cost usage"},
    {"savingsplan_effective_cost", "r.savingsplan_effective_cost", "r.markup_cost_savingsplan",
     NULL, NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

const CostType *cost_type_find(const CostType *types, const char *name)
{
    for (const CostType *at = types; at != NULL && at->name != NULL; at++) {
        if (strcmp(at->name, name) == 0) {
            return at;
        }
    }
    return NULL;
}
