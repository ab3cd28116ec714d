#include "web/report_path.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>

/* "20261101-20261201" or "BILLING_PERIOD=2026-11". */
static bool is_period(const char *segment, size_t length)
{
    static const char EXPORT[] = "BILLING_PERIOD=";
    if (length > sizeof EXPORT - 1 && strncmp(segment, EXPORT, sizeof EXPORT - 1) == 0) {
        return true;
    }
    if (length != 17 || segment[8] != '-') {
        return false;
    }
    for (size_t i = 0; i < length; i++) {
        if (i != 8 && !isdigit((unsigned char)segment[i])) {
            return false;
        }
    }
    return true;
}

size_t report_path_length(const char *key)
{
    const char *start = key;
    for (const char *slash; (slash = strchr(start, '/')) != NULL; start = slash + 1) {
        if (!is_period(start, (size_t)(slash - start)) || start == key) {
            continue;
        }
        size_t length = (size_t)(start - key) - 1;
        static const char *const INNER[] = {"/data", "/metadata"};
        for (size_t i = 0; i < sizeof INNER / sizeof *INNER; i++) {
            size_t tail = strlen(INNER[i]);
            if (length > tail && strncmp(key + length - tail, INNER[i], tail) == 0) {
                return length - tail;
            }
        }
        return length;
    }
    return 0;
}
