/* An answer as libmicrohttpd sends it. Inside of the server only. */
#ifndef KONTOR_NET_HTTP_REPLY_H
#define KONTOR_NET_HTTP_REPLY_H

#include <microhttpd.h>
#include <stdbool.h>

#include "net/http_server.h"

/* Makes of an answer, whose body it takes over, what MHD_queue_response takes; `is_last`: the
 * connection is closed after it. NULL when memory is short; the body is freed then. */
struct MHD_Response *http_reply_new(HttpResponse *response, bool is_last);

/* Sends an answer to a head so large that libmicrohttpd may have no memory left for its own. The
 * connection is to be closed then; an answer of more than the socket takes at once is cut off. */
void http_reply_send(struct MHD_Connection *connection, const HttpResponse *response);

#endif
