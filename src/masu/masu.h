/* The endpoints by which the processing of reports is steered and watched (masu.md §B.8):
 * download/, report_data/, manifests/, expired_data/. They belong to the role masu.
 *
 * Who may: a caller on this machine, and one with a pre-shared key (x-rh-sources-psk), for all
 * organisations; an organisation's admin for the own one. */
#ifndef KONTOR_MASU_MASU_H
#define KONTOR_MASU_MASU_H

#include "cost_api/cost_api.h"

/* Adds the routes, and what openapi.json tells of them. */
void masu_add(CostApi *api);

/* For a server that serves nothing else of the API: the routes with a status/ of their own, mounted
 * at their own paths. The API must hold nothing else. */
void masu_mount_alone(HttpServer *server, CostApi *api);

#endif
