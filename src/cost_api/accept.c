#include "cost_api/accept.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* How well a media range fits a type: 0 not, 1 any, 2 the kind, 3 the type itself. */
static int fit(const char *range, size_t length, const char *type)
{
    size_t kind = strcspn(type, "/") + 1;
    if (length == 3 && strncmp(range, "*/*", 3) == 0) {
        return 1;
    }
    if (length == kind + 1 && strncasecmp(range, type, kind) == 0 && range[kind] == '*') {
        return 2;
    }
    return length == strlen(type) && strncasecmp(range, type, length) == 0 ? 3 : 0;
}

/* The q of a range's parameters; 1 when there is none. */
static double quality(const char *parameters, const char *end)
{
    for (const char *at = parameters; at < end; at++) {
        const char *value = at + strspn(at, "; \t");
        if (value > at && strncasecmp(value, "q=", 2) == 0) {
            return strtod(value + 2, NULL);
        }
    }
    return 1;
}

/* The q of a type: that of the range which fits it best. */
static double type_quality(const char *header, const char *type)
{
    int best = 0;
    double best_quality = 0;
    while (*header != '\0') {
        header += strspn(header, ", \t");
        size_t length = strcspn(header, ",; \t");
        const char *end = header + strcspn(header, ",");
        int fits = fit(header, length, type);
        if (fits > best) {
            best = fits;
            best_quality = quality(header + length, end);
        }
        header = end;
    }
    return best_quality;
}

AnswerForm accept_form(const char *header)
{
    if (header == NULL || *header == '\0') {
        return FORM_JSON;
    }
    double json = type_quality(header, "application/json"), csv = type_quality(header, "text/csv");
    if (json <= 0 && csv <= 0) {
        return FORM_NONE;
    }
    return csv > json ? FORM_CSV : FORM_JSON;
}

bool accept_gzip(const char *header)
{
    const char *found = header != NULL ? strcasestr(header, "gzip") : NULL;
    if (found == NULL) {
        return false;
    }
    const char *parameters = found + strlen("gzip");
    return quality(parameters, parameters + strcspn(parameters, ",")) > 0;
}
