/* Who may change things (sources-api.md §2). Reading needs a tenant only. */
#ifndef KONTOR_SOURCES_ACCESS_H
#define KONTOR_SOURCES_ACCESS_H

#include "sources/call.h"

/* Without pre-shared keys, RBAC service and access file a gateway's every caller may; whom Kontor
 * knows by itself (a token, a password) must be the organisation's admin. With any of them a caller
 * needs: a pre-shared key (x-rh-sources-psk); or, as a system, a certificate or a cluster; or to be
 * admin of the organisation; or the permission sources:*:* of the service or the file. Answers 401
 * or 405 when not, 500 when the service is away. */
bool access_allowed(Call *call);

/* The internal API shows passwords and all tenants: it needs a pre-shared key or, where none is
 * configured, a caller on this machine whom no proxy passed on. Answers 401 when not. */
bool access_internal_allowed(Call *call);

#endif
