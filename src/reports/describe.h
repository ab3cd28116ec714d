/* What openapi.json tells of the reports: made from the catalogue. */
#ifndef KONTOR_REPORTS_DESCRIBE_H
#define KONTOR_REPORTS_DESCRIBE_H

#include "cost_api/cost_api.h"

/* Adds the paths of all report types. */
void reports_describe(CostApi *api);

#endif
