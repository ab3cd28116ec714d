/* Host names of endpoints (RFC 1034 §3.5, RFC 2181 §11): dotted names, no addresses. */
#ifndef KONTOR_SOURCES_HOST_NAME_H
#define KONTOR_SOURCES_HOST_NAME_H

#include "base/arena.h"

/* Why `host` can't be an endpoint's host, in the original's words (sources-api.md §7); NULL when it
 * can, or when it is NULL or "". */
const char *host_name_fault(Arena *arena, const char *host);

#endif
