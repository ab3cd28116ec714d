/* Messages of the status topic (sources-api.md §10): what another service found out. */
#ifndef KONTOR_SOURCES_STATUS_MESSAGE_H
#define KONTOR_SOURCES_STATUS_MESSAGE_H

#include "base/arena.h"
#include "base/error.h"

typedef struct StatusMessage {
    const char *resource_type; /* "Source", "Application", "Endpoint" or "Authentication" */
    const char *resource_id;   /* digits */
    const char *status;        /* one of the four availability statuses */
    const char *fault;         /* the message's "error", or NULL */
} StatusMessage;

/* Reads {"resource_type", "resource_id", "status", "error"}; ERROR_DATA names what is wrong. */
bool status_message_parse(Arena *arena, const char *text, size_t length, StatusMessage *message,
                          Error *error);

#endif
