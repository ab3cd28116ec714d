#include "sources/host_name.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>

enum { HOST_MAX = 255, LABEL_MAX = 63 };

/* Letters, digits and inner hyphens; the last label of a name starts and ends with a letter. */
static bool label_valid(const char *label, size_t length, bool last)
{
    if (length == 0) {
        return false;
    }
    for (size_t i = 0; i < length; i++) {
        unsigned char c = (unsigned char)label[i];
        bool edge = i == 0 || i + 1 == length;
        if (edge ? !(last ? isalpha(c) : isalnum(c)) : !isalnum(c) && c != '-') {
            return false;
        }
    }
    return true;
}

/* Characters, not bytes. */
static size_t text_length(const char *text)
{
    size_t count = 0;
    for (; *text != '\0'; text++) {
        count += ((unsigned char)*text & 0xC0) != 0x80;
    }
    return count;
}

const char *host_name_fault(Arena *arena, const char *host)
{
    const char *long_label = NULL;
    size_t long_length = 0;
    int labels = 0;
    if (host == NULL || *host == '\0') {
        return NULL;
    }
    if (text_length(host) > HOST_MAX) {
        return arena_printf(arena, "the provided host is longer than %d characters", HOST_MAX);
    }
    for (const char *at = host;; labels++) {
        size_t length = strcspn(at, ".");
        bool last = at[length] == '\0';
        if (!label_valid(at, length, last)) {
            return "the provided host is invalid";
        }
        if (length > LABEL_MAX && long_label == NULL) {
            long_label = at;
            long_length = length;
        }
        if (last) {
            break;
        }
        at += length + 1;
    }
    if (labels == 0) {
        return "the provided host is invalid";
    }
    return long_label == NULL
               ? NULL
               : arena_printf(arena, "the label '%.*s' is greater than %d characters",
                              (int)long_length, long_label, LABEL_MAX);
}
