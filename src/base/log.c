#include "base/log.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "base/date.h"

static LogLevel lowest = LOG_INFO;
static int file_descriptor = -1;

static const char *const NAMES[] = {
    [LOG_DEBUG] = "DEBUG", [LOG_INFO] = "INFO", [LOG_WARNING] = "WARNING", [LOG_ERROR] = "ERROR"};

void log_set_level(LogLevel level)
{
    lowest = level;
}

bool log_level_parse(const char *name, LogLevel *level)
{
    for (int i = LOG_DEBUG; i <= LOG_ERROR; i++) {
        if (strcasecmp(name, NAMES[i]) == 0) {
            *level = (LogLevel)i;
            return true;
        }
    }
    return false;
}

bool log_open_file(const char *path, Error *error)
{
    int descriptor = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0640);
    if (descriptor < 0) {
        return error_set(error, ERROR_UNAVAILABLE, "log file %s: %s", path, strerror(errno));
    }
    file_descriptor = descriptor;
    return true;
}

static void write_line(int descriptor, const char *line, size_t length)
{
    /* One write a line keeps lines of several threads whole; a full disk must not stop us. */
    ssize_t written = write(descriptor, line, length);
    (void)written;
}

void log_write(LogLevel level, const char *room, const char *format, ...)
{
    if (level < lowest) {
        return;
    }
    char line[4096], now[TIMESTAMP_TEXT_SIZE];
    int head = snprintf(line, sizeof line, "%s %-7s %s: ", timestamp_format(clock_now(), true, now),
                        NAMES[level], room);
    va_list arguments;
    va_start(arguments, format);
    int body = vsnprintf(line + head, sizeof line - (size_t)head - 1, format, arguments);
    va_end(arguments);
    size_t length = (size_t)head + (body < 0 ? 0 : (size_t)body);
    length = length > sizeof line - 2 ? sizeof line - 2 : length;
    for (size_t i = (size_t)head; i < length; i++) {
        line[i] = (unsigned char)line[i] < 0x20 || line[i] == 0x7f ? '?' : line[i];
    }
    line[length++] = '\n';
    write_line(STDERR_FILENO, line, length);
    if (file_descriptor >= 0) {
        write_line(file_descriptor, line, length);
    }
}
