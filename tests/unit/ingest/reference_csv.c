#include "reference_csv.h"

#include <string.h>

/* The end of the field that begins at `at`: a comma, a line feed or `end`. NULL: bad quotes. */
static const char *field_end(const char *at, const char *end)
{
    if (at == end || *at != '"') {
        for (; at < end && *at != ',' && *at != '\n'; at++) {
            if (*at == '"') {
                return NULL;
            }
        }
        return at;
    }
    for (at++;; at++) {
        if (at == end) {
            return NULL;
        }
        if (*at == '"' && (at + 1 == end || at[1] != '"')) {
            at++;
            break;
        }
        at += *at == '"';
    }
    if (at < end && *at == '\r' && (at + 1 == end || at[1] == '\n')) {
        at++;
    }
    return at == end || *at == ',' || *at == '\n' ? at : NULL;
}

int reference_record(const char **at, const char *end, ReferenceField *fields, int most)
{
    while (*at < end && (**at == '\n' || (**at == '\r' && (*at + 1 == end || (*at)[1] == '\n')))) {
        *at += **at == '\r' && *at + 1 < end ? 2 : 1; /* blank lines */
    }
    if (*at == end) {
        return -2;
    }
    int count = 0;
    const char *start = *at;
    for (const char *field = start;; count++) {
        const char *stop = field_end(field, end);
        if (stop == NULL) {
            const char *line = memchr(start, '\n', (size_t)(end - start));
            *at = line != NULL ? line + 1 : end;
            return -1;
        }
        bool last = stop == end || *stop == '\n';
        if (count < most) {
            size_t length = (size_t)(stop - field);
            length -= last && length > 0 && stop[-1] == '\r';
            fields[count] = (ReferenceField){field, length};
        }
        if (last) {
            *at = stop == end ? end : stop + 1;
            return count + 1;
        }
        field = stop + 1;
    }
}
