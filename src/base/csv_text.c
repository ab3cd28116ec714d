#include "base/csv_text.h"

#include <stdbool.h>
#include <string.h>

/* To the end, without a way out in between: so the compiler looks at many bytes at once. */
static bool needs_quotes(const char *text, size_t length)
{
    bool needed = false;
    for (size_t i = 0; i < length; i++) {
        needed |= text[i] == ',' || text[i] == '"' || text[i] == '\r' || text[i] == '\n';
    }
    return needed;
}

void csv_write_bytes(Buffer *out, const char *text, size_t length)
{
    if (!needs_quotes(text, length)) {
        buffer_append(out, text, length);
        return;
    }
    char *start = buffer_reserve(out, 2 * length + 2), *to = start;
    *to++ = '"';
    for (size_t i = 0; i < length; i++) {
        *to++ = text[i];
        if (text[i] == '"') {
            *to++ = '"';
        }
    }
    *to++ = '"';
    buffer_grew(out, (size_t)(to - start));
}

void csv_write_text(Buffer *out, const char *text)
{
    if (text != NULL) {
        csv_write_bytes(out, text, strlen(text));
    }
}
