/* tags/aws/ and tags/aws/{key}/: which tags there are, and their values (koku-api.md §1.3). */
#ifndef KONTOR_REPORTS_TAGS_H
#define KONTOR_REPORTS_TAGS_H

#include "net/http_server.h"

extern const HttpRoute TAG_ROUTES[];

#endif
