/* forecasts/aws/costs/: what the rest of the month will cost (koku-api.md §6). */
#ifndef KONTOR_REPORTS_FORECASTS_H
#define KONTOR_REPORTS_FORECASTS_H

#include "net/http_server.h"

extern const HttpRoute FORECAST_ROUTES[];

#endif
