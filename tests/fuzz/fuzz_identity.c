/* The identity header: read, or refused with a reason; never half of it. */
#include "fuzz.h"
#include "identity/identity.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    Arena *arena = arena_new();
    Error error = {0};
    Identity identity;
    bool done =
        identity_decode(arena, arena_strndup(arena, (const char *)bytes, size), &identity, &error);
    fuzz_check_error(done, &error);
    if (done) {
        FUZZ_CHECK(identity.org_id != NULL && identity.username != NULL && identity.type != NULL);
        if (identity_org_valid(identity.org_id)) {
            FUZZ_CHECK(strncmp(identity_schema(arena, identity.org_id), "org", 3) == 0);
        }
    }
    arena_free(arena);
    return 0;
}
