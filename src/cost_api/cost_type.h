/* The cost types of AWS, which requests and settings choose from (koku-api.md §2.2). */
#ifndef KONTOR_COST_API_COST_TYPE_H
#define KONTOR_COST_API_COST_TYPE_H

/* A cost type and its columns, of a summary's row "r". */
typedef struct CostType {
    const char *name;
    const char *cost;
    const char *markup;
    const char *label; /* for people: cost-type/, which leaves out those without */
    const char *description;
} CostType;

/* Ends with a NULL name; the first is the default. */
extern const CostType AWS_COST_TYPES[];

/* The one of that name among `types` (NULL: none); NULL when there is none. */
const CostType *cost_type_find(const CostType *types, const char *name);

#endif
