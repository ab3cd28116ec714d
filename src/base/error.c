#include "base/error.h"

#include <stdio.h>
#include <string.h>

bool error_set_va(Error *error, ErrorCode code, const char *format, va_list arguments)
{
    if (error != NULL) {
        error->code = code;
        vsnprintf(error->message, sizeof error->message, format, arguments);
    }
    return false;
}

bool error_set(Error *error, ErrorCode code, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    error_set_va(error, code, format, arguments);
    va_end(arguments);
    return false;
}

bool error_wrap(Error *error, const char *format, ...)
{
    if (error == NULL) {
        return false;
    }
    char cause[ERROR_MESSAGE_SIZE];
    memcpy(cause, error->message, sizeof cause);
    va_list arguments;
    va_start(arguments, format);
    int used = vsnprintf(error->message, sizeof error->message, format, arguments);
    va_end(arguments);
    if (used >= 0 && (size_t)used < sizeof error->message) {
        snprintf(error->message + used, sizeof error->message - (size_t)used, ": %s", cause);
    }
    return false;
}

void error_clear(Error *error)
{
    if (error != NULL) {
        error->code = ERROR_NONE;
        error->message[0] = '\0';
    }
}
