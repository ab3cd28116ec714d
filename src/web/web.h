/* The web interface at "/", and what it asks of the server beside the public APIs. */
#ifndef KONTOR_WEB_WEB_H
#define KONTOR_WEB_WEB_H

#include "base/config.h"
#include "net/http_server.h"

/* Adds the pages and their files: "/", "/explore" …, "/assets/…". Files whose names carry a hash
 * may be cached for ever, pages are asked for again with their ETag. Addresses of the peer's
 * interface (/openshift/cost-management/…) lead to "/". A program built without the interface says
 * at "/" how to get it. `config` must outlive the server. */
void web_mount(HttpServer *server, const Config *config);

#endif
