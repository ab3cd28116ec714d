/* Messages of the status topic. */
#include "fuzz.h"
#include "sources/status_message.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    Arena *arena = arena_new();
    Error error = {0};
    StatusMessage message;
    bool done = status_message_parse(arena, (const char *)bytes, size, &message, &error);
    fuzz_check_error(done, &error);
    if (done) {
        FUZZ_CHECK(strspn(message.resource_id, "0123456789") == strlen(message.resource_id));
        FUZZ_CHECK(message.fault == NULL || *message.fault != '\0');
    }
    arena_free(arena);
    return 0;
}
