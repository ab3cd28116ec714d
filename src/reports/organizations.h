/* organizations/aws/: the structure of the organization, read and given (koku-api.md §1.5). */
#ifndef KONTOR_REPORTS_ORGANIZATIONS_H
#define KONTOR_REPORTS_ORGANIZATIONS_H

#include "net/http_server.h"

extern const HttpRoute ORGANIZATION_ROUTES[];

#endif
