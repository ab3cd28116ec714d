/* The log: one line an event on standard error, and in a file when one is set. */
#ifndef KONTOR_BASE_LOG_H
#define KONTOR_BASE_LOG_H

#include <stdbool.h>

#include "base/error.h"

typedef enum LogLevel { LOG_DEBUG, LOG_INFO, LOG_WARNING, LOG_ERROR } LogLevel;

/* Lines below `level` are dropped. */
void log_set_level(LogLevel level);

/* "debug", "info", "warning" or "error"; false for another word. */
bool log_level_parse(const char *name, LogLevel *level);

/* Also appends every line to the file at `path`, opened for appending, created with mode 0640. */
bool log_open_file(const char *path, Error *error);

/* Writes "2026-11-24T09:07:49.123456Z INFO  room: message". `room` is the folder that speaks.
 * Control characters in the message are written as '?', so that outside text can't forge lines.
 * Never put a secret here. */
void log_write(LogLevel level, const char *room, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#define log_debug(room, ...) log_write(LOG_DEBUG, room, __VA_ARGS__)
#define log_info(room, ...) log_write(LOG_INFO, room, __VA_ARGS__)
#define log_warning(room, ...) log_write(LOG_WARNING, room, __VA_ARGS__)
#define log_error(room, ...) log_write(LOG_ERROR, room, __VA_ARGS__)

#endif
