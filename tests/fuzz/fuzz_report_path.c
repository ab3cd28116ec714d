/* Keys of objects: which part of them names a report. */
#include "fuzz.h"
#include "web/report_path.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    Arena *arena = arena_new();
    const char *key = arena_strndup(arena, (const char *)bytes, size);
    size_t length = report_path_length(key);
    FUZZ_CHECK(length < strlen(key) || length == 0);
    FUZZ_CHECK(length == 0 || key[length] == '/');
    arena_free(arena);
    return 0;
}
