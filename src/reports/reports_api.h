/* Reports, tags and lists of the Cost Management API. */
#ifndef KONTOR_REPORTS_REPORTS_API_H
#define KONTOR_REPORTS_REPORTS_API_H

#include "cost_api/cost_api.h"

/* Adds the routes of this room. */
void reports_add(CostApi *api);

#endif
