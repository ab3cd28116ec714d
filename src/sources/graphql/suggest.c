/* "Did you mean …": the names that are a few letters away from one that is none. */
#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "base/buffer.h"
#include "sources/graphql/query.h"

enum { NAME_MAX_LENGTH = 64 };

static int least(int a, int b)
{
    return a < b ? a : b;
}

/* How many letters must be put in, taken out, changed or swapped with their neighbour to make one
 * name of the other; the case of letters alone counts as one. */
static int distance(const char *a, const char *b)
{
    int rows[NAME_MAX_LENGTH + 1][NAME_MAX_LENGTH + 1];
    int a_length = (int)strlen(a), b_length = (int)strlen(b);
    if (strcasecmp(a, b) == 0) {
        return strcmp(a, b) != 0;
    }
    for (int i = 0; i <= a_length; i++) {
        for (int j = 0; j <= b_length; j++) {
            if (i == 0 || j == 0) {
                rows[i][j] = i + j;
                continue;
            }
            int x = tolower((unsigned char)a[i - 1]), y = tolower((unsigned char)b[j - 1]);
            rows[i][j] =
                least(least(rows[i - 1][j], rows[i][j - 1]) + 1, rows[i - 1][j - 1] + (x != y));
            if (i > 1 && j > 1 && x == tolower((unsigned char)b[j - 2]) &&
                y == tolower((unsigned char)a[i - 2])) {
                rows[i][j] = least(rows[i][j], rows[i - 2][j - 2] + (x != y));
            }
        }
    }
    return rows[a_length][b_length];
}

/* Puts the index behind those that are as near or nearer. */
static void insert(int *near, int *distances, int count, int index, int far)
{
    int at = count;
    for (; at > 0 && distances[at - 1] > far; at--) {
        near[at] = near[at - 1];
        distances[at] = distances[at - 1];
    }
    near[at] = index;
    distances[at] = far;
}

const char *graphql_suggestion(Arena *arena, const char *typed, const char *const *names, int count)
{
    size_t length = strlen(typed);
    int *near = arena_array(arena, (size_t)count + 1, sizeof *near), found = 0;
    int *distances = arena_array(arena, (size_t)count + 1, sizeof *distances);
    int most = (int)(length * 2 / 5) + 1;
    for (int i = 0; length <= NAME_MAX_LENGTH && i < count; i++) {
        int far = distance(typed, names[i]);
        if (far <= most) {
            insert(near, distances, found++, i, far);
        }
    }
    found = least(found, GRAPHQL_SUGGESTIONS_MAX);
    Buffer *text = buffer_new(arena);
    for (int i = 0; i < found; i++) {
        const char *before = i == 0          ? " Did you mean "
                             : i + 1 < found ? ", "
                             : found > 2     ? ", or "
                                             : " or ";
        buffer_printf(text, "%s\"%s\"", before, names[near[i]]);
    }
    buffer_append_text(text, found > 0 ? "?" : "");
    return text->data;
}
