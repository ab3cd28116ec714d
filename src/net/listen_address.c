#include "net/listen_address.h"

#include <netdb.h>
#include <netinet/in.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

bool listen_address(const char *text, struct sockaddr_storage *address, socklen_t *length,
                    Error *error)
{
    const char *colon = strrchr(text, ':');
    size_t digits = colon != NULL ? strspn(colon + 1, "0123456789") : 0;
    if (digits == 0 || colon[1 + digits] != '\0') {
        return error_set(error, ERROR_INVALID, "--listen: \"%s\" is not ADDRESS:PORT", text);
    }
    if (digits > strlen("65535") || atoi(colon + 1) > UINT16_MAX) {
        return error_set(error, ERROR_INVALID, "--listen: \"%s\": the last port is 65535", text);
    }
    char host[256] = "";
    size_t host_length = (size_t)(colon - text);
    const char *start = text;
    if (host_length >= 2 && text[0] == '[' && text[host_length - 1] == ']') {
        start++;
        host_length -= 2;
    }
    if (host_length >= sizeof host) {
        return error_set(error, ERROR_INVALID, "--listen: \"%s\" is too long", text);
    }
    memcpy(host, start, host_length);
    struct addrinfo hints = {.ai_flags = AI_PASSIVE, .ai_socktype = SOCK_STREAM}, *found = NULL;
    int fault = getaddrinfo(host[0] != '\0' ? host : NULL, colon + 1, &hints, &found);
    if (fault != 0) {
        return error_set(error, ERROR_INVALID, "--listen: \"%s\": %s", text, gai_strerror(fault));
    }
    memcpy(address, found->ai_addr, found->ai_addrlen);
    *length = found->ai_addrlen;
    freeaddrinfo(found);
    return true;
}
