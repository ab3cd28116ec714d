/* How a fallible function says what went wrong: it returns false (or NULL) and fills an Error. */
#ifndef KONTOR_BASE_ERROR_H
#define KONTOR_BASE_ERROR_H

#include <stdarg.h>
#include <stdbool.h>

/* The kind of failure; a caller decides by it (HTTP status, retry or not), never by the message. */
typedef enum ErrorCode {
    ERROR_NONE = 0,
    ERROR_INVALID,     /* the caller's input is wrong */
    ERROR_NOT_FOUND,   /* the named thing does not exist */
    ERROR_CONFLICT,    /* it exists already, or is held by another */
    ERROR_DENIED,      /* credentials or permissions are missing or refused */
    ERROR_UNAVAILABLE, /* a peer (database, bucket, network) is away: worth another try */
    ERROR_DATA,        /* a report file cannot be read as what it claims to be */
    ERROR_CANCELLED,   /* the program is stopping, or the work was taken over by another worker */
    ERROR_INTERNAL,    /* a fault of this program or its machine */
} ErrorCode;

enum { ERROR_MESSAGE_SIZE = 1024 };

/* Lives on the caller's stack; `message` is one line that names the thing and the remedy. */
typedef struct Error {
    ErrorCode code;
    char message[ERROR_MESSAGE_SIZE];
} Error;

/* Fills `error` (may be NULL). Too long messages are cut. Returns false always, so that a
 * function can end with `return error_set(error, …)`. */
bool error_set(Error *error, ErrorCode code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* As error_set, with the arguments as a va_list. */
bool error_set_va(Error *error, ErrorCode code, const char *format, va_list arguments)
    __attribute__((format(printf, 3, 0)));

/* Puts "context: " before the message that is there already; the code stays. Returns false. */
bool error_wrap(Error *error, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Forgets a failure that was dealt with. */
void error_clear(Error *error);

#endif
