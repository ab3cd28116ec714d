/* Exports: all costs of an organisation at once, for other programs. */
#ifndef KONTOR_EXPORTS_EXPORTS_H
#define KONTOR_EXPORTS_EXPORTS_H

#include "cost_api/cost_api.h"

/* Adds the routes of this room, and what openapi.json tells of them. */
void exports_add(CostApi *api);

#endif
