/* Where a server listens. */
#ifndef KONTOR_NET_LISTEN_ADDRESS_H
#define KONTOR_NET_LISTEN_ADDRESS_H

#include <stdbool.h>
#include <sys/socket.h>

#include "base/error.h"

/* Reads "127.0.0.1:8001", "[::1]:8001", "localhost:0" (the first free port) or ":8001" (all
 * addresses). False and ERROR_INVALID for what is no address, or a port above 65535. */
bool listen_address(const char *text, struct sockaddr_storage *address, socklen_t *length,
                    Error *error);

#endif
